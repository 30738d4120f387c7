"""Ink to 28×28: cropped, brought to MNIST's pen width, scaled into 20×20, centred by its centre of mass.

MNIST's own images were made so: "normalized to fit in a 20x20 pixel box while preserving their aspect ratio", grey
"as a result of the anti-aliasing", and centred "by computing the center of mass of the pixels" (LeCun, Cortes and
Burges, The MNIST Database; LeCun et al. 1998, section III A). On the 10,000 test images the long side is 20 pixels in
9,997, and the centre of mass lies in [13.5, 14.5) on both axes in all, counted from the middle of the first pixel.

Nine tenths of MNIST's own pens are 1.3 to 3.2 pixels wide. A small CNN read digits redrawn with brushes of 3, 10, 20
and 30 pixels on a canvas of 280: squeezed whole (`shrink`) 0.294 to 0.341 of them, centred with the pen as drawn 0.898
to 0.978, and with the pen's width fitted 0.963 to 0.980.
"""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

SIDE, BOX, MIDDLE = 28, 20, 14
"""The image's side, the side of the box for the digit, and the pixel that takes the centre of mass."""
PEN = (1.5, 3.0)  # the thinnest and thickest pen let through, in pixels of the 28×28 image

_INK = 0.04  # less ink than this is none: a fringe of antialiasing, a trace of compression
_WORK = 120  # the long side at which a pen is made thicker or thinner: six pixels for one of the small grid


@dataclass(frozen=True, eq=False)
class Steps:
    """How ink became an image, step by step. All arrays are float32 in [0, 1] and read-only.

    `ink` (h, w): as given. `cropped`: the part inside `box`, which is (left, top, right, bottom) in pixels of the ink,
    right and bottom exclusive. `scaled`: into at most 20×20 with a pen of MNIST's width, aspect kept, the long side
    always 20. `centred` (28, 28): placed by the centre of mass.
    """

    ink: np.ndarray
    cropped: np.ndarray
    scaled: np.ndarray
    centred: np.ndarray
    box: tuple[int, int, int, int]

    @property
    def image(self) -> np.ndarray:
        """What a network takes: float32 (28, 28, 1) in [0, 1]."""
        return self.centred[..., None]


def centre(ink: np.ndarray) -> Steps | None:
    """Ink, float (h, w) in [0, 1], as MNIST would have it; None where there is nothing or only a speck.

    Faint ink is as good as full ink: the picture's darkest spot counts as 1.
    """
    ink = np.clip(ink.astype(np.float32), 0, 1)
    if _is_blank(ink):
        return None
    left, top, right, bottom = box = _box(ink)
    cropped = ink[top:bottom, left:right]
    scaled = _resize(_fit_pen(cropped), BOX)
    centred = _place(scaled)
    for array in (ink, cropped, scaled, centred):
        array.setflags(write=False)
    return Steps(ink, cropped, scaled, centred, box)


def shrink(ink: np.ndarray) -> np.ndarray:
    """The plain way: the whole canvas, float (h, w) in [0, 1], squeezed to float32 (28, 28, 1), antialiased by area."""
    small = Image.fromarray(ink.astype(np.float32)).resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.clip(np.asarray(small), 0, 1)[..., None]


def _is_blank(ink: np.ndarray) -> bool:
    """Whether ink is nothing or a speck.

    A speck is smaller than three pixels or 2 % of the picture's long side, or a full round dot below 12 % of it:
    one click of any brush up to 33 pixels on a canvas of 280.
    """
    if ink.max() < 0.1:
        return True
    left, top, right, bottom = _box(ink)
    height, width = bottom - top, right - left
    side = max(height, width)
    if side < max(3, 0.02 * max(ink.shape)):
        return True
    full = ink[top:bottom, left:right].mean() / ink.max()
    return side <= 0.12 * max(ink.shape) and side <= 1.5 * min(height, width) and full >= 0.65


