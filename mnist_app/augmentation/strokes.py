"""Strokes as a round pen of uniform width draws them into small images, and digits that are drawn so."""

from collections.abc import Mapping
from math import cos, radians, sin

import numpy as np

_SIDE = 28
_BOX = 20.0
_PEN = (1.6, 3.0)  # pixels; nine tenths of MNIST's pens are 1.3 to 3.2 wide
_JITTER, _STRAY = 0.035, 0.04  # shares of the digit's height: of each corner, and of a stroke as a whole

_ROWS = np.arange(_SIDE, dtype=np.float32)[:, None]
_COLUMNS = np.arange(_SIDE, dtype=np.float32)[None, :]

Form = tuple[tuple[tuple[float, float], ...], ...]
"""A digit as strokes; each is a line through points (x, y), y downwards, that fit into a box of height 1."""


def add_line(
    images: np.ndarray,
    rng: np.random.Generator,
    *,
    through: tuple[np.ndarray, np.ndarray],
    angle: np.ndarray,
    length: np.ndarray,
    about: float | np.ndarray,
) -> np.ndarray:
    """Images float32 (n, 28, 28) with a straight line each, by a pen of random width.

    The point (y, x) that it goes `through` lies `about` that share along the line. Angles are radians, counted from the
    right, counter-clockwise as one looks at the picture; lengths are pixels.
    """
    along = np.stack([-np.sin(angle), np.cos(angle)], axis=1) * length[:, None]
    start = np.stack(through, axis=1) - along * np.reshape(about, (-1, 1))
    width = rng.uniform(*_PEN, len(images))[:, None, None]
    return np.maximum(images, _ink(_distance(start, start + along), width))


def draw_form(form: Form, rng: np.random.Generator) -> np.ndarray:
    """A digit of that form, float32 (28, 28), with every corner and stroke a little astray, 20 pixels high."""
    starts, ends = [], []
    for stroke in form:
        points = np.array(stroke)[:, ::-1] + rng.normal(0, _JITTER, (len(stroke), 2)) + rng.normal(0, _STRAY, 2)
        points = (points - 0.5) * (_BOX - 2) + _SIDE / 2
        starts.append(points[:-1])
        ends.append(points[1:])
    return _ink(_distance(np.concatenate(starts), np.concatenate(ends)).min(axis=0), rng.uniform(*_PEN))


