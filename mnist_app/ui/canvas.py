"""The drawing square of every page: white ink on black, Undo and Clear, kept when the page is left or loaded again.

The browser holds the drawing and sends all of it when the pen is lifted. The answer of a live square is HTML that the
square itself puts into the page: of all elements of a fragment Streamlit would render each anew, which takes longer
than the guesses. While the pen moves, a live square asks `draw.guess_growing`.
"""

import time
from dataclasses import dataclass

import numpy as np
import streamlit as st

from mnist_app import InvalidInput, ink
from mnist_app.ui import component, html

_HTML = """<canvas class="area" role="img"
 aria-label="Drawing area: write a digit with a mouse, a pen or a finger"></canvas>
<div class="buttons"><button type="button">Undo</button><button type="button">Clear</button></div>"""


@dataclass(frozen=True, eq=False)
class Drawing:
    """What is drawn: its strokes, and their ink float32 (size, size) in [0, 1].

    `meant`: the digit that the visitor says it is, if any.
    """

    strokes: tuple[ink.Stroke, ...]
    ink: np.ndarray
    meant: int | None


def drawn(key: str, *, size: int = 280) -> Drawing:
    """What is on the square of that key; nothing, and a message, where no pen could have made it or it is too long."""
    # Streamlit drops the component's value once another page is shown; the copy stays.
    kept = st.session_state.get(f"{key}-kept", {})
    value = st.session_state[f"{key}-kept"] = st.session_state.get(f"{key}-canvas", {}).get("drawing") or kept
    objects, meant = value.get("objects", []), value.get("meant")
    try:
        strokes = ink.strokes_of_canvas({"objects": objects})
    except InvalidInput as error:
        st.error(html.as_markdown(str(error)))
        strokes = ()
    st.session_state[f"{key}-known"] = len(strokes)
    return Drawing(strokes, ink.draw_strokes(strokes, size=size), int(meant) if meant in range(10) else None)


def show(*, key: str, size: int = 280, brush: int = 20, live: dict[str, object] | None = None) -> None:
    """The square, of `size` pixels, with Undo and Clear under it; `brush` is the next stroke's width in these pixels.

    The page's CSS variable --square says how wide it is shown. Each stroke causes one rerun, of the fragment alone
    where the square is in one. `live["answer"]` is HTML for the places of `keep_place`, by their names. Text in it that
    comes from files is escaped already. In it, a button with data-meant="4" says that a 4 was meant. The rest of `live`
    goes to `draw.guess_growing` while a stroke grows.
    """
    known = st.session_state.get(f"{key}-known", 0)
    # The browser calls the component when the data has changed: hence the time.
    data = {"name": f"mnist-explorer-{key}", "known": known, "size": size, "brush": brush, "live": live}
    data["answered"] = time.monotonic()
    component.of(__file__, _HTML)(key=f"{key}-canvas", data=data, on_drawing_change=lambda: None)


def keep_place(name: str) -> None:
    """Where HTML of a live square goes."""
    st.html(f'<div data-live="{name}"></div>')
