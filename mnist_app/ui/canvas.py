"""The drawing canvas of every page: white ink on black, Undo and Clear, kept when the page is left.

The session state holds, for `key="draw"`, the component's value `draw-canvas0`, `draw-canvas1`, …: Undo, Clear, another
brush width and coming back to the page raise the number. Its copy `draw-kept` stays when another page is shown.
"""

import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from mnist_app import InvalidInput, ink
from mnist_app.ui import html

# The component's own toolbar is invisible until hovered, yet takes every tap in the top right corner; one of its
# buttons erases the drawing. Its shadow root keeps the page's styles away, so this goes in by the component's HTML.
# The grey outline has a contrast of at least 3:1 to black and to both themes.
_HTML = """<style>
.dc-toolbar { display: none !important; }
.dc-canvas { outline: 1px solid #808080 !important; }
</style>
<div class="canvas-root" role="img" aria-label="Drawing area: write a digit with a mouse, a pen or a finger"></div>"""


@dataclass(frozen=True, eq=False)
class Drawing:
    """What is drawn: its strokes, and their ink float32 (size, size) in [0, 1], read-only."""

    objects: list
    strokes: tuple[ink.Stroke, ...]
    ink: np.ndarray


@dataclass(frozen=True)
class _Kept:
    """What one version of a canvas started from, what it shows now, and its brush's width.

    Start and `now` are lists of the canvas's JSON, an object for each stroke. A start that followed the drawing would
    make the component load, report and load again for ever. `drawing` is the last one that was returned.
    """

    version: int = 0
    start: list | tuple = ()
    now: list | tuple = ()
    brush: int | None = None
    drawing: Drawing | None = None


def canvas(*, key: str, size: int = 280, brush: int = 20) -> Drawing:
    """Show a square canvas of `size` pixels with Undo and Clear under it, and return what is drawn.

    `brush` is the width of the next stroke in pixels. Each stroke causes one rerun, of the fragment alone where the
    canvas is in one.
    """
    kept = _kept(key)
    # Two changes of a running component's settings in quick succession make it start afresh, without the drawing.
    new_brush = kept.now and kept.brush not in (None, brush)
    # Streamlit drops the component's value once another page is shown.
    came_back = _component_key(key) not in st.session_state and kept.now != kept.start
    if new_brush or came_back:
        kept = _restart(key, kept.now)

    result = _st_canvas()(
        stroke_width=brush,
        stroke_color="#ffffff",
        background_color="#000000",
        width=size,
        height=size,
        initial_drawing={"objects": list(kept.start)},
        key=_component_key(key),
    )
    now = result.json_data["objects"] if result.json_data else []
    try:
        drawing = _draw(now, kept.drawing, size)
    except InvalidInput as error:  # too long: Undo mends it
        st.error(html.as_markdown(str(error)))
        drawing = kept.drawing or _draw([], None, size)
    st.session_state[f"{key}-kept"] = replace(kept, now=now, brush=brush, drawing=drawing)
    with st.container(horizontal=True):
        st.button("Undo", key=f"{key}-undo", on_click=_undo, args=(key,), disabled=not now)
        st.button("Clear", key=f"{key}-clear", on_click=_restart, args=(key, []), disabled=not now)
    return drawing


def _draw(objects: list, before: Drawing | None, size: int) -> Drawing:
    """The drawing of the canvas's JSON; where it only grew, its new strokes alone are drawn."""
    strokes, whole, done = ink.strokes_of_canvas({"objects": objects}), np.zeros((size, size), np.float32), 0
    if before and objects[: len(before.objects)] == before.objects:
        whole, done = before.ink, len(before.strokes)
    whole = np.maximum(whole, ink.draw_strokes(strokes[done:], size=size))
    whole.setflags(write=False)
    return Drawing(objects, strokes, whole)


def _kept(key: str) -> _Kept:
    """What is drawn now. The component's value comes first: a stroke may have arrived together with a click."""
    kept = st.session_state.get(f"{key}-kept", _Kept())
    value = st.session_state.get(f"{key}-canvas{kept.version}")
    return replace(kept, now=value["drawing"]["raw"]["objects"]) if value else kept


def _component_key(key: str) -> str:
    return f"{key}-canvas{_kept(key).version}"


def _undo(key: str) -> None:
    _restart(key, _kept(key).now[:-1])


def _restart(key: str, objects: list) -> _Kept:
    """A new version that starts from `objects`: only a new one forgets what the browser still shows."""
    before = _kept(key)
    kept = st.session_state[f"{key}-kept"] = _Kept(before.version + 1, objects, objects, drawing=before.drawing)
    return kept


@functools.cache
def _st_canvas() -> Callable:
    """The package's `st_canvas`, mounted with `_HTML`.

    The package registers its component when it is imported, and needs Streamlit's runtime for it. It is registered
    again here; Streamlit's warning that the name is taken is left out.
    """
    import streamlit_drawable_canvas

    name = "streamlit-drawable-canvas.streamlit_drawable_canvas"
    log = logging.getLogger("streamlit.components.v2.component_registry")
    log.disabled = True
    streamlit_drawable_canvas.out = st.components.v2.component(
        name, js="index-*.js", css="index-*.css", html=_HTML
    )
    log.disabled = False
    return streamlit_drawable_canvas.st_canvas