def _distance(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Of each pixel's middle from lines (n, 2) to (n, 2), in pixels, (n, 28, 28)."""
    start, along = start.astype(np.float32), (end - start).astype(np.float32)
    y, x = _ROWS - start[:, 0, None, None], _COLUMNS - start[:, 1, None, None]
    down, right = along[:, 0, None, None], along[:, 1, None, None]
    share = np.clip((y * down + x * right) / np.maximum(down**2 + right**2, 1e-6), 0, 1)
    return np.hypot(y - share * down, x - share * right)


def _ink(distance: np.ndarray, width: float | np.ndarray) -> np.ndarray:
    return np.clip(width / 2 + 0.5 - distance, 0, 1).astype(np.float32)


def _arc(
    x: float, y: float, width: float, height: float, start: float, end: float, *, points: int = 9
) -> tuple[tuple[float, float], ...]:
    """Points of an ellipse about (x, y), by degrees from the right, clockwise as one looks at the picture."""
    angles = [radians(start + (end - start) * number / (points - 1)) for number in range(points)]
    return tuple((x + width / 2 * cos(angle), y + height / 2 * sin(angle)) for angle in angles)


FORMS: Mapping[int, tuple[Form, ...]] = {
    0: (
        (_arc(0.5, 0.5, 0.75, 1.0, -90, 270, points=13), ((0.78, 0.08), (0.22, 0.92))),  # slash from edge to edge
        (_arc(0.5, 0.5, 0.6, 1.0, -60, 290, points=13), ((0.95, 0.0), (0.05, 1.0))),  # narrow, and beyond it
    ),
    1: (
        (((0.3, 0.3), (0.6, 0.0), (0.6, 1.0)), ((0.3, 1.0), (0.9, 1.0))),  # flag and foot, as in print
        (((0.2, 0.45), (0.6, 0.0), (0.58, 1.0)),),  # a long flag
        (((0.5, 0.0), (0.5, 1.0)), ((0.3, 1.0), (0.7, 1.0)), ((0.3, 0.1), (0.5, 0.0))),
    ),
    2: (
        (((0.15, 0.1), (0.8, 0.08), (0.8, 0.35), (0.15, 0.95), (0.85, 0.95)),),  # angular
        ((*_arc(0.5, 0.28, 0.65, 0.55, -170, 40), (0.15, 0.98), (0.9, 0.98)),),  # a straight base
    ),
    3: (
        (((0.15, 0.03), (0.85, 0.03), (0.45, 0.42)), _arc(0.45, 0.69, 0.75, 0.58, -80, 150)),  # a flat roof
        (((0.2, 0.05), (0.8, 0.2), (0.4, 0.45), (0.85, 0.7), (0.5, 1.0), (0.1, 0.9)),),  # angular
    ),
    4: (
        (((0.2, 0.05), (0.1, 0.6), (0.9, 0.6)), ((0.7, 0.1), (0.7, 1.0))),  # open
        (((0.15, 0.1), (0.15, 0.55), (0.75, 0.55)), ((0.75, 0.0), (0.75, 1.0))),  # open and square
        (((0.65, 1.0), (0.65, 0.0), (0.05, 0.68), (0.95, 0.68)),),  # angular, closed, as in print
        (((0.6, 0.0), (0.1, 0.65), (0.95, 0.65)), ((0.68, 0.35), (0.62, 1.0))),  # a short stem
    ),
    5: (
        (((0.25, 0.05), (0.2, 0.42)), _arc(0.42, 0.69, 0.8, 0.6, -115, 140), ((0.25, 0.05), (0.9, 0.05))),
        (((0.2, 0.1), (0.2, 0.45)), _arc(0.42, 0.7, 0.8, 0.58, -115, 140), ((0.4, 0.0), (0.95, 0.0))),  # roof apart
        (((0.85, 0.05), (0.2, 0.05), (0.2, 0.45), (0.8, 0.45), (0.8, 0.98), (0.15, 0.98)),),  # square
    ),
    6: (
        (((0.55, 0.0), (0.2, 0.65)), _arc(0.5, 0.72, 0.62, 0.54, 180, 540, points=11)),  # a straight stem
        ((*_arc(0.6, 0.5, 0.9, 1.0, -100, -270), *_arc(0.5, 0.76, 0.55, 0.46, 90, -230)),),
    ),
    7: (
        (((0.1, 0.05), (0.9, 0.05), (0.45, 1.0)), ((0.3, 0.5), (0.9, 0.5))),  # a bar
        (((0.1, 0.25), (0.1, 0.05), (0.9, 0.05), (0.5, 1.0)), ((0.3, 0.55), (0.85, 0.48))),  # a bar and a serif
        (((0.1, 0.05), (0.85, 0.0), (0.8, 1.0)),),  # a steep stem
    ),
    8: (
        (_arc(0.5, 0.26, 0.55, 0.5, 90, 450, points=11), _arc(0.5, 0.75, 0.68, 0.5, -90, 270, points=11)),
        (((0.8, 0.1), (0.2, 0.15), (0.8, 0.8), (0.5, 1.0), (0.2, 0.8), (0.85, 0.12)),),  # one line, angular
    ),
    9: (
        (_arc(0.48, 0.27, 0.6, 0.54, 0, 360, points=11), ((0.78, 0.2), (0.75, 1.0))),  # a ring and a straight stem
        ((*_arc(0.48, 0.27, 0.6, 0.5, -10, -350, points=10), (0.78, 0.7), (0.6, 0.97), (0.2, 0.95)),),  # a hook
        (((0.75, 0.1), (0.2, 0.1), (0.2, 0.45), (0.75, 0.45)), ((0.75, 0.0), (0.75, 1.0))),  # square
    ),
}  # fmt: skip
"""Forms that some people write and MNIST hardly has."""
