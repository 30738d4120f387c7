"""A square that is clicked and dragged, by mouse, pen, finger or arrow keys: it says where the pointer is.

Its picture is the CSS variable --map of an element around it, so that the picture is not sent again with each step.
While one position is on its way to the server and back, no other is sent: on a slow line the digit follows later.
"""

import functools
from collections.abc import Callable
from pathlib import Path

import streamlit as st

_HTML = """<div class="area" role="application" tabindex="0"
 aria-label="Map of two numbers: drag, or press the arrow keys, to move the point"><i class="point"></i>
<span class="lens"></span></div>"""


def square(*, key: str, left: float, top: float, picture: str, on_move: Callable[[], None]) -> None:
    """Show the square with its point, and a picture beside the point.

    `left` and `top` are shares of its width and height from its upper left corner. `picture` is an <img> of `html`.
    `on_move` is called when the pointer moves or is let go. `st.session_state[key]["at"]` then says where: `left`,
    `top`, and `moving` while it is held.
    """
    _component()(key=key, data={"left": left, "top": top, "picture": picture}, on_at_change=on_move)


@functools.cache
def _component() -> Callable:
    """Registered at its first use, because that needs Streamlit's runtime."""
    css, js = (Path(__file__).with_suffix(suffix).read_text("utf-8") for suffix in (".css", ".js"))
    return st.components.v2.component("mnist_app_latent_pointer", html=_HTML, css=css, js=js)
