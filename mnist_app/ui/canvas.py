"""The drawing canvas as every page uses it: white ink on black, Undo and Clear, kept when the page is left.

A thin layer over streamlit-drawable-canvas, beside `ui`. It turns strokes into arrays and nothing more: cropping,
centring and guessing belong to `ink` and `serving`.

What is stored in `st.session_state`, for a canvas with `key="draw"`:

- `draw-canvas0`, `draw-canvas1`, …: the component's own value. The number is raised by Undo, by Clear, by another brush
  width and by coming back to the page after drawing; `component_key("draw")` names the current one. A test without a
  browser draws by setting it before a run: `at.session_state["draw-canvas0"] = {"drawing": {"raw": {"objects": [...]},
  "data": "data:image/png;base64,…"}, "backgroundFit": None}`.
- `draw-kept`: this module's own copy, which outlives the component's value when another page is shown.
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
# buttons erases the drawing. It has no option to leave it out, and its shadow root keeps the page's styles away, so
# that the mend goes in by the component's HTML. So does the name that a screen reader says. The grey outline has a
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

    @property
    def empty(self) -> bool:
        return not self.strokes["objects"]


@dataclass(frozen=True)
class _Kept:
    """The state of one canvas: the drawing that its current version started from, and the one it shows now.

    `start` is JSON text, hence constant: a start that followed the drawing would make the component load, report and
    load again for ever. `brush` is the width that the component was last given.
    """

    version: int = 0
    start: str = '{"objects": []}'
    strokes: dict = field(default_factory=lambda: {"objects": []})
    brush: int | None = None

    def restarted(self, objects: list) -> "_Kept":
        """A new version that starts from `objects`: only a new one forgets what the browser still shows."""
        start = json.dumps({"objects": objects})
        return _Kept(self.version + 1, start, json.loads(start))


def canvas(*, key: str, size: int = 280, brush: int = 20) -> Drawing:
    """Show a square canvas of `size` pixels with Undo and Clear under it, and return what is drawn.

    `brush` is the width of the next stroke in pixels; a new one restarts the canvas with its own strokes. Each
    stroke causes one rerun, of the fragment alone where the canvas is in one.
    """
    kept = _kept(key)
    value = st.session_state.get(component_key(key))
    objects = value["drawing"]["raw"]["objects"] if value else kept.strokes["objects"]
    if objects and kept.brush not in (None, brush):
        # Two changes of a running component's settings in quick succession make it start afresh, without the drawing.
        kept = kept.restarted(objects)
        st.session_state[f"{key}-kept"] = kept
    elif component_key(key) not in st.session_state and kept.strokes["objects"] != json.loads(kept.start)["objects"]:
        # Streamlit drops the component's value once another page is shown.
        kept = kept.restarted(kept.strokes["objects"])
        st.session_state[f"{key}-kept"] = kept

    result = _st_canvas()(
        stroke_width=brush,
        stroke_color="#ffffff",
        background_color="#000000",
        width=size,
        height=size,
        initial_drawing=json.loads(kept.start),
        return_image_data=True,
        key=component_key(key),
    )
    strokes = result.json_data or {"objects": []}
    st.session_state[f"{key}-kept"] = _Kept(kept.version, kept.start, strokes, brush)
    drawing = Drawing(image=result.image_data if strokes["objects"] else None, strokes=strokes)

    with st.container(horizontal=True):
        st.button("Undo", key=f"{key}-undo", on_click=_undo, args=(key,), disabled=drawing.empty)
        st.button("Clear", key=f"{key}-clear", on_click=_clear, args=(key,), disabled=drawing.empty)
    return drawing


def component_key(key: str) -> str:
    """The key in `st.session_state` under which the canvas `key` has its current value."""
    return f"{key}-canvas{_kept(key).version}"


def _kept(key: str) -> _Kept:
    return st.session_state.get(f"{key}-kept") or _Kept()


def _undo(key: str) -> None:
    kept = _kept(key)
    # The component's value comes first: a stroke may have arrived together with the click.
    value = st.session_state.get(component_key(key))
    strokes = value["drawing"]["raw"] if value else kept.strokes
    st.session_state[f"{key}-kept"] = kept.restarted(strokes["objects"][:-1])


def _clear(key: str) -> None:
    st.session_state[f"{key}-kept"] = _kept(key).restarted([])


@functools.cache
def _st_canvas() -> Callable:
    """The package's `st_canvas`, mounted with `_HTML`.

    The package registers its component when imported and needs Streamlit's runtime for it, hence not at the top of
    this file. It is registered again once a process; two first visitors at once would register the same, which is
    harmless. Streamlit warns that the name is taken, which here is meant.
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
