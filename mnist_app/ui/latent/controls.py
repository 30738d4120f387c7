"""The Latent page's controls: the two ends of a morph, and the conditional decoder's sliders."""

import numpy as np
import streamlit as st

from mnist_app import ink
from mnist_app.ui import canvas, page
from mnist_app.ui.dataset import Digits

CANVAS = 196

RANGE = 3.0  # latent numbers are drawn from a standard normal distribution: all but 0.3% of them lie within three of 0

_STEP = 0.1


def choose_end(end: str, *, digits: Digits | None, first: int) -> np.ndarray | None:
    """The controls of an end, "from" or "to"; its image float32 (28, 28, 1), or None while there is none.

    `first` is the index of the test image that it starts with.
    """
    sources = ["Test image"] * (digits is not None) + ["Draw here", "From Draw"]
    source = page.choice(end.title(), sources, key=f"{end}_source")
    if source == "Test image":
        with st.container(horizontal=True, vertical_alignment="bottom"):
            last, key = len(digits.labels) - 1, f"{end}_image"
            index = st.number_input("Number", 0, last, min(first, last), key=key, bind="query-params", width=130)
            st.button("Another", key=f"{end}_another", on_click=page.pick, args=(key, last))
        return digits.images[index]
    if source == "From Draw":
        if "drawn" not in st.session_state:
            page.offer_drawing()
        return st.session_state.get("drawn")
    canvas.show(key=end, size=CANVAS, brush=round(CANVAS / 14))
    steps = ink.centre(canvas.drawn(end, size=CANVAS).ink)
    if steps is None:
        st.caption("Draw a digit in the black square.")
        return None
    return steps.image


def choose_latents(count: int) -> np.ndarray:
    """The sliders; returns the latent numbers, float32 (count,)."""
    with st.container(horizontal=True, key="latents"):
        latents = [
            st.slider(f"Number {at}", -RANGE, RANGE, 0.0, _STEP, key=f"z{at}", bind="query-params", width=150)
            for at in range(1, count + 1)
        ]
    return np.array(latents, np.float32)


def set_latents(count: int, deviation: int) -> None:
    """Set all the sliders: each number drawn from a normal distribution around 0."""
    latents = np.random.default_rng().normal(0, deviation, count)
    for at, latent in enumerate(np.clip(latents, -RANGE, RANGE).round(1).tolist(), start=1):
        st.session_state[f"z{at}"] = latent
