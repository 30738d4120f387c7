"""The choice of one digit, of several pages: a test image by its number in the link, or the visitor's own drawing."""

import contextlib
from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mnist_app.ui import dataset, models, page


@dataclass(frozen=True)
class Chosen:
    """The digit: float32 (28, 28, 1), what it shows, None where unknown, and the number of its noise field."""

    image: np.ndarray
    label: int | None
    index: int


def choose(
    digits: dataset.Digits | None, *, reader: models.Classifier | None = None, more: DeltaGenerator | None = None
) -> Chosen | None:
    """The controls that say which digit; None where nothing is drawn. Seldom-used ones stand in `more`.

    What a drawing shows is asked where there is a `reader`, which guesses it.
    """
    source = page.choice("Digit", ("Test image", "My drawing") if digits else ("My drawing",), key="digit")
    if source == "My drawing":
        if (drawing := st.session_state.get("drawn")) is None:
            return None
        # The test images' noise fields are those before.
        return Chosen(drawing, _meant(drawing, reader) if reader else None, index=10_000)
    last = len(digits.labels) - 1
    index = st.number_input("Test image", 0, last, 0, key="image", bind="query-params", width=130)
    with more or contextlib.nullcontext():
        st.selectbox(
            "Class", [None, *range(10)], key="of_class", width=110, on_change=_pick_image, args=(digits.labels,),
            format_func=lambda digit: "any" if digit is None else str(digit),
        )  # fmt: skip
        st.button("Random image", key="random_image", on_click=_pick_image, args=(digits.labels,))
    return Chosen(digits.images[index], int(digits.labels[index]), index)


def _meant(drawing: np.ndarray, reader: models.Classifier) -> int:
    """What its maker said on the Draw page, or says here."""
    if (meant := st.session_state.get("meant")) is not None:
        return meant
    (guess,) = models.guess(reader, drawing[None])
    # A new drawing has a new guess, hence another widget, which starts from that guess.
    return st.selectbox("It is a", range(10), index=guess.digit, key=f"meant_{guess.digit}", width=90)


def _pick_image(labels: np.ndarray) -> None:
    of_class = st.session_state.get("of_class")  # a click may come after the switch to a drawing
    indices = np.flatnonzero((labels == of_class) | (of_class is None))
    st.session_state["image"] = int(np.random.default_rng().choice(indices))
