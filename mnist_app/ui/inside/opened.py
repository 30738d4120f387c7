"""A network and an image, and what takes more than a moment to find in them, found once for all visitors."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import streamlit as st

from mnist_app import data, evaluation, store
from mnist_app.evaluation import Guess, explanation
from mnist_app.serving import layers
from mnist_app.serving.layers import Layers
from mnist_app.ui import models

NEIGHBOURS_AMONG, PATCHES_AMONG = 10_000, 1_000
"""Training images among which the nearest are found, and test images among which a filter's strongest patches are."""

_PATCHES = 10
_MOST_FEATURES = 16_000_000  # of all images of one network, 32 MB


@dataclass(frozen=True)
class Reading:
    """A network that reads an image, float32 (28, 28, 1); `version` tells the network from every other one."""

    network: Layers
    version: tuple[str, str]
    image: np.ndarray

    @cached_property
    def outputs(self) -> list[np.ndarray]:
        """What each layer gives."""
        return self.network.outputs(self.image[None])

    @cached_property
    def guess(self) -> Guess:
        return evaluation.guesses(evaluation.softmax(self.outputs[-1]))[0]

    def log_odds(self, digit: int) -> str:
        return f"Log-odds of {digit}: " + f"{explanation.log_odds(self.outputs[-1], digit)[0]:.2f}".replace("-", "−")


def read(classifier: models.Classifier, image: np.ndarray) -> Reading:
    version = classifier.model.name, classifier.model.card.files[store.SERVING_FILE]
    return Reading(_layers(version, classifier.model), version, image)


@st.cache_resource(show_spinner=False, max_entries=6)  # up to 40 MB each
def _layers(version: tuple, _model: store.StoredModel) -> Layers:
    return layers.open_layers(_model)


@st.cache_resource(show_spinner="Looking for the pixels …", max_entries=100)
def changed(version: tuple, image: np.ndarray, _network: Layers) -> np.ndarray | None:
    return explanation.change_guess(_network.logits, image)


@st.cache_resource(show_spinner="The network reads training images …", max_entries=3)
def training(version: tuple, name: str, _network: Layers) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features float16 (n, k) of the first n training images, these images uint8 (n, 28, 28), and their labels."""
    loaded, size = data.load(name=name, download=False), len(_network.weights[len(_network.plan) - 1][0])
    count = min(NEIGHBOURS_AMONG, _MOST_FEATURES // size)
    images = loaded.train_images[:count]
    features = _network.output(data.as_images(images), -2, reduce=np.float16)
    return features, images, loaded.train_labels[:count]


@st.cache_resource(show_spinner="The network reads test images …", max_entries=20)
def patches(version: tuple, place: int, name: str, _network: Layers, _images: np.ndarray) -> list[list[tuple]]:
    """For each filter of a layer the patches that it answers most: (patch, what it gives there, the image's number)."""
    images = _images[:PATCHES_AMONG]
    peaks = _network.output(images, place, reduce=explanation.peaks)
    first, step, side = layers.seen_by(_network.plan, place)
    padded = np.pad(images[..., 0], ((0, 0), (28, 28), (28, 28)))

    def patch(index: int, value: float, at: float) -> tuple:
        row, column = (28 + first + step * each for each in divmod(int(at), _network.plan[place].output_shape[1]))
        return padded[index, row : row + side, column : column + side].copy(), value, index

    strongest = peaks[:, :, 0].argsort(axis=0)[: -_PATCHES - 1 : -1].T.tolist()
    return [[patch(at, *peaks[at, unit].tolist()) for at in numbers] for unit, numbers in enumerate(strongest)]
