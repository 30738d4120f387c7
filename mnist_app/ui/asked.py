"""Which networks a page asks: those of the declared experiments, and the kept runs that the visitor picks."""

import streamlit as st

from mnist_app import Damaged, serving, store
from mnist_app.serving.denoisers import Denoiser, trained
from mnist_app.ui import models, page, visitor

_MOST_KEPT = 8  # runs at once, beside those that are asked at first


def classifiers(served: models.Served) -> tuple[models.Classifier, ...]:
    """Those that guess a drawing, in the visitor's order; at first those that are not kept, and the newest own run."""
    kept, by_label = _kept(served, "classify"), {each.label: each for each in served.classifiers}
    first = [label for label in by_label if label not in kept]
    options = {"key": "networks", "bind": "query-params", "max_selections": len(first) + _MOST_KEPT}
    about = "In this order; the first card is large. Those trained here come last in the list."
    chosen = st.multiselect("Networks", [*first, *kept], first + _newest_own(kept), **options, help=about)
    return tuple(by_label[label] for label in chosen if label not in kept or _opens(kept[label]))


def denoisers() -> tuple[Denoiser, ...]:
    """Those that clean an image; last the kept runs that the visitor picks, at first the newest own one."""
    served = models.served()
    kept, picked = _kept(served, "denoise"), []
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
    kept = _kept(served, task)
    newest = _newest_own(kept)
    if label not in kept or label in newest:
        return {}
    if task == "denoise":
        return {"kept_denoisers": label}
    return {"networks": [each.label for each in served.classifiers if not each.kept] + [*newest, label]}


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
