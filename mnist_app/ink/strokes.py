"""The strokes of a drawing: read from the canvas's JSON, drawn again, replayed from first touch to last.

The picture itself comes from the canvas; the strokes are for watching how it came about.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mnist_app import InvalidInput

_FLATNESS = 0.05
"""How far, in pixels, a curve may lie from the straight pieces that replace it."""
_ORIGIN = {"left": -0.5, "top": -0.5, "center": 0.0, "right": 0.5, "bottom": 0.5}
_ARGUMENTS = {"M": 2, "L": 2, "Q": 4, "C": 6, "Z": 0}


@dataclass(frozen=True, eq=False)
class Stroke:
    """One stroke of the pen.

    `points`: float64 (n, 2), n ≥ 1, x and y in canvas pixels, x to the right and y down, 0 at the outer edge of the
    first pixel; read-only. `width`: of the brush, in the same pixels. Raises InvalidInput.
    """

    points: np.ndarray
    width: float

    def __post_init__(self):
        try:
            points, width = np.array(self.points, dtype=np.float64), float(self.width)
        except (TypeError, ValueError, OverflowError) as error:
            raise InvalidInput("A stroke holds no numbers", found=str(error)) from error
        if points.ndim != 2 or points.shape[1] != 2 or len(points) == 0 or not np.isfinite(points).all():
            found = f"shape {points.shape}" if points.ndim != 2 or points.shape[1:] != (2,) else "empty or not finite"
            raise InvalidInput("A stroke has no points", expected="finite numbers (n, 2)", found=found)
        if not (math.isfinite(width) and width > 0):
            raise InvalidInput("A stroke has no width", expected="a number of pixels above 0", found=f"{width}")
        points.setflags(write=False)
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "width", width)

    @property
    def length(self) -> float:
        """Of the pen's path, in pixels; a click has next to none."""
        return float(np.hypot(*np.diff(self.points, axis=0).T).sum())


def strokes_of_canvas(json_data: Mapping | None) -> tuple[Stroke, ...]:
    """The strokes in the JSON of streamlit-drawable-canvas (Fabric 7), oldest first.

    Curves become straight pieces no further than 0.05 pixels from them. What was moved, turned or scaled after it
    was drawn is found where it now lies; unequal scaling gives the width its geometric mean. None, and a canvas
    without objects, give (). Raises InvalidInput for anything that freehand drawing does not make.
    """
    if json_data is None:
        return ()
    objects = json_data.get("objects", []) if isinstance(json_data, Mapping) else None
    if not isinstance(objects, Sequence) or isinstance(objects, str | bytes):
        raise InvalidInput(
            "The drawing cannot be read",
            expected='the canvas\'s JSON, {"objects": [...]}',
            found=type(json_data).__name__ if objects is None else f"objects of type {type(objects).__name__}",
            remedy="Clear the canvas and draw again.",
        )
    return tuple(_stroke(item) for item in objects if not (isinstance(item, Mapping) and item.get("visible") is False))


def draw_strokes(strokes: Sequence[Stroke], *, size: int = 280, upto: float = 1.0) -> np.ndarray:
    """The ink of the strokes: float32 (size, size) in [0, 1].

    Caps and joins are round. A pixel's ink is how far the nearest point of the pen's path lies within the brush,
    which is the pixel's covered share wherever the edge is straight: no supersampling, no jagged edges. `upto` in
    [0, 1] stops the pen after that fraction of its whole path (each touch of the canvas counts as one pixel more,
    so that a dot has its moment). Raises InvalidInput.
    """
    if not (isinstance(upto, int | float) and 0 <= upto <= 1):
        raise InvalidInput("The moment of a replay is off the scale", expected="upto in [0, 1]", found=repr(upto))
    return next(_moments(strokes, size=size, fractions=[upto]))


def replay(strokes: Sequence[Stroke], *, steps: int, size: int = 280) -> np.ndarray:
    """The drawing at `steps` evenly spaced moments: float32 (steps, size, size) in [0, 1]; the last is the whole.

    Each moment adds to the one before, so the cost is that of one drawing. Raises InvalidInput.
    """
    if not isinstance(steps, int) or steps < 1:
        raise InvalidInput("A replay has no such number of steps", expected="1 or more", found=repr(steps))
    return np.stack(list(_moments(strokes, size=size, fractions=[(k + 1) / steps for k in range(steps)])))


def _moments(strokes: Sequence[Stroke], *, size: int, fractions: Sequence[float]) -> Iterator[np.ndarray]:
    if not isinstance(size, int) or not 1 <= size <= 4096:
        raise InvalidInput("A canvas has no such size", expected="1 to 4096 pixels", found=repr(size))
    total = sum(stroke.length + 1 for stroke in strokes)
    ink = np.zeros((size, size), np.float32)
    pieces = _pieces(strokes)
    piece, done = next(pieces, None), 0.0
    for fraction in fractions:
        # The last moment is the whole drawing, whatever the rounding of the sum says.
        goal = math.inf if fraction >= 1 else fraction * total
        while piece is not None and done + piece[3] <= goal:
            _stamp(ink, *piece[:3])
            done += piece[3]
            piece = next(pieces, None)
        moment = ink.copy()
        if piece is not None and done < goal:
            # A part of a piece goes on the copy alone, so that no moment depends on those before it.
            start, end, width, cost = piece
            _stamp(moment, start, start + (end - start) * ((goal - done) / cost), width)
        yield moment


