"""Digits as a hand would draw them, for the tests: pen points, and what a browser or a file makes of them."""

import base64
import io

import numpy as np
from PIL import Image

from mnist_app import ink

SIZE = 280
ONE = (((140, 45), (138, 110), (140, 175), (139, 235)),)
SEVEN = (((75, 65), (140, 62), (205, 65), (175, 120), (150, 175), (130, 235)),)
FOUR = (((100, 50), (90, 105), (80, 150), (140, 150), (205, 148)), ((165, 60), (163, 140), (160, 235)))
SPECK = (((140, 140), (142, 141)),)


def moved(lines, *, scale=1.0, to=(0, 0)):
    """The same lines, smaller or larger about the canvas's origin, then moved."""
    return tuple(tuple((to[0] + scale * x, to[1] + scale * y) for x, y in line) for line in lines)


def raw(lines, *, width=20):
    """The lines as the canvas's JSON has them, a path each."""
    return [{"strokeWidth": width, "path": [["M", *line[0]], *(["L", *point] for point in line[1:])]} for line in lines]


def drawn(lines, *, width=20):
    """The lines as ink: float32 (280, 280) in [0, 1]."""
    return ink.draw_strokes(ink.strokes_of_canvas({"objects": raw(lines, width=width)}), size=SIZE)


def canvas_value(lines, *, width=20):
    """What the canvas's component sends to the server once the lines are drawn."""
    return {"drawing": {"objects": raw(lines, width=width)}}


def decoded(source, mode="L"):
    """The grey levels, uint8 (h, w), or the colours in another mode, of a picture given as a data address."""
    head, _, data = source.partition(",")
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert(mode))
