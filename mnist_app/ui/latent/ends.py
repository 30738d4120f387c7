"""The two ends of a morph: a test image, a digit drawn here, or the one kept from the Draw page."""

import numpy as np
import streamlit as st

from mnist_app import ink
from mnist_app.ui.canvas import canvas
from mnist_app.ui.digits import Digits

CANVAS = 196
TEST, HERE, KEPT = "Test image", "Draw here", "From Draw"


def choose(end: str, *, digits: Digits | None, first: int) -> np.ndarray | None:
    """The controls of an end, "from" or "to"; its image float32 (28, 28, 1), or None while there is none.

    `first` is the number of the test image that it starts with.
    """
    sources = [TEST] * (digits is not None) + [HERE, KEPT]
    source = st.segmented_control(
        end.title(), sources, default=sources[0], required=True, key=f"{end}_source", bind="query-params"
    )
    if source == TEST:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            last, key = len(digits.labels) - 1, f"{end}_image"
            number = st.number_input("Number", 0, last, min(first, last), key=key, bind="query-params", width=130)
            st.button("Another", key=f"{end}_another", on_click=_pick, args=(key, last))
        return digits.images[number]
    if source == KEPT:
        if (kept := st.session_state.get("drawn")) is None:
            st.info("Nothing is drawn on the Draw page yet.")
            st.page_link("pages/draw.py", label="Draw a digit", icon="✏️")
        return kept
    drawing = canvas(key=f"{end}_canvas", size=CANVAS, brush=round(CANVAS / 14))
    steps = ink.centre(ink.draw_strokes(ink.strokes_of_canvas(drawing.strokes), size=CANVAS))
    if steps is None:
        st.caption("Draw a digit in the black square.")
        return None
    return steps.image


def _pick(key: str, last: int) -> None:
    st.session_state[key] = int(np.random.default_rng().integers(last + 1))
