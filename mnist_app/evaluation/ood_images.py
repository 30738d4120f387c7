"""Out-of-distribution images, drawn by the project itself: letters, shapes, scribbles and noise; always the same ones.

All but the noise are strokes of the canvas's brush on a canvas of 280 pixels. Every picture is cropped, scaled and
centred as a drawing on the Draw page is.
"""

import tomllib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mnist_app import ink

KINDS = ("letters", "shapes", "scribbles", "noise")
CONTROL = "digits"  # the kind that is in distribution: ten digits, drawn as the letters and shapes are
BRUSHES = (10, 15, 20, 25, 30)  # widths of the pen in pixels of the canvas; the Draw page starts with 20
CANVAS = 280

OUTLINES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
"""Strokes of the letters, shapes and digits by their names."""
_SIZES = (90, 210)  # of the drawing's box in pixels of the canvas, before it is turned
_TURN = 0.14  # standard deviation in radians: 8 degrees
_SHAKE = 0.025  # of a point, as a share of the drawing's size


def draw(kind: str, *, count: int, seed: int = 0) -> tuple[np.ndarray, tuple[str, ...]]:
    """The first pictures of one of KINDS, or of CONTROL: float32 (count, 28, 28, 1) in [0, 1], and what each shows.

    Letters, shapes and digits come in turn. The first pictures are the same for any count.
    """
    place = (*KINDS, CONTROL).index(kind)
    images, names = np.empty((count, 28, 28, 1), np.float32), []
    for number in range(count):
        rng = np.random.default_rng([seed, place, number])
        steps = None
        while steps is None:  # of a scribble that comes out as a speck there is no image
            name, drawn = _drawn(kind, number, rng)
            steps = ink.centre(drawn)
        images[number] = steps.image
        names.append(name)
    return images, tuple(names)


def _drawn(kind: str, number: int, rng: np.random.Generator) -> tuple[str, np.ndarray]:
    if kind == "noise":
        return _noise(rng)
    brush = float(rng.choice(BRUSHES))
    if kind == "scribbles":
        name, lines = _scribble(rng)
    else:
        outlines = OUTLINES[kind]
        name = list(outlines)[number % len(outlines)]
        lines = _by_hand(_lines_of(outlines[name]), rng)
    strokes = [ink.Stroke(line, brush) for line in _placed(lines, rng)]
    return name, ink.draw_strokes(strokes, size=CANVAS)


def _by_hand(lines: Sequence[np.ndarray], rng: np.random.Generator) -> list[np.ndarray]:
    """The lines as a hand would draw them: turned, slanted, narrower or wider, shaking slowly."""
    turn, slant = np.clip(rng.normal(0, _TURN, 2), -2 * _TURN, 2 * _TURN)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = rotation @ np.array([[1, slant], [0, 1]]) @ np.diag([rng.uniform(0.65, 1), 1])
    shaking = []
    for line in lines:
        knots = rng.normal(0, _SHAKE, (max(2, len(line) // 8), 2))
        places = np.linspace(0, len(knots) - 1, len(line))
        shake = np.stack([np.interp(places, range(len(knots)), column) for column in knots.T], axis=1)
        shaking.append((line + shake) @ matrix.T)
    return shaking


def _scribble(rng: np.random.Generator) -> tuple[str, list[np.ndarray]]:
    """A knot of one long stroke, several crossing strokes, or a zigzag to and fro."""
    name = str(rng.choice(["knot", "strokes", "zigzag"]))
    if name == "knot":
        return name, [curve_through(rng.random((rng.integers(9, 18), 2)))]
    if name == "strokes":
        return name, [curve_through(rng.random((rng.integers(3, 6), 2))) for _ in range(rng.integers(3, 6))]
    turns = int(rng.integers(7, 14))
    across = np.where(np.arange(turns) % 2, 1.0, 0.0) + rng.normal(0, 0.12, turns)
    return name, [curve_through(np.stack([across, np.linspace(0, 1, turns) + rng.normal(0, 0.04, turns)], 1))]


def _placed(lines: Sequence[np.ndarray], rng: np.random.Generator) -> list[np.ndarray]:
    """The lines in pixels of the canvas, of a random size and at a random place, whole."""
    points = np.vstack(lines)
    low, span = points.min(0), np.ptp(points, axis=0)
    side = rng.uniform(*_SIZES) / span.max()
    margin = max(BRUSHES) / 2
    corner = margin + rng.random(2) * (CANVAS - 2 * margin - side * span)
    return [corner + side * (line - low) for line in lines]


def _noise(rng: np.random.Generator) -> tuple[str, np.ndarray]:
    """A square field of random cells: black and white ones at a random density, or of every grey."""
    cells = int(rng.choice([7, 10, 14, 20, 28]))
    side = CANVAS // cells
    name = str(rng.choice(["spots", "greys"]))
    field = rng.random((cells, cells)).astype(np.float32)
    if name == "spots":
        field = (field < rng.uniform(0.1, 0.7)).astype(np.float32)
    drawn = np.zeros((CANVAS, CANVAS), np.float32)
    drawn[: cells * side, : cells * side] = np.kron(field, np.ones((side, side), np.float32))
    return name, drawn


def _lines_of(outline: str) -> list[np.ndarray]:
    """The strokes of an outline, float64 (n, 2) in about [0, 1], curves as short straight pieces."""
    lines = []
    for stroke in outline.split("|"):
        smooth = stroke.strip().startswith("~")
        points = np.array([point.split(",") for point in stroke.strip(" ~").split()], np.float64)
        lines.append(curve_through(points) if smooth else _divided(points))
    return lines


def curve_through(points: np.ndarray, *, pieces: int = 8) -> np.ndarray:
    """A Catmull-Rom curve through points (n, 2), `pieces` straight pieces from one to the next."""
    ends = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    before, start, end, after = ends[:-3], ends[1:-2], ends[2:-1], ends[3:]
    t = (np.arange(pieces) / pieces)[:, None, None]
    bend = 2 * before - 5 * start + 4 * end - after
    along = start + t / 2 * (end - before) + t**2 / 2 * bend + t**3 / 2 * (3 * (start - end) + after - before)
    return np.vstack([along.swapaxes(0, 1).reshape(-1, 2), points[-1:]])


def _divided(points: np.ndarray, *, pieces: int = 4) -> np.ndarray:
    """The same straight lines with points between their ends, so that a hand can shake on the way."""
    t = (np.arange(pieces) / pieces)[:, None, None]
    along = points[:-1] + t * (points[1:] - points[:-1])
    return np.vstack([along.swapaxes(0, 1).reshape(-1, 2), points[-1:]])
