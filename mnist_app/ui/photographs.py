"""Digits on paper, and several digits in one drawing: found in the picture and read by every network.

The browser makes the pictures smaller and sends them as one message (photographs.js). They are shown; none is kept.
"""

import io
import threading
import time
from collections.abc import Sequence
from typing import Annotated

import msgspec
import numpy as np
import streamlit as st
from PIL import Image

from mnist_app import InvalidInput, ink
from mnist_app.ui import component, html, models

_MOST, _MOST_BYTES, _MOST_PIXELS = 8, 200_000, 4_000_000
"""Pictures at once; bytes of each, as the browser sends it; pixels of each."""
_TURN = threading.Lock()
"""One picture at a time, of all visitors: reading it takes a tenth of a second and some megabytes."""


class _Picture(msgspec.Struct):
    name: Annotated[str, msgspec.Meta(max_length=100)]
    data: Annotated[bytes, msgspec.Meta(max_length=_MOST_BYTES)]


def offer(served: models.Served) -> None:
    """A button beside the page's title, which opens the section above the page."""
    if st.button("Digits on paper", key="paper", icon=":material/photo_camera:"):
        labels = st.session_state.get("networks") or [each.label for each in served.classifiers]
        asked = {each.label: each for each in served.classifiers}
        _show([asked[label] for label in labels if label in asked])


def several(drawing: np.ndarray, classifiers: Sequence[models.Classifier]) -> dict[str, str]:
    """HTML about the digits in the ink float (h, w) in [0, 1], for the places "number" and "steps"; empty of one."""
    rows = ink.find_digits(drawing)
    if sum(map(len, rows)) < 2:
        return {"number": "", "steps": ""}
    number, tables = _digits(rows, classifiers)
    return {"number": number, "steps": f"<h2>Digit by digit</h2>{tables}"}


@st.dialog("Digits on paper", width="large")
def _show(classifiers: Sequence[models.Classifier]) -> None:
    st.markdown(
        "Write a digit, or several side by side, with a dark pen on light paper. Photograph the paper from near. "
        "The pictures are read and not kept."
    )
    # The browser calls the component when the data has changed: hence the time.
    data = {"most": _MOST, "bytes": _MOST_BYTES, "answered": time.monotonic()}
    show = component.of(__file__, '<div class="pictures"></div>', style="canvas.css")
    result = show(key="photographs", data=data, on_chosen_change=lambda: None)
    for picture in msgspec.convert(result.chosen or [], list[_Picture])[:_MOST]:
        st.subheader(html.as_markdown(picture.name))
        try:
            with _TURN:
                drawing = ink.ink_of_file(io.BytesIO(picture.data), most_pixels=_MOST_PIXELS)
                rows = ink.find_digits(drawing)
        except InvalidInput as error:
            st.warning(html.as_markdown(f"Expected {error.expected}, found {error.found}. {error.remedy}"))
            continue
        if not rows:
            st.warning("Expected a dark pen on light paper, found none. Photograph it from near, in even light.")
            continue
        height, width = drawing.shape
        small = np.asarray(Image.fromarray(drawing).reduce(-(-max(drawing.shape) // 384)))
        found = html.pictures([(small, "The ink", f"1. The ink: {width} × {height}")], side="12rem")
        st.html(found.join(_digits(rows, classifiers)))


def _digits(rows: Sequence[Sequence[ink.Steps]], classifiers: Sequence[models.Classifier]) -> tuple[str, str]:
    """What the first classifier reads; and a table for each row of digits: the steps, and every network's guesses."""
    region = 'role="region" tabindex="0" aria-label="Digit by digit"'  # it scrolls, on a telephone
    numbers, tables, best = [], "", classifiers[0].label
    for digits in rows:
        lines = {
            "2. Cropped": [html.picture(steps.cropped, alt="Cropped") for steps in digits],
            "3. Scaled into 20 × 20": [html.picture(steps.scaled, alt="Scaled") for steps in digits],
            "4. Centred in 28 × 28": [html.picture(steps.centred, alt="Centred") for steps in digits],
        }
        images = np.stack([steps.image for steps in digits])
        for each in classifiers:
            lines[each.label] = list(map(html.answer, models.judge(each, images)))
        numbers.append(" ".join(lines[best]))
        tables += f'<div class="mx mx-scroll mx-paper" {region}>{html.table(lines)}</div>'
    count = sum(map(len, rows))
    about = f"{count} digit{'s' * (count > 1)}, read by {html.escape(best)}"
    return f'<p class="mx mx-number"><b>{"<br>".join(numbers)}</b><small>{about}</small></p>', tables
