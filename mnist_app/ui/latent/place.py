"""The place on the map of two numbers, and what is decoded there: two sliders, and the square that is dragged.

Both show one state, that of the sliders. While the pointer is held, the digit follows it, and the sliders take its
place when it is let go: each of their values is a step in the browser's history.
"""

import numpy as np
import streamlit as st

from mnist_app import ui
from mnist_app.serving import latent
from mnist_app.serving.latent import Plane
from mnist_app.ui import html
from mnist_app.ui.digits import Digits
from mnist_app.ui.latent import networks, pointer

SQUARE = "plane_square"
NUMBERS = ("first_number", "second_number")
_HELD = "plane_held"  # the code under the pointer, while it is held
_STEP = 0.1


@st.fragment
def show(network: networks.Autoencoder, area: Plane, digits: Digits, judge: ui.Judge) -> None:
    """The map and its point, and beside it the digit decoded there: all that a drag changes."""
    left, right = st.columns(2, gap="medium")
    with right:
        code = _choose(area)
        image = network.decoder.run(code[None])[0]
        ((guess,),) = ui.guess((judge,), image[None])
        at = f"Decoded at ({code[0]:.1f}, {code[1]:.1f})"
        number, distance = latent.nearest(code, networks.codes(network, digits))
        which = f"test image {number}{ui.of(digits.data)}, a {digits.labels[number]}"
        near = f"The nearest code, {distance:.1f} away, is that of {which}"
        pair = html.pictures([(image, at, at), (digits.images[number], near, near)], side="8rem")
        st.html(pair + html.small_cards([(judge.label, "", guess)]))
    with left, st.container(key="plane"):
        (x, y), picture = area.places(code[None])[0].round(4).tolist(), html.picture(image, alt=at)
        pointer.square(key=SQUARE, left=x, top=y, picture=picture, on_move=lambda: _follow(area))


def _choose(area: Plane) -> np.ndarray:
    """The sliders; returns the code to be decoded, float32 (2,)."""
    names = ("First number", "Second number")
    chosen = [
        st.slider(name, low, high, round(middle, 1), _STEP, key=key, bind="query-params", on_change=_let_go)
        for name, key, low, high, middle in zip(names, NUMBERS, area.low, area.high, area.middle, strict=True)
    ]
    held = st.session_state.get(_HELD)
    return np.array(chosen if held is None else held, np.float32)


def _follow(area: Plane) -> None:
    at = pointer.position(SQUARE)
    code = area.code_at(at.left, at.top).astype(np.float64)
    if at.moving:
        st.session_state[_HELD] = code
        return
    _let_go()
    for key, number, low, high in zip(NUMBERS, code.tolist(), area.low, area.high, strict=True):
        st.session_state[key] = min(high, max(low, round(number, 1)))


def _let_go() -> None:
    st.session_state.pop(_HELD, None)
