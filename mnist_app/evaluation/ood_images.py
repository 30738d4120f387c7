"""Out-of-distribution images, drawn by the project itself: letters, shapes, scribbles and noise; always the same ones.

All but the noise are strokes of the canvas's brush on a canvas of 280 pixels. Every picture is cropped, scaled and
centred as a drawing on the Draw page is.
"""

from collections.abc import Sequence

import numpy as np

from mnist_app import ink

KINDS = ("letters", "shapes", "scribbles", "noise")
CONTROL = "digits"
"""The kind that is in distribution: ten digits, drawn as the letters and shapes are."""
BRUSHES = (10, 15, 20, 25, 30)  # widths of the pen in pixels of the canvas; the Draw page starts with 20
CANVAS = 280

# An outline is text: strokes separated by `|`, each the points `x,y` that the pen passes, 0,0 at the upper left and 1,1
# at the lower right. A stroke that begins with `~` is a smooth curve through its points, any other is straight.
LETTERS = {
    "A": "0,1 .5,0 1,1 | .2,.62 .8,.62",
    "E": ".9,0 0,0 0,1 .9,1 | 0,.5 .7,.5",
    "F": ".9,0 0,0 0,1 | 0,.48 .7,.48",
    "H": "0,0 0,1 | 1,0 1,1 | 0,.5 1,.5",
    "K": "0,0 0,1 | .9,0 0,.55 | .25,.42 .95,1",
    "M": "0,1 .1,0 .5,.75 .9,0 1,1",
    "N": "0,1 0,0 .9,1 .9,0",
    "P": "0,1 0,0 | ~0,.02 .6,0 .85,.25 .6,.52 0,.52",
    "R": "0,1 0,0 | ~0,.02 .6,0 .85,.25 .6,.5 .05,.5 | .35,.5 .9,1",
    "T": "0,0 1,0 | .5,0 .5,1",
    "V": "0,0 .5,1 1,0",
    "W": "0,0 .25,1 .5,.3 .75,1 1,0",
    "X": "0,0 .9,1 | .9,0 0,1",
    "e": "~.05,.55 .9,.5 .75,.1 .4,0 .08,.3 .1,.75 .45,1 .9,.85",
    "f": "~.9,.1 .65,0 .45,.2 .42,.6 .42,1 | .1,.42 .8,.42",
    "h": "0,0 0,1 | ~0,.65 .35,.45 .65,.55 .7,1",
    "k": "0,0 0,1 | .7,.4 .02,.7 | .2,.62 .75,1",
    "m": "0,.1 0,1 | ~0,.35 .25,.08 .47,.3 .5,1 | ~.5,.35 .75,.08 .97,.3 1,1",
    "n": "0,.05 0,1 | ~0,.35 .45,.02 .8,.25 .85,1",
    "t": ".45,0 .45,.8 | ~.45,.8 .55,1 .85,.92 | .05,.32 .85,.32",
    "w": "~0,0 .1,.75 .25,1 .45,.7 .5,.25 | ~.5,.25 .55,.7 .75,1 .92,.7 1,0",
}
"""Left out, because a hasty digit looks like them: B b C c D d G g I i J j L l O o p Q q r S s U u Y y Z z, and a;
those small letters that differ from the capital by their size alone stand there once."""

SHAPES = {
    "triangle": ".5,0 1,.9 0,.9 .5,0",
    "square": "0,0 1,0 1,1 0,1 0,0",
    "star": ".2,1 .5,0 .8,1 0,.38 1,.38 .2,1",
    "heart": "~.5,.3 .3,.02 .03,.15 .08,.5 .5,1 | ~.5,.3 .7,.02 .97,.15 .92,.5 .5,1",
    "arrow": "0,.5 1,.5 | .65,.2 1,.5 .65,.8",
    "spiral": "~.5,.5 .6,.42 .62,.6 .42,.65 .33,.42 .55,.25 .8,.45 .75,.8 .35,.88 .08,.55 .2,.12 .6,.02 1,.3",
    "cross": ".5,0 .5,1 | 0,.5 1,.5",
    "house": "0,1 0,.45 .5,0 1,.45 1,1 0,1 | .4,1 .4,.65 .62,.65 .62,1",
    "smiley": "~.5,0 .85,.15 1,.5 .85,.85 .5,1 .15,.85 0,.5 .15,.15 .5,0 | .33,.33 .33,.4 | .67,.33 .67,.4 "
    "| ~.25,.62 .5,.8 .75,.62",
    "envelope": "0,.1 1,.1 1,.9 0,.9 0,.1 .5,.55 1,.1",
    "fence": ".3,0 .25,1 | .7,0 .65,1 | 0,.33 1,.33 | 0,.68 1,.68",
    "tree": ".5,1 .5,.7 .1,.7 .4,.38 .2,.38 .5,0 .8,.38 .6,.38 .9,.7 .5,.7",
    "fish": "~1,.25 .6,.7 .25,.8 0,.5 .25,.2 .6,.3 1,.75 | 1,.25 1,.75",
    "figure": "~.5,0 .62,.12 .5,.25 .38,.12 .5,0 | .5,.25 .5,.65 | .15,.4 .85,.4 | .2,1 .5,.65 .8,1",
    "bolt": ".6,0 .15,.55 .5,.5 .3,1 .9,.38 .52,.42 .6,0",
    "moon": "~.7,0 .2,.15 .02,.5 .2,.85 .7,1 | ~.7,0 .42,.25 .38,.5 .42,.75 .7,1",
}
"""Left out: circle and line, which are digits. A square may be taken for a 0; it is kept for that very reason."""

DIGITS = {
    "0": "~.5,0 .15,.15 0,.5 .15,.85 .5,1 .85,.85 1,.5 .85,.15 .5,0",
    "1": ".5,0 .5,1",
    "2": "~.05,.25 .3,.02 .75,.05 .85,.3 .5,.65 0,1 | 0,1 1,.98",
    "3": "~.05,.1 .5,0 .85,.2 .4,.46 | ~.4,.46 .9,.65 .7,.95 .35,1 0,.88",
    "4": ".25,0 .05,.58 1,.55 | .75,.05 .7,1",
    "5": ".9,0 .2,.02 .12,.42 | ~.12,.42 .5,.35 .9,.6 .7,.92 .35,1 0,.9",
    "6": "~.75,0 .3,.25 .05,.65 .25,.97 .65,.95 .8,.7 .5,.52 .1,.7",
    "7": "0,.05 .95,0 | .95,0 .65,.4 .4,1",
    "8": "~.5,.48 .15,.25 .45,0 .8,.2 .5,.48 .12,.75 .48,1 .88,.75 .5,.48",
    "9": "~.85,.2 .5,0 .1,.2 .25,.48 .6,.48 .85,.2 | .85,.2 .8,.6 .65,1",
}
"""Drawn with the same hand as the others: what is rejected of them is rejected for the hand, not for what it shows."""

_OUTLINES = {"letters": LETTERS, "shapes": SHAPES, CONTROL: DIGITS}
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
        outlines = _OUTLINES[kind]
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
