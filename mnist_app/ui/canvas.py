"""The drawing square of every page: white ink on black, Undo and Clear, kept when the page is left.

The browser holds the drawing and sends all of it: while the pen moves, each time when the last answer has come, and
when it is lifted. So every page answers while a stroke is drawn, and on a slow line it answers more seldom.
"""

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from mnist_app import InvalidInput, ink
from mnist_app.ui import html

_HTML = """<canvas class="area" role="img"
 aria-label="Drawing area: write a digit with a mouse, a pen or a finger"></canvas>
<div class="buttons"><button type="button">Undo</button><button type="button">Clear</button></div>"""


@dataclass(frozen=True, eq=False)
class Drawing:
    """What is drawn: its strokes, and their ink float32 (size, size) in [0, 1]. `grows`: the pen is still down."""

    strokes: tuple[ink.Stroke, ...]
    ink: np.ndarray
    grows: bool


def drawn(key: str, *, size: int = 280) -> Drawing:
    """What is on the square of that key; nothing, and a message, where no pen could have made it or it is too long."""
    # Streamlit drops the component's value once another page is shown; the copy stays.
    value = st.session_state.get(f"{key}-canvas", {}).get("drawing") or {}
    if "objects" in value:
        st.session_state[f"{key}-kept"] = value["objects"]
    objects = _kept(key)
    try:
        strokes = ink.strokes_of_canvas({"objects": objects})
    except InvalidInput as error:
        st.error(html.as_markdown(str(error)))
        objects, strokes = [], ()
    # The last stroke may still grow; those before it are drawn once.
    known, done = st.session_state.get(f"{key}-done", ([], None))
    if done is None or objects[:-1][: len(known)] != known:
        known, done = [], np.zeros((size, size), np.float32)
    done = np.maximum(done, ink.draw_strokes(strokes[len(known) : -1], size=size))
    st.session_state[f"{key}-done"] = objects[:-1], done
    whole = np.maximum(done, ink.draw_strokes(strokes[-1:], size=size))
    return Drawing(strokes, whole, bool(value.get("grows")))


def show(*, key: str, size: int = 280, brush: int = 20, live: bool = False) -> None:
    """The square, `size` pixels wide, with Undo and Clear under it; `brush` is the next stroke's width in pixels.

    Each stroke causes one rerun, of the fragment alone where the square is in one; with `live`, a growing stroke causes
    as many as are answered. This call is what tells the browser so: let it be the run's last one then.
    """
    # Only a square that is new takes the drawing from here. The browser calls the component when the data has changed:
    # hence the time.
    data = {"objects": _kept(key), "size": size, "brush": brush, "live": live, "answered": time.monotonic()}
    _component()(key=f"{key}-canvas", data=data, on_drawing_change=lambda: None)


def _kept(key: str) -> list:
    """The drawing, an object of the browser's for each stroke."""
    return st.session_state.get(f"{key}-kept", [])


@functools.cache
def _component() -> Callable:
    """Registered at its first use, because that needs Streamlit's runtime."""
    css, js = (Path(__file__).with_suffix(suffix).read_text("utf-8") for suffix in (".css", ".js"))
    return st.components.v2.component("mnist_app_canvas", html=_HTML, css=css, js=js)