def _box(ink: np.ndarray) -> tuple[int, int, int, int]:
    marked = ink > min(_INK, ink.max() / 2)
    rows, columns = np.flatnonzero(marked.any(axis=1)), np.flatnonzero(marked.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _fit_pen(cropped: np.ndarray) -> np.ndarray:
    """The crop with full contrast and a pen within PEN; left as it is where its pen is within already."""
    full = cropped / cropped.max()
    work = np.pad(_reduce(full), 1)
    side = max(work.shape) - 2
    width = _pen_width(work)
    before = width * BOX / side
    # A thick pen loses at most 60 %, so that thinner parts of the same drawing survive.
    after = float(max(np.clip(before, *PEN), 0.4 * before))
    if abs(after - before) < 0.02:
        return full
    # Growing by r a side makes the drawing larger too: width + 2r = after/20 · (side + 2r).
    grow = (after * side / BOX - width) / (2 * (1 - after / BOX))
    grown = _grow(np.pad(work, max(0, math.ceil(grow))), grow)
    peak = grown.max()
    if peak < 0.1:
        return full
    left, top, right, bottom = _box(grown)
    return grown[top:bottom, left:right] / peak


def _reduce(ink: np.ndarray) -> np.ndarray:
    """To a long side of _WORK pixels. Down from far by the maximum first: a thin line would fade in an average."""
    height, width = ink.shape
    block = max(ink.shape) // (2 * _WORK)
    if block > 1:
        padded = np.pad(ink, ((0, -height % block), (0, -width % block)))
        ink = padded.reshape(padded.shape[0] // block, block, -1, block).max(axis=(1, 3))
    work = _resize(ink, _WORK)
    return work / work.max()


def _resize(ink: np.ndarray, side: int) -> np.ndarray:
    """To a long side of that many pixels."""
    height, width = ink.shape
    scale = side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    # An average, as a scanner's, also where MNIST's own small images are scaled up to the box.
    way = Image.Resampling.BOX if scale < 1 or side == BOX else Image.Resampling.BILINEAR
    return np.clip(np.asarray(Image.fromarray(ink).resize(size, way)), 0, 1)


def _pen_width(ink: np.ndarray) -> float:
    """Twice the area over the outline's length, which is a long stroke's width; pixels. `ink` has an empty border."""
    # Steeper edges, so that grain inside a photographed stroke counts as no outline.
    ink = np.clip((ink - 0.2) / 0.4, 0, 1)
    down, right = np.diff(ink, axis=0)[:, :-1], np.diff(ink, axis=1)[:-1]
    return float(2 * ink.sum() / np.hypot(down, right).sum())


def _grow(ink: np.ndarray, radius: float) -> np.ndarray:
    """Thicken by `radius` pixels a side, or thin where it is negative; by squares and crosses in turn: an octagon."""
    # Bytes, because Pillow's rank filters know no floats; one more rounding to 1/255 is MNIST's own.
    picture = Image.fromarray((ink * 255 + 0.5).astype(np.uint8))
    square = ImageFilter.MaxFilter(3) if radius > 0 else ImageFilter.MinFilter(3)
    pick = np.maximum if radius > 0 else np.minimum
    whole, part = divmod(abs(radius), 1)
    grown = picture
    for turn in range(int(whole) + 1):
        before = grown
        grown = before.filter(square) if turn % 2 else Image.fromarray(_cross(np.asarray(before), pick))
    blend = (1 - part) * np.asarray(before, np.float32) + part * np.asarray(grown, np.float32)
    return (blend / 255).astype(np.float32)


def _cross(pixels: np.ndarray, pick: np.ufunc) -> np.ndarray:
    out = pixels.copy()
    pick(out[1:], pixels[:-1], out=out[1:])
    pick(out[:-1], pixels[1:], out=out[:-1])
    pick(out[:, 1:], pixels[:, :-1], out=out[:, 1:])
    pick(out[:, :-1], pixels[:, 1:], out=out[:, :-1])
    return out


def _place(scaled: np.ndarray) -> np.ndarray:
    """In the middle by the centre of mass, but never over the edge: a lopsided drawing stays whole instead."""
    heavy = scaled.astype(np.float64)
    corner = []
    for axis, length in enumerate(scaled.shape):
        centre_of_mass = heavy.sum(axis=1 - axis) @ np.arange(length) / heavy.sum()
        corner.append(min(max(math.floor(MIDDLE - centre_of_mass + 0.5), 0), SIDE - length))
    centred = np.zeros((SIDE, SIDE), np.float32)
    centred[corner[0] : corner[0] + scaled.shape[0], corner[1] : corner[1] + scaled.shape[1]] = scaled
    return centred
