"""What is stored, opened once for all sessions and again as soon as a file changes."""

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
        return self.model.run.label


@dataclass(frozen=True)
class Served:
    """What is stored, the models that answer, and why others cannot be used.

    Classifiers that can reject a drawing come first, then others by test accuracy, last those for generated digits.
    """

    models: tuple[store.StoredModel, ...]
    classifiers: tuple[Classifier, ...]
    denoisers: tuple[Denoiser, ...]
    curves: tuple[NoiseCurve, ...]
    damaged: tuple[Damaged, ...]


def served() -> Served:
    return _served(store.state())


def find(name: str) -> store.StoredModel | None:
    """The stored model of that name; None where it was deleted."""
    return next((model for model in served().models if model.name == name), None)


def guess(classifier: Classifier, images: np.ndarray) -> tuple[Guess, ...]:
    """The classifier's guesses for images float32 (n, 28, 28, 1)."""
    return evaluation.guesses(classifier.network.run(images))


def seed_curves(name: str) -> tuple[NoiseCurve, ...]:
    """Noise curves, without denoising, of the same recipe trained with other seeds."""
    curves = [curve for curve in store.seed_curves.list() if store.same_but_seed(curve.classifier, name)]
    return tuple(curve for curve in curves if curve.classifier != name and curve.denoiser == "none")


@st.cache_resource(show_spinner="Opening the trained networks …", max_entries=2)
def _served(state: int) -> Served:
    listed = store.list_models()
    classifiers, damaged = [], list(listed.damaged)
    rules = {rule.model: rule for rule in store.rejections.list()}
    for model in listed.models:
        try:
            if model.served and model.card.recipe.task == "classify":
                classifiers.append(Classifier(model, serving.open_model(model), rules.get(model.name)))
        except Damaged as error:
            damaged.append(error)

    def rank(classifier: Classifier) -> tuple[bool, bool, float]:
        card = classifier.model.card
        return card.data != MNIST, classifier.rule is None, -card.test.value

    denoisers = (*CLASSICAL, *trained(listed.models, damaged=damaged))
    curves = store.noise_curves.list()
    return Served(listed.models, tuple(sorted(classifiers, key=rank)), denoisers, curves, tuple(damaged))