def _pieces(strokes: Sequence[Stroke]) -> Iterator[tuple[np.ndarray, np.ndarray, float, float]]:
    for stroke in strokes:
        points = stroke.points
        yield points[0], points[0], stroke.width, 1.0
        for start, end in pairwise(points):
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
    square = dx * dx + dy * dy
    if square > 0:
        along = np.clip((x * dx + y * dy) / square, 0, 1)
        distance = np.hypot(x - along * dx, y - along * dy)
    else:
        distance = np.hypot(x, y)
    # A brush thinner than a pixel covers at most its width of any pixel.
    covered = np.clip(width / 2 + 0.5 - distance, 0, min(1.0, width))
    window = ink[low[1] : high[1], low[0] : high[0]]
    np.maximum(window, covered, out=window)


def _stroke(item: Mapping) -> Stroke:
    kind = item.get("type") if isinstance(item, Mapping) else type(item).__name__
    if str(kind).lower() != "path":
        raise InvalidInput(
            "The drawing holds something that is no stroke",
            expected="objects of type path",
            found=repr(kind),
            remedy='Draw with drawing_mode="freedraw".',
        )
    try:
        points = _flatten(item["path"])
        matrix, offset = _placement(item, _bounds(item["path"]))
        width = float(item.get("strokeWidth", 1)) * math.sqrt(abs(np.linalg.det(matrix)))
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise InvalidInput(
            "A stroke of the drawing is damaged",
            expected='a path such as [["M", x, y], ["Q", x, y, x, y], ["L", x, y]]',
            found=f"{type(error).__name__} {error}",
            remedy="Clear the canvas and draw again.",
        ) from error
    return Stroke(points @ matrix.T + offset, width)


def _flatten(path: Sequence) -> np.ndarray:
    """(n, 2) points along an absolute path of M, L, Q, C and Z commands."""
    points: list[np.ndarray] = []
    for command, corners in _commands(path):
        if not points and command != "M":
            raise ValueError(f"the path starts with {command!r}")
        if command == "Z":
            points.append(points[0])
        elif command in "ML":
            points.append(corners[0])
        else:
            points.extend(_along(np.vstack([points[-1], corners])))
    if not points:
        raise ValueError("the path is empty")
    flat = np.array(points)
    moved = np.r_[True, (np.diff(flat, axis=0) != 0).any(axis=1)]
    return flat[moved]


def _commands(path: Sequence) -> Iterator[tuple[str, np.ndarray]]:
    for command, *numbers in path:
        if _ARGUMENTS.get(command) != len(numbers):
            raise ValueError(f"command {command!r} with {len(numbers)} numbers")
        corners = np.array(numbers, dtype=np.float64).reshape(-1, 2)
        if not np.isfinite(corners).all():
            raise ValueError("a number that is not finite")
        yield command, corners


def _along(corners: np.ndarray, *, flatness: float = _FLATNESS) -> np.ndarray:
    """Points of a Bézier curve after its first, as many as flatness asks (the chord's error is |B''|/8n²)."""
    bend = np.abs(np.diff(corners, n=2, axis=0)).max() * (2 if len(corners) == 3 else 6)
    count = int(np.clip(math.ceil(math.sqrt(bend / (8 * flatness))), 1, 64))
    t = (np.arange(count) + 1)[:, None] / count
    if len(corners) == 3:
        return (1 - t) ** 2 * corners[0] + 2 * t * (1 - t) * corners[1] + t**2 * corners[2]
    a, b, c, d = corners
    return (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d


def _bounds(path: Sequence) -> tuple[np.ndarray, np.ndarray]:
    # Fabric takes the box of the curve itself, not of its control points; a fine chain of points has nearly that box.
    points: list[np.ndarray] = []
    for command, corners in _commands(path):
        points.extend(_along(np.vstack([points[-1], corners]), flatness=0.001) if command in "QC" else corners)
    return np.min(points, axis=0), np.max(points, axis=0)


def _placement(item: Mapping, bounds: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Fabric's own matrix for an object: path coordinates → canvas, as a (2, 2) matrix and an offset.

    Fabric draws a path about the middle of its box, skews, scales, mirrors and turns it there, and puts that middle
    where `left`, `top` and the origin say.
    """
    middle = (bounds[0] + bounds[1]) / 2
    if "left" not in item or "top" not in item:
        return np.eye(2), np.zeros(2)
    numbers = [float(item.get(key, 0)) for key in ("left", "top", "angle", "scaleX", "scaleY", "skewX", "skewY")]
    if not np.isfinite(numbers).all():
        raise ValueError("a number that is not finite")
    angle = math.radians(float(item.get("angle", 0)))
    scale = np.array([float(item.get("scaleX", 1)), float(item.get("scaleY", 1))])
    skew_x, skew_y = (math.tan(math.radians(float(item.get(key, 0)))) for key in ("skewX", "skewY"))
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    mirror = np.where([bool(item.get("flipX")), bool(item.get("flipY"))], -1.0, 1.0)
    shape = np.diag(scale * mirror) @ np.array([[1, skew_x], [0, 1]]) @ np.array([[1, 0], [skew_y, 1]])
    outer = np.abs(shape) @ (bounds[1] - bounds[0] + float(item.get("strokeWidth", 1)))
    origin = np.array([_ORIGIN[item.get("originX", "center")], _ORIGIN[item.get("originY", "center")]])
    centre = np.array([float(item["left"]), float(item["top"])]) - turn @ (origin * outer)
    matrix = turn @ shape
    return matrix, centre - matrix @ middle
