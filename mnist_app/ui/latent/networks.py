"""The Latent page's networks, and the codes of the test images, once for all sessions."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from mnist_app import Damaged, serving, store
from mnist_app.ui import models, page
from mnist_app.ui.dataset import Digits


@dataclass(frozen=True)
class Autoencoder:
    """A trained autoencoder: its two halves, images (n, 28, 28, 1) to codes (n, k) and back, and the test images.

    `codes` are those of the test images, float32 (n, k), read-only; without test images both are None. `version`
    tells it from every other one.
    """

    version: tuple
    encoder: serving.Network
    decoder: serving.Network
    digits: Digits | None
    codes: np.ndarray | None


def autoencoder(key: str, digits: Digits | None) -> Autoencoder | None:
    """The trained autoencoder of that recipe; None, after saying so, where it is not here."""

    def open_both(model: store.StoredModel) -> Autoencoder:
        return _autoencoder((store.state(), model.name, digits and digits.data), model, digits)

    return _open(key, store.ENCODER_FILE, open_both)


def generator(key: str) -> serving.Network | None:
    """The trained decoder of that recipe; None, after saying so, where it is not here."""
    return _open(key, store.SERVING_FILE, serving.open_model)


def _open(key: str, file: str, opener: Callable):
    model = store.first(key, models.served().models, file=file)
    if model is None:
        st.info("The network of this section is not trained yet. Train it:")
        st.code(f"python -m mnist_app train {key}", language="bash")
        return None
    try:
        return opener(model)
    except Damaged as error:
        page.show_damaged([error])
        return None


@st.cache_resource(show_spinner="Encoding the test images …", max_entries=4)
def _autoencoder(version: tuple, _model: store.StoredModel, _digits: Digits | None) -> Autoencoder:
    encoder = serving.open_model(_model, store.ENCODER_FILE)
    decoder = serving.open_model(_model, store.DECODER_FILE)
    codes = None
    if _digits:
        codes = encoder.run(_digits.images)
        codes.flags.writeable = False
    return Autoencoder(version, encoder, decoder, _digits, codes)
