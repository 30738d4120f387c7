"""The strokes of a drawing: read from the canvas's JSON, drawn, replayed from first touch to last."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Annotated

import msgspec
import numpy as np

from mnist_app import InvalidInput

_FLATNESS = 0.05  # how far, in pixels, a curve may lie from the straight pieces that replace it
_AT_ONCE = 8  # pieces that are drawn in one go: they are short, and NumPy's calls cost more than their pixels
_MOST_POINTS = 10_000  # of a drawing. Who fills the whole canvas needs some thousand; drawing this many takes a second

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
    """The strokes in the JSON of the canvas, oldest first, with curves as straight pieces.

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
        raise InvalidInput("The drawing is too long", expected=f"{_MOST_POINTS:,} points at most", remedy=remedy)
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
        reached = []
        while piece is not None and done + piece[3] <= goal:
            reached.append(piece)
            done += piece[3]
            piece = next(pieces, None)
        _stamp(ink, reached)
        moment[:] = ink
        if piece is not None and done < goal:
            # A part of a piece goes on the copy alone, so that no moment depends on those before it.
            start, end, stroke, cost = piece
            _stamp(moment, [(start, start + (end - start) * ((goal - done) / cost), stroke, cost)])
    return moments


def _pieces(strokes: Sequence[Stroke]) -> Iterator[tuple[np.ndarray, np.ndarray, Stroke, float]]:
    """Each straight piece: its start and end, its stroke, and what it counts in the replay."""
    for stroke in strokes:
        yield stroke.points[0], stroke.points[0], stroke, 1.0
        for start, end in pairwise(stroke.points):
            cost = math.dist(start, end)
            if cost > 0:
                yield start, end, stroke, cost


def _stamp(ink: np.ndarray, pieces: Sequence[tuple[np.ndarray, np.ndarray, Stroke, float]]) -> None:
    """Add straight pieces with round ends to `ink`, touching only the pixels that they can reach."""
    for stroke, alike in groupby(pieces, key=lambda piece: piece[2]):
        lines = np.array([(start, end) for start, end, *_ in alike])
        for at in range(0, len(lines), _AT_ONCE):
            _stamp_few(ink, lines[at : at + _AT_ONCE], stroke.width)


def _stamp_few(ink: np.ndarray, lines: np.ndarray, width: float) -> None:
    """Lines (n, 2, 2): start and end of each, x and y."""
    reach = width / 2 + 1
    left, top = np.maximum(np.floor(lines.min((0, 1)) - reach), 0).astype(int)
    right, bottom = np.minimum(np.ceil(lines.max((0, 1)) + reach), len(ink)).astype(int)
    if right <= left or bottom <= top:
        return
    x_start, y_start = (0.5 - lines[:, 0]).astype(np.float32).T[:, :, None, None]
    along = lines[:, 1] - lines[:, 0]
    squared = (along**2).sum(1).astype(np.float32)[:, None, None]
    squared[squared == 0] = 1
    dx, dy = along.astype(np.float32).T[:, :, None, None]
    x = np.arange(left, right, dtype=np.float32) + x_start
    y = np.arange(top, bottom, dtype=np.float32)[:, None] + y_start
    share = x * dx + y * dy
    share /= squared
    np.minimum(np.maximum(share, 0, out=share), 1, out=share)
    x, y = x - share * dx, y - share * dy
    distance = np.sqrt((x * x + y * y).min(axis=0))  # NumPy's hypot is several times slower
    # A brush thinner than a pixel covers at most its width of any pixel.
    covered = np.clip(width / 2 + 0.5 - distance, 0, min(1.0, width))
    window = ink[top:bottom, left:right]
    np.maximum(window, covered, out=window)


def _flatten(path: Sequence[_Move]) -> np.ndarray:
    """(n, 2) points along a path, without repetitions."""
    points: list[tuple[float, float]] = []
    for command in path:
        if isinstance(command, _Curve) and points:
            points.extend(_along(*points[-1], command))
        else:
            points.append((command.x, command.y))
    flat = np.array(points)
    return flat[np.r_[True, (np.diff(flat, axis=0) != 0).any(axis=1)]]


def _along(x: float, y: float, curve: _Curve) -> Iterator[tuple[float, float]]:
    """Points of a quadratic Bézier curve after its start, as many as _FLATNESS asks (a chord's error is |B''|/8n²)."""
    turn = 2 * max(abs(x - 2 * curve.x + curve.end_x), abs(y - 2 * curve.y + curve.end_y))
    count = min(max(math.ceil(math.sqrt(turn / (8 * _FLATNESS))), 1), 64)
    for step in range(1, count + 1):
        t = step / count
        first, second, third = (1 - t) ** 2, 2 * t * (1 - t), t**2
        yield (first * x + second * curve.x + third * curve.end_x, first * y + second * curve.y + third * curve.end_y)
