"""The strokes of a drawing: read from the canvas's JSON, drawn, replayed from first touch to last."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

import msgspec
import numpy as np

from mnist_app import InvalidInput

_FLATNESS = 0.05
"""How far, in pixels, a curve may lie from the straight pieces that replace it."""

_MOST_POINTS = 10_000
"""Of a drawing. Who fills the whole canvas needs some thousand; drawing this many takes a second."""

_Pixels = Annotated[float, msgspec.Meta(ge=-10_000, le=10_000)]


class _Move(msgspec.Struct, array_like=True, forbid_unknown_fields=True, tag="M"):
    x: _Pixels
    y: _Pixels


class _Line(_Move, array_like=True, forbid_unknown_fields=True, tag="L"):
    pass


class _Curve(_Move, array_like=True, forbid_unknown_fields=True, tag="Q"):
    """A quadratic Bézier curve, bent towards (x, y)."""

    end_x: _Pixels
    end_y: _Pixels


class _Path(msgspec.Struct, rename="camel"):
    """One stroke, as freehand drawing sends it; a long one has some hundred commands."""

    path: Annotated[list[_Move | _Line | _Curve], msgspec.Meta(min_length=1, max_length=10_000)]
    stroke_width: Annotated[float, msgspec.Meta(gt=0, le=100)]


class _Canvas(msgspec.Struct):
    objects: Annotated[list[_Path], msgspec.Meta(max_length=1000)]


@dataclass(frozen=True, eq=False)
class Stroke:
    """`points`: float64 (n, 2), n ≥ 1, x and y in canvas pixels, x to the right and y down, 0 at the outer edge of the
    first pixel. `width`: of the brush, in the same pixels.
    """

    points: np.ndarray
    width: float


def strokes_of_canvas(json_data: Mapping) -> tuple[Stroke, ...]:
    """The strokes in the JSON of streamlit-drawable-canvas (Fabric 7), oldest first, with curves as straight pieces.

    Raises InvalidInput for what freehand drawing does not send.
    """
    try:
        canvas = msgspec.convert(json_data, _Canvas)
    except msgspec.ValidationError as error:
        remedy = "Clear the canvas and draw again."
        raise InvalidInput("The drawing cannot be read", found=str(error), remedy=remedy) from error
    count = sum(len(stroke.path) for stroke in canvas.objects)
    if count <= _MOST_POINTS:
        strokes = tuple(Stroke(_flatten(stroke.path), stroke.stroke_width) for stroke in canvas.objects)
        count = sum(len(stroke.points) for stroke in strokes)
    if count > _MOST_POINTS:
        remedy = "Undo the last stroke, or clear the canvas."
        raise InvalidInput(
            "The drawing is too long", expected=f"{_MOST_POINTS:,} points at most", remedy=remedy
        )
    return strokes


def draw_strokes(strokes: Sequence[Stroke], *, size: int = 280) -> np.ndarray:
    """The ink of the strokes, with round caps and joins and smooth edges: float32 (size, size) in [0, 1]."""
    return replay(strokes, steps=1, size=size)[0]


def replay(strokes: Sequence[Stroke], *, steps: int, size: int = 280) -> np.ndarray:
    """The drawing at `steps` evenly spaced moments: float32 (steps, size, size) in [0, 1]; the last is the whole.

    Time runs with the length of the pen's path; each touch of the canvas counts as one pixel more, so that a dot has
    its moment.
    """
    total = sum(np.hypot(*np.diff(stroke.points, axis=0).T).sum() + 1 for stroke in strokes)
    ink = np.zeros((size, size), np.float32)
    moments = np.empty((steps, size, size), np.float32)
    pieces = _pieces(strokes)
    piece, done = next(pieces, None), 0.0
    for step, moment in enumerate(moments, start=1):
        # The last moment is the whole drawing, whatever the rounding of the sum says.
        goal = math.inf if step == steps else step / steps * total
        while piece is not None and done + piece[3] <= goal:
            _stamp(ink, *piece[:3])
            done += piece[3]
            piece = next(pieces, None)
        moment[:] = ink
        if piece is not None and done < goal:
            # A part of a piece goes on the copy alone, so that no moment depends on those before it.
            start, end, width, cost = piece
            _stamp(moment, start, start + (end - start) * ((goal - done) / cost), width)
    return moments


def _pieces(strokes: Sequence[Stroke]) -> Iterator[tuple[np.ndarray, np.ndarray, float, float]]:
    """Each straight piece: its start and end, the brush's width, and what it counts in the replay."""
    for stroke in strokes:
        yield stroke.points[0], stroke.points[0], stroke.width, 1.0
        for start, end in pairwise(stroke.points):
            cost = math.dist(start, end)
            if cost > 0:
                yield start, end, stroke.width, cost


def _stamp(ink: np.ndarray, start: np.ndarray, end: np.ndarray, width: float) -> None:
    """Add one straight piece with round ends to `ink`, touching only the pixels it can reach."""
    reach = width / 2 + 1
    low = np.clip(np.floor(np.minimum(start, end) - reach), 0, ink.shape[0]).astype(int)
    high = np.clip(np.ceil(np.maximum(start, end) + reach), 0, ink.shape[0]).astype(int)
    if (high <= low).any():
        return
    x = np.arange(low[0], high[0], dtype=np.float32) + np.float32(0.5 - start[0])
    y = np.arange(low[1], high[1], dtype=np.float32)[:, None] + np.float32(0.5 - start[1])
    dx, dy = (float(value) for value in end - start)
    along = np.clip((x * dx + y * dy) / (dx * dx + dy * dy or 1), 0, 1)
    distance = np.hypot(x - along * dx, y - along * dy)
    # A brush thinner than a pixel covers at most its width of any pixel.
    covered = np.clip(width / 2 + 0.5 - distance, 0, min(1.0, width))
    window = ink[low[1] : high[1], low[0] : high[0]]
    np.maximum(window, covered, out=window)


def _flatten(path: Sequence[_Move]) -> np.ndarray:
    """(n, 2) points along a path, without repetitions."""
    points: list[np.ndarray] = []
    for command in path:
        first = np.array([command.x, command.y])
        if isinstance(command, _Curve) and points:
            points.extend(_along(points[-1], first, np.array([command.end_x, command.end_y])))
        else:
            points.append(first)
    flat = np.array(points)
    return flat[np.r_[True, (np.diff(flat, axis=0) != 0).any(axis=1)]]


def _along(start: np.ndarray, bend: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Points of a quadratic Bézier curve after its start, as many as _FLATNESS asks (a chord's error is |B''|/8n²)."""
    turn = np.abs(start - 2 * bend + end).max() * 2
    count = min(max(math.ceil(math.sqrt(turn / (8 * _FLATNESS))), 1), 64)
    t = (np.arange(count) + 1)[:, None] / count
    return (1 - t) ** 2 * start + 2 * t * (1 - t) * bend + t**2 * end
