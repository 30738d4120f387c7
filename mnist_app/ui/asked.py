"""Which networks a page asks: those of the declared experiments, and the kept runs that the visitor picks."""

from collections.abc import Mapping

import streamlit as st

from mnist_app import Damaged, serving, store
from mnist_app.serving.denoisers import Denoiser, trained
from mnist_app.ui import models, page, visitor

_MOST = 8  # kept runs at once
_KEYS = {"classify": "kept", "denoise": "kept_denoisers"}


def classifiers() -> tuple[models.Classifier, ...]:
    """Those that guess a drawing, in the order of `models.served`."""
    served = models.served()
    left_out = _pick(served, "classify")
    return tuple(each for each in served.classifiers if each.model.name not in left_out)


def denoisers() -> tuple[Denoiser, ...]:
    """Those that clean an image, the picked ones last."""
    served = models.served()
    left_out = _pick(served, "denoise")
    every = trained(tuple(each for each in served.models if each.name not in left_out), damaged=[])
    known = {each.key for each in served.denoisers}
    return (*served.denoisers, *(each for each in every if each.key not in known))


def link(model: store.StoredModel) -> dict[str, str]:
    """The query of a link to a page that asks the model. What is picked anyway is left out: the browser would take it
    out of the address, which makes one step more for its Back button.
    """
    served, label, task = models.served(), model.run.label, model.card.recipe.task
    kept = {name: each for name, each in served.kept.items() if each.card.recipe.task == task}
    return {_KEYS[task]: label} if label in kept and label not in _newest_own(kept) else {}


def _pick(served: models.Served, task: str) -> set[str]:
    """Let the visitor pick kept runs, at first the newest that no other visitor ordered; the names of the rest."""
    kept = {label: model for label, model in served.kept.items() if model.card.recipe.task == task}
    left_out = {model.name for model in kept.values()}
    if not kept:
        return left_out
    options = {"key": _KEYS[task], "bind": "query-params", "max_selections": _MOST}
    for label in st.multiselect("Networks trained here", list(kept), _newest_own(kept), **options):
        try:
            serving.open_model(kept[label])
            left_out.remove(kept[label].name)
        except Damaged as error:
            page.show_damaged([error])
    return left_out


def _newest_own(kept: Mapping[str, store.StoredModel]) -> list[str]:
    own = [label for label, model in kept.items() if not model.card.owner or visitor.is_own(model.card)]
    return sorted(own, key=lambda label: kept[label].card.finished)[-1:]
