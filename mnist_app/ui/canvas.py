"""The drawing canvas of every page: white ink on black, Undo and Clear, kept when the page is left.

A thin layer over streamlit-drawable-canvas; `ink` turns strokes into images. What is stored in `st.session_state`, for
a canvas with `key="draw"`:

- `draw-canvas0`, `draw-canvas1`, …: the component's own value. Undo, Clear, another brush width and coming back to the
  page raise the number. A test without a browser draws by setting it before a run (tests/drawings.py).
- `draw-kept`: the drawing's own copy, which stays when another page is shown.
- `draw-undo` and `draw-clear`: the two buttons.
"""

import functools
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

# The component's own toolbar is invisible until hovered, yet takes every tap in the top right corner; one of its
# buttons erases the drawing. It has no option to leave it out, and its shadow root keeps the page's styles away. So the
# correction goes in by the component's HTML, and so does the name that a screen reader says. The grey outline has a
# contrast of at least 3:1 to black and to both themes.
_HTML = """<style>
.dc-toolbar { display: none !important; }
.dc-canvas { outline: 1px solid #808080 !important; }
</style>
<div class="canvas-root" role="img" aria-label="Drawing area: write a digit with a mouse, a pen or a finger"></div>"""


@dataclass(frozen=True)
class Drawing:
    """What is on the canvas. Both parts always belong to the same strokes; neither may be modified.

    `strokes` is the canvas's JSON: `{"objects": [...]}`, one object a stroke in the order of drawing, each with its
    `path`, `stroke` and `strokeWidth`; the list is empty when nothing is drawn.

    `image` is uint8 RGBA of shape (size, size, 4), read-only. The browser sends it with each stroke only. It is None
    when nothing is drawn, and also after Undo, with another brush width and on coming back to the page, until the
    next stroke: draw the strokes then.
    """

    image: np.ndarray | None
    strokes: dict


@dataclass(frozen=True)
class _Kept:
    """The state of one canvas: what its current version started from, what it shows now, and its brush's width.

    `start` is JSON text, hence constant: a start that followed the drawing would make the component load, report and
    load again for ever.
    """

    version: int = 0
    start: str = "[]"
    objects: list = field(default_factory=list)
    brush: int | None = None

    def restarted(self, objects: list) -> "_Kept":
        """A new version that starts from `objects`: only a new one forgets what the browser still shows."""
        return _Kept(self.version + 1, json.dumps(objects), objects)


def canvas(*, key: str, size: int = 280, brush: int = 20) -> Drawing:
    """Show a square canvas of `size` pixels with Undo and Clear under it, and return what is drawn.

    `brush` is the width of the next stroke in pixels. Each stroke causes one rerun, of the fragment alone where the
    canvas is in one.
    """
    kept, objects = _kept(key), _objects(key)
    # Two changes of a running component's settings in quick succession make it start afresh, without the drawing.
    new_brush = objects and kept.brush not in (None, brush)
    # Streamlit drops the component's value once another page is shown.
    came_back = _component_key(key) not in st.session_state and kept.objects != json.loads(kept.start)
    if new_brush or came_back:
        kept = st.session_state[f"{key}-kept"] = kept.restarted(objects)

    result = _st_canvas()(
        stroke_width=brush,
        stroke_color="#ffffff",
        background_color="#000000",
        width=size,
        height=size,
        initial_drawing={"objects": json.loads(kept.start)},
        return_image_data=True,
        key=_component_key(key),
    )
    strokes = result.json_data or {"objects": []}
    empty = not strokes["objects"]
    st.session_state[f"{key}-kept"] = _Kept(kept.version, kept.start, strokes["objects"], brush)
    with st.container(horizontal=True):
        st.button("Undo", key=f"{key}-undo", on_click=_undo, args=(key,), disabled=empty)
        st.button("Clear", key=f"{key}-clear", on_click=_clear, args=(key,), disabled=empty)
    return Drawing(image=None if empty else result.image_data, strokes=strokes)


def _kept(key: str) -> _Kept:
    return st.session_state.get(f"{key}-kept") or _Kept()


def _component_key(key: str) -> str:
    return f"{key}-canvas{_kept(key).version}"


def _objects(key: str) -> list:
    """The strokes now. The component's value comes first: a stroke may have arrived together with a click."""
    value = st.session_state.get(_component_key(key))
    return value["drawing"]["raw"]["objects"] if value else _kept(key).objects


def _undo(key: str) -> None:
    st.session_state[f"{key}-kept"] = _kept(key).restarted(_objects(key)[:-1])


def _clear(key: str) -> None:
    st.session_state[f"{key}-kept"] = _kept(key).restarted([])


@functools.cache
def _st_canvas() -> Callable:
    """The package's `st_canvas`, mounted with `_HTML`.

    The package registers its component when it is imported, and needs Streamlit's runtime for it. It is registered
    again here; Streamlit's warning that the name is taken is left out.
    """
    import streamlit_drawable_canvas

    name = "streamlit-drawable-canvas.streamlit_drawable_canvas"
    log = logging.getLogger("streamlit.components.v2.component_registry")

    def unexpected(record: logging.LogRecord) -> bool:
        return name not in record.getMessage()

    log.addFilter(unexpected)
    streamlit_drawable_canvas.out = st.components.v2.component(name, js="index-*.js", css="index-*.css", html=_HTML)
    log.removeFilter(unexpected)
    return streamlit_drawable_canvas.st_canvas
