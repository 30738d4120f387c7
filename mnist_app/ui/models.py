"""The stored models and their noise curves, opened once for all sessions and again as soon as a model changes."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from mnist_app import Damaged, evaluation, serving, store
from mnist_app.evaluation import Guess
from mnist_app.evaluation.rejection import Rejection
from mnist_app.evaluation.results import MNIST, NoiseCurve
from mnist_app.serving.denoisers import CLASSICAL, Denoiser, trained


@dataclass(frozen=True)
class Classifier:
    """A trained classifier: what is known of it, the network that answers, and its rule, if it can reject a drawing."""

    model: store.StoredModel
    network: serving.Network
    rule: Rejection | None = None

    @property
    def label(self) -> str:
        """A name to read, different for every model."""
        return self.model.run.label


@dataclass(frozen=True)
class Served:
    """The models that answer.

    Attributes:
        classifiers: first those that can reject a drawing, then by test accuracy, last those for generated digits.
        denoisers: no denoising, the median filters and the trained ones.
        too_large: classifiers whose weights are not here.
        damaged: why models cannot be used.
    """

    classifiers: tuple[Classifier, ...]
    denoisers: tuple[Denoiser, ...]
    too_large: tuple[store.StoredModel, ...]
    damaged: tuple[Damaged, ...]


def listing() -> store.Listing:
    """Every stored model, verified."""
    return _listing(store.state())


def find(name: str) -> store.StoredModel | None:
    """The stored model of that name; None where it was deleted."""
    return next((model for model in listing().models if model.name == name), None)


def served() -> Served:
    return _served(store.state())


def guess(classifier: Classifier, images: np.ndarray) -> tuple[Guess, ...]:
    """The classifier's guesses for images float32 (n, 28, 28, 1)."""
    return evaluation.guesses(classifier.network.run(images))


def noise_curves(name: str) -> dict[str, NoiseCurve]:
    """The stored noise curves of the classifier of that name, by denoiser key."""
    return {curve.denoiser: curve for curve in _noise_curves(store.state()) if curve.classifier == name}


def seed_curves(name: str) -> tuple[NoiseCurve, ...]:
    """Noise curves, without denoising, of the same recipe trained with other seeds."""
    curves = [curve for curve in store.seed_curves.list() if store.same_but_seed(curve.classifier, name)]
    return tuple(curve for curve in curves if curve.classifier != name and curve.denoiser == "none")


@st.cache_resource(show_spinner=False, max_entries=2)
def _listing(state: tuple) -> store.Listing:
    return store.list_models()


@st.cache_resource(show_spinner="Opening the trained networks …", max_entries=2)
def _served(state: tuple) -> Served:
    listed = _listing(state)
    classifiers, damaged = [], list(listed.damaged)
    of_digits = [model for model in listed.models if model.card.recipe.task == "classify"]
    rules = {rule.model: rule for rule in store.rejections.list()}
    for model in of_digits:
        try:
            if model.served:
                classifiers.append(Classifier(model, serving.open_model(model), rules.get(model.name)))
        except Damaged as error:
            damaged.append(error)

    def rank(classifier: Classifier) -> tuple[bool, bool, float]:
        card = classifier.model.card
        return card.data != MNIST, classifier.rule is None, -card.test.value

    denoisers = (*CLASSICAL, *trained(listed.models, damaged=damaged))
    too_large = tuple(model for model in of_digits if not model.served)
    return Served(tuple(sorted(classifiers, key=rank)), denoisers, too_large, tuple(damaged))


@st.cache_resource(show_spinner=False, max_entries=2)
def _noise_curves(state: tuple) -> tuple[NoiseCurve, ...]:
    return store.noise_curves.list()
