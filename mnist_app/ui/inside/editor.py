"""A square of 28 × 28 pixels that is changed by a brush which adds or erases ink, by mouse, finger or keys.

While the brush moves, each picture is sent when the last one was answered, as the drawing of `canvas` is.
"""

import re
import time

import numpy as np
import streamlit as st

from mnist_app.ui import component

_HTML = """<canvas class="area" width="28" height="28" tabindex="0" role="application"
 aria-label="The image: drag to change it, or move by arrow keys and press the space bar"></canvas>
<div class="modes"><button type="button">Add ink</button><button type="button">Erase</button></div>"""


def changed(image: np.ndarray, *, key: str) -> np.ndarray:
    """The image float32 (28, 28, 1) as it is on the square of that key; a new key brings the image back."""
    text = str(st.session_state.get(key, {}).get("pixels"))
    if not re.fullmatch(f"[0-9a-f]{{{2 * image.size}}}", text):
        return image
    return (np.frombuffer(bytes.fromhex(text), np.uint8) / np.float32(255)).reshape(image.shape)


def show(image: np.ndarray, *, key: str) -> None:
    """The square, at first with this image. Let it be the run's last call: it says that the run is over."""
    pixels = np.round(image * 255).astype(np.uint8).tobytes().hex()
    data = {"pixels": pixels, "answered": time.monotonic()}
    component.of(__file__, _HTML)(key=key, data=data, on_pixels_change=lambda: None)
