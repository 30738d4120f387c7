"""Stored rejection rules on the pages: what such a network says of a drawing, and the table of what it rejects."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from mnist_app import store
from mnist_app.evaluation import Guess
from mnist_app.evaluation.rejection import SURE, Rejection, RejectionRate
from mnist_app.ui import Judge, run_of
from mnist_app.ui.html import judged_card, large_card

NAMES = {
    "test": "test images",
    "letters": "letters",
    "shapes": "shapes",
    "scribbles": "scribbles",
    "noise": "noise",
    "digits": "drawn digits",
}


def rejections() -> dict[str, Rejection]:
    """The stored rejection rules by model name; read again as soon as one is added or replaced."""
    return _rejections(store.state())


def best_card(judge: Judge, about: str, image: np.ndarray, guess: Guess) -> tuple[str, bool]:
    """The large card for an image float32 (28, 28, 1), and whether the network rejects it.

    Without a rejection rule it is the guess's card, and nothing is rejected.
    """
    rejection = rejections().get(judge.model.name)
    if rejection is None:
        return large_card(judge.label, about, guess), False
    probabilities, features = judge.network.features(image[None])
    (decision,) = rejection.decide(probabilities, features, image[None])
    return judged_card(judge.label, about, decision, temperature=rejection.temperature), decision.rejected


def temperature_scaled(judge: Judge, given: Sequence[Guess | None]) -> list[Guess | None]:
    """The guesses at the rule's temperature; as they are where there is no rule."""
    rejection = rejections().get(judge.model.name)
    if rejection is None:
        return list(given)
    return [guess and rejection.guesses(np.array([guess.probabilities]))[0] for guess in given]


def choose(models: Sequence[store.StoredModel]) -> Rejection | None:
    """The rejection rule of the network that is chosen among those that have one; None where none has."""
    found = rejections()
    judged = {run_of(model).label: found[model.name] for model in models if model.name in found}
    if not judged:
        return None
    st.subheader("How sure may it be, and what does it reject?")
    return judged[st.selectbox("Judged network", list(judged), key="judged", bind="query-params")]


def show_rejection_rates(rejection: Rejection) -> None:
    """Shares of each kind of image, with n and interval, and the command that measures them again."""
    st.markdown(
        "All training images were learned from, so the temperature was found on the test images, half of them for the "
        "other half. They also set the score's threshold: at most 1% of them are rejected. The other images are the "
        "project's own drawings, with the brush of the Draw page; letters that a hasty digit looks like, such as O, S "
        "or Z, are not among them, nor are circles and lines. Drawn digits come from the same hand, to compare with."
    )
    text, number = st.column_config.TextColumn, st.column_config.NumberColumn
    share = number(format="%.1f%%")
    sure = f"Share whose guess has a probability of {SURE:.0%} or more"
    st.dataframe(
        [_row(each) for each in rejection.rates],
        hide_index=True,
        key="rates",
        alt="What the network rejects",
        column_config={
            "Images": text(pinned=True),
            "n": number(format="%,d"),
            "Rejected": share,
            "95% interval": text(help="Wilson's interval, in percent"),
            "Sure before": number(format="%.1f%%", help=f"{sure}, as the softmax gives it"),
            "Sure now": number(format="%.1f%%", help=f"{sure} at the temperature, among those that are not rejected"),
        },
    )
    again = f"python -m mnist_app calibrate {rejection.model}"
    st.code(f"{again} --seed {rejection.seed} --count {rejection.rates[-1].n}", language="bash")


def _row(each: RejectionRate) -> dict[str, object]:
    low, high = each.share.interval
    return {
        "Images": NAMES.get(each.kind, each.kind),
        "n": each.n,
        "Rejected": 100 * each.share.value,
        "95% interval": f"{100 * low:.1f} – {100 * high:.1f}",
        "Sure before": 100 * each.sure_before / each.n,
        "Sure now": 100 * each.sure_now / each.n,
    }


@st.cache_resource(show_spinner=False, max_entries=2)
def _rejections(state: tuple) -> dict[str, Rejection]:
    return {each.model: each for each in store.list_rejections()}
