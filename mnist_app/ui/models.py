"""What is stored, looked up once for all sessions and again as soon as a file changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from mnist_app import Damaged, evaluation, serving, store
from mnist_app.evaluation import Guess
from mnist_app.evaluation.rejection import Decision, Rejection
from mnist_app.evaluation.results import MNIST, NoiseCurve
from mnist_app.serving.denoisers import CLASSICAL, Denoiser, trained


@dataclass(frozen=True)
class Classifier:
    """A trained classifier: what is known of it, and its rule, if it can reject a drawing.

    `kept`: it is a run that was trained here and kept, and not the first of a declared experiment.
    """

    model: store.StoredModel
    label: str
    rule: Rejection | None = None
    kept: bool = False

    @property
    def network(self) -> serving.Network:
        """The network that answers. Raises Damaged."""
        return serving.open_model(self.model)


@dataclass(frozen=True)
class Served:
    """What is stored, the models that answer, and why others cannot be used.

    Classifiers that can reject a drawing come first, then others by test accuracy, last those for generated digits.
    `kept` are the runs, by label, that are not the first of a declared experiment; `denoisers` has none of these.
    """

    models: tuple[store.StoredModel, ...]
    classifiers: tuple[Classifier, ...]
    denoisers: tuple[Denoiser, ...]
    curves: tuple[NoiseCurve, ...]
    damaged: tuple[Damaged, ...]
    kept: Mapping[str, store.StoredModel] = field(default_factory=dict)


def served() -> Served:
    return _served(store.state())


def find(name: str) -> store.StoredModel | None:
    """The stored model of that name; None where it was deleted."""
    return next((model for model in served().models if model.name == name), None)


def guess(classifier: Classifier, images: np.ndarray) -> tuple[Guess, ...]:
    """The classifier's guesses for images float32 (n, 28, 28, 1)."""
    return evaluation.guesses(classifier.network.run(images))


def judge(classifier: Classifier, images: np.ndarray) -> Sequence[Guess | Decision]:
    """The same, but decisions of a classifier that can reject a drawing."""
    rule = classifier.rule
    return rule.decide(*classifier.network.features(images), images) if rule else guess(classifier, images)


def seed_curves(name: str) -> tuple[NoiseCurve, ...]:
    """Noise curves, without denoising, of the same recipe trained with other seeds."""
    curves = [curve for curve in store.seed_curves.list() if store.same_but_seed(curve.classifier, name)]
    return tuple(curve for curve in curves if curve.classifier != name and curve.denoiser == "none")


@st.cache_resource(show_spinner=False, max_entries=2)
def _served(state: int) -> Served:
    listed = store.list_models()
    classifiers, damaged, kept, first = [], list(listed.damaged), {}, {}
    rules = {rule.model: rule for rule in store.rejections.list()}
    for model in filter(lambda model: model.served, listed.models):
        card, label = model.card, model.run.label
        if not card.as_declared or first.setdefault(card.recipe.key, model) is not model:
            kept[label] = model
        try:
            if card.recipe.task == "classify":
                if label not in kept:
                    serving.open_model(model)
                classifiers.append(Classifier(model, label, rules.get(model.name), label in kept))
        except Damaged as error:
            damaged.append(error)

    def rank(classifier: Classifier) -> tuple[bool, bool, float]:
        card = classifier.model.card
        return card.data != MNIST, classifier.rule is None, -card.test.value

    denoisers = (*CLASSICAL, *trained(tuple(first.values()), damaged=damaged))
    curves = store.noise_curves.list()
    return Served(listed.models, tuple(sorted(classifiers, key=rank)), denoisers, curves, tuple(damaged), kept)
