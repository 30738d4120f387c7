"""The Latent page's networks and the codes of the test images, once for all sessions."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from mnist_app import Damaged, serving, store, ui
from mnist_app.ui.digits import Digits


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
    return _shown(key, _autoencoder(store.state(), key))


def generator(key: str) -> serving.Network | None:
    """The trained decoder of that recipe; None, after saying so, where it is not here."""
    return _shown(key, _generator(store.state(), key))


def codes(network: Autoencoder, digits: Digits) -> np.ndarray:
    """The codes of the test images, float32 (n, k), read-only."""
    return _codes(network.model.name, network.model.card.files[store.ENCODER_FILE], digits.labels, network, digits)


def _shown(key: str, found):
    if isinstance(found, Damaged):
        ui.show_damaged((found,))
    elif found is None:
        st.info("The network of this section is not here yet. Train it:")
        st.code(f"python -m mnist_app train {key}", language="bash")
    else:
        return found
    return None


def _find(key: str) -> store.StoredModel | None:
    """The served model of a recipe, the declared experiment before variants and shorter trainings."""
    of_key = [model for model in ui.listing().models if model.card.recipe.key == key and model.served]
    return min(of_key, key=lambda model: not model.card.as_declared, default=None)


@st.cache_resource(show_spinner=False, max_entries=4)
def _autoencoder(state: tuple, key: str) -> Autoencoder | Damaged | None:
    model = _find(key)
    if model is None or not {store.ENCODER_FILE, store.DECODER_FILE} <= set(model.card.files):
        return None
    try:
        return Autoencoder(model, serving.open_encoder(model), serving.open_decoder(model))
    except Damaged as error:
        return error


@st.cache_resource(show_spinner=False, max_entries=2)
def _generator(state: tuple, key: str) -> serving.Network | Damaged | None:
    model = _find(key)
    try:
        return serving.open_decoder(model) if model else None
    except Damaged as error:
        return error


@st.cache_resource(show_spinner="Encoding the test images …", max_entries=4)
def _codes(name: str, checksum: str, labels: np.ndarray, _network: Autoencoder, _digits: Digits) -> np.ndarray:
    found = _network.encoder.run(_digits.images)
    found.flags.writeable = False
    return found
