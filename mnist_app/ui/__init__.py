"""What every page uses: cached loaders for trained models, and the house's way to show pictures, figures and errors.

The only package of the library that imports streamlit. What is cached here is shared by all sessions and never
mutated.
"""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from mnist_app import Damaged, evaluation, serving, store
from mnist_app.evaluation import comparison
from mnist_app.evaluation.results import MNIST, NoiseCurve
from mnist_app.serving.denoisers import CLASSICAL, Denoiser, trained
from mnist_app.ui import html
from mnist_app.ui.digits import of, offer_mnist, on, show_banner, test_digits
from mnist_app.ui.entry import enter_by_the_entry_file

__all__ = [
    "Judge",
    "figure",
    "guess",
    "guess_moments",
    "heading",
    "heading_with_classifier",
    "html",
    "judges",
    "listing",
    "noise_curves",
    "notes",
    "of",
    "offer_mnist",
    "offer_training",
    "on",
    "run_of",
    "seed_curves",
    "show_damaged",
    "test_digits",
]


@dataclass(frozen=True)
class Judge:
    """A trained classifier that answers: what is known of it, and the served network."""

    model: store.StoredModel
    network: serving.Network

    @property
    def label(self) -> str:
        """A name to read, different for every model."""
        return run_of(self.model).label


@dataclass(frozen=True)
class Judges:
    """The classifiers that can be asked, those without weights, and what is damaged.

    Those that can reject are first, then goes the test accuracy; trained on generated digits, they stand behind all.
    `denoisers` are those of `denoisers()`.
    """

    ready: tuple[Judge, ...]
    unserved: tuple[store.StoredModel, ...]
    damaged: tuple[Damaged, ...]
    denoisers: tuple[Denoiser, ...]


def run_of(model: store.StoredModel) -> comparison.Run:
    """A stored model as a run to be compared."""
    card = model.card
    about = card.recipe, card.seed, card.parameters, card.seconds, card.test, model.history
    return comparison.Run(*about, stopped=card.stopped, name=card.label, data=card.data)


def heading(title: str) -> None:
    """The page's title, and below it what every page has to say of the digits that it uses."""
    _title(title)
    show_banner()


def _title(title: str) -> None:
    """Close to the top: what a student works with is to fit on the screen."""
    enter_by_the_entry_file()
    st.html("<style>.stMainBlockContainer{padding-top:4rem;padding-bottom:4rem} h1{padding:.2rem 0 .6rem}</style>")
    st.title(title)


def heading_with_classifier(title: str) -> Judge:
    """The page's title, and beside it the choice of a trained classifier; where there is none, the page ends here."""
    left, right = st.columns([5, 1], vertical_alignment="bottom")
    with left:
        _title(title)
    show_banner()
    found = judges()
    show_damaged(found.damaged)
    if not found.ready:
        st.info("No trained network is here yet. Train one: `python -m mnist_app train mlp-64-64` takes seconds.")
        st.stop()
    by_label = {judge.label: judge for judge in found.ready}
    return by_label[right.selectbox("Classifier", list(by_label), key="classifier", bind="query-params")]


def listing() -> store.Listing:
    """Every stored model, verified; read again as soon as one is added, replaced or removed."""
    return _listing(store.state())


def judges() -> Judges:
    """The trained classifiers; opened once for all sessions."""
    return _judges(store.state())


def denoisers() -> tuple[Denoiser, ...]:
    """Nothing, the median filters, and the trained denoisers that are here; opened once for all sessions."""
    return judges().denoisers


def noise_curves(classifier: str) -> dict[str, NoiseCurve]:
    """The stored noise curves of that model, by denoiser key."""
    return {curve.denoiser: curve for curve in _noise_curves(store.state()) if curve.classifier == classifier}


def seed_curves(judge: Judge) -> tuple[NoiseCurve, ...]:
    """Curves without denoising of that judge's recipe, trained with other seeds."""
    every = store.list_seed_curves(judge.model.name)
    return tuple(curve for curve in every if curve.classifier != judge.model.name and curve.denoiser == "none")


def guess(ready: tuple[Judge, ...], images: np.ndarray) -> list[tuple[evaluation.Guess, ...]]:
    """For each judge its guesses for images float32 (n, 28, 28, 1)."""
    return [evaluation.guesses(judge.network.run(images)) for judge in ready]


def guess_moments(judge: Judge, inputs: list[np.ndarray | None]) -> list[evaluation.Guess | None]:
    """A judge's guess for each image float32 (28, 28, 1), None where there is none, in one call of the network."""
    given = [image for image in inputs if image is not None]
    answers = iter(evaluation.guesses(judge.network.run(np.stack(given)))) if given else iter(())
    return [None if image is None else next(answers) for image in inputs]


def show_damaged(damaged: tuple[Damaged, ...]) -> None:
    """A warning for each model that cannot be used, with what to do."""
    for error in damaged:
        st.warning(str(error), icon="⚠️")


def offer_training(models: tuple[store.StoredModel, ...]) -> None:
    """Name the networks whose weights do not ship, and how to get them."""
    if not models:
        return
    with st.expander(f"{len(models)} more trained networks are too large to ship"):
        for model in models:
            card = model.card
            st.markdown(
                f"**{html.escape(card.recipe.title)}**: {card.parameters:,} parameters, "
                f"test accuracy {card.test.value:.2%}{on(card.data)}. Train it on this machine to see its guesses "
                f"here; it took {card.seconds / 60:.0f} minutes on two cores:"
            )
            st.code(f"python -m mnist_app train {card.recipe.key}", language="bash")


def notes(text: str) -> None:
    """The page's last section, in Markdown."""
    st.subheader("What to notice")
    st.markdown(text)


def figure(fig, *, key: str, name: str, image_format: str = "png", alt: str = "", on_select="ignore") -> None:
    """Show a plotly figure over the full width; its one button saves it as `name` in that format, "png" or "svg".

    `alt` is its text alternative; the figure's title, if none is given. `on_select` is called when points are clicked.
    """
    st.plotly_chart(
        fig,
        width="stretch",
        key=key,
        alt=alt or (fig.layout.title.text or name).split("<")[0],
        on_select=on_select,
        selection_mode="points",
        config={
            "displaylogo": False,
            "displayModeBar": True,
            "modeBarButtons": [["toImage"]],
            "toImageButtonOptions": {"format": image_format, "filename": name, "scale": 2},
        },
    )


@st.cache_resource(show_spinner=False, max_entries=2)
def _listing(state: tuple) -> store.Listing:
    return store.list_models()


@st.cache_resource(show_spinner="Opening the trained networks …", max_entries=2)
def _judges(state: tuple) -> Judges:
    found = _listing(state)
    ready, unserved, damaged = [], [], list(found.damaged)
    for model in found.models:
        if model.card.recipe.task != "classify":
            continue
        if not model.served:
            unserved.append(model)
            continue
        try:
            ready.append(Judge(model, serving.open_model(model)))
        except Damaged as error:
            damaged.append(error)
    judged = {rejection.model for rejection in store.list_rejections()}
    ready.sort(key=lambda j: (j.model.card.data != MNIST, j.model.name not in judged, -j.model.card.test.value))
    cleaners = (*CLASSICAL, *trained(found.models, damaged=damaged))
    return Judges(tuple(ready), tuple(unserved), tuple(damaged), cleaners)


@st.cache_resource(show_spinner=False, max_entries=2)
def _noise_curves(state: tuple) -> tuple[NoiseCurve, ...]:
    return store.list_noise_curves()
