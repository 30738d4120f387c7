"""The Latent page's networks and the codes of the test images, once for all sessions."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from mnist_app import Damaged, serving, store
from mnist_app.ui import models, page
from mnist_app.ui.dataset import Digits


@dataclass(frozen=True)
class Autoencoder:
    """The two halves of a trained autoencoder: images (n, 28, 28, 1) to codes (n, k), and codes to images."""

    model: store.StoredModel
    encoder: serving.Network
    decoder: serving.Network

    @property
    def size(self) -> int:
        """k, the numbers of a code."""
        return self.decoder.input_shape[0]


def autoencoder(key: str) -> Autoencoder | None:
    """The trained autoencoder of that recipe; None, after saying so, where it is not here."""

    def open_both(model: store.StoredModel) -> Autoencoder:
        return Autoencoder(
            model, serving.open_model(model, store.ENCODER_FILE), serving.open_model(model, store.DECODER_FILE)
        )

    return _open(key, {store.ENCODER_FILE, store.DECODER_FILE}, open_both)


def generator(key: str) -> serving.Network | None:
    """The trained decoder of that recipe; None, after saying so, where it is not here."""
    return _open(key, set(), serving.open_model)


def codes(network: Autoencoder, digits: Digits) -> np.ndarray:
    """The codes of the test images, float32 (n, k), read-only."""
    return _codes(network.model.name, network.model.card.files[store.ENCODER_FILE], digits.labels, network, digits)


def _open(key: str, files: set[str], opener: Callable):
    # The declared experiment stands before variants and shorter trainings.
    of_key = [model for model in models.listing().models if model.card.recipe.key == key and model.served]
    model = min(of_key, key=lambda model: not model.card.as_declared, default=None)
    if model is None or not files <= set(model.card.files):
        st.info("The network of this section is not trained yet. Train it:")
        st.code(f"python -m mnist_app train {key}", language="bash")
        return None
    try:
        return _opened(store.state(), model.name, model, opener)
    except Damaged as error:
        page.show_damaged([error])
        return None


@st.cache_resource(show_spinner=False, max_entries=4)
def _opened(state: tuple, name: str, _model: store.StoredModel, _opener: Callable):
    return _opener(_model)


@st.cache_resource(show_spinner="Encoding the test images …", max_entries=4)
def _codes(name: str, checksum: str, labels: np.ndarray, _network: Autoencoder, _digits: Digits) -> np.ndarray:
    encoded = _network.encoder.run(_digits.images)
    encoded.flags.writeable = False
    return encoded
