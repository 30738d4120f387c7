"""Which networks a page asks: those of the declared experiments, and the kept runs that the visitor picks."""

import streamlit as st

from mnist_app import Damaged, serving, store
from mnist_app.serving.denoisers import Denoiser, trained
from mnist_app.ui import models, page, visitor

_MOST_KEPT = 8  # runs at once, beside those that are asked at first


def classifiers(served: models.Served) -> tuple[models.Classifier, ...]:
    """Those that guess a drawing, in the visitor's order. At first: those of the declared experiments, and the newest
    kept run that no other visitor ordered.
    """
    by_label, default = _classifiers(served)
    options = {"key": "networks", "bind": "query-params", "max_selections": len(default) + _MOST_KEPT}
    about = (
        "Their order is that of the cards: the first card is large. In the list, runs trained here come last."
    )
    chosen = st.multiselect("Networks", list(by_label), default, **options, help=about)
    return tuple(
        by_label[label] for label in chosen if not by_label[label].kept or _opens(by_label[label].model)
    )


def denoisers() -> tuple[Denoiser, ...]:
    """Those that clean an image; last the kept runs that the visitor picks, at first the newest of nobody else."""
    served = models.served()
    kept = _kept(served, "denoise")
    picked = []
    if kept:
        options = {"key": "kept_denoisers", "bind": "query-params", "max_selections": _MOST_KEPT}
        picked = st.multiselect("Networks trained here", list(kept), _newest_own(kept), **options)
    left_out = {model.name for label, model in kept.items() if label not in picked or not _opens(model)}
    every = trained(tuple(each for each in served.models if each.name not in left_out), damaged=[])
    known = {each.key for each in served.denoisers}
    return (*served.denoisers, *(each for each in every if each.key not in known))


def link(model: store.StoredModel) -> dict[str, str | list[str]]:
    """The query of a link to a page that asks the model. What is asked at first is left out: the browser would take it
    out of the address, which makes one step more for its Back button.
    """
    served, label, task = models.served(), model.run.label, model.card.recipe.task
    if task == "classify":
        _, default = _classifiers(served)
        return {} if label in default else {"networks": [*default, label]}
    kept = _kept(served, task)
    return {"kept_denoisers": label} if label in kept and label not in _newest_own(kept) else {}


def _classifiers(served: models.Served) -> tuple[dict[str, models.Classifier], list[str]]:
    """All by label, last the kept runs, the newest first; and the labels of those that are asked at first."""
    kept = _kept(served, "classify")
    by_label = {each.label: each for each in served.classifiers}
    first = [label for label in by_label if label not in kept]
    return {label: by_label[label] for label in (*first, *kept)}, first + _newest_own(kept)


def _kept(served: models.Served, task: str) -> dict[str, store.StoredModel]:
    """The kept runs of that task by label, the newest first."""
    kept = [(label, model) for label, model in served.kept.items() if model.card.recipe.task == task]
    return dict(sorted(kept, key=lambda pair: pair[1].card.finished, reverse=True))


def _newest_own(kept: dict[str, store.StoredModel]) -> list[str]:
    own = [label for label, model in kept.items() if not model.card.owner or visitor.is_own(model.card)]
    return own[:1]


def _opens(model: store.StoredModel) -> bool:
    """Whether it answers; else a message says why not. Kept runs are opened when they are asked."""
    try:
        serving.open_model(model)
    except Damaged as error:
        page.show_damaged([error])
        return False
    return True
