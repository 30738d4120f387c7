"""Strokes as a round pen of uniform width draws them into small images, and digits that are drawn so."""

import tomllib
from collections.abc import Mapping
from math import cos, radians, sin
from pathlib import Path

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


def _arc(x: float, y: float, width: float, height: float, start: float, end: float, points: float = 9) -> list[tuple]:
    angles = [radians(start + (end - start) * number / (points - 1)) for number in range(int(points))]
    return [(x + width / 2 * cos(angle), y + height / 2 * sin(angle)) for angle in angles]


def _form(outline: str) -> Form:
    strokes = []
    for stroke in outline.split("|"):
        points: list[tuple] = []
        for word in stroke.split():
            numbers = tuple(map(float, word.strip("@").split(",")))
            points += _arc(*numbers) if word.startswith("@") else [numbers]
        strokes.append(tuple(points))
    return tuple(strokes)


_OUTLINES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
FORMS: Mapping[int, tuple[Form, ...]] = {int(digit): tuple(map(_form, each)) for digit, each in _OUTLINES.items()}
"""Forms that some people write and MNIST hardly has."""
