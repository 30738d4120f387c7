"""Several digits in one picture: found by their connected parts, in reading order. Digits that touch count as one."""

from dataclasses import replace
from functools import reduce

import numpy as np

from mnist_app.ink.centring import Steps, centre

_GRID, _MARKED = 160, 0.15
"""The long side, in blocks, of the part of a picture that is searched; the ink that marks a block."""
_MOST = 40  # more than this are no line of digits but a drawing in dots, or a page of text

# Shares of the tallest part's height, measured on MNIST's digits, alone and pasted beside each other.
_SPECK, _DASH = 0.12, 0.25
"""A part that is smaller is dust or a comma; one that is lower, and near no digit, is a dash between digits."""
_SHORT, _NEAR, _STACKED = 0.55, 0.15, 0.25
"""A part lower than the first may be the bar of a digit as near as the second; as the third where one is above."""


def find_digits(ink: np.ndarray) -> tuple[tuple[Steps, ...], ...]:
    """Rows of digits, top to bottom, each from left to right, as `centre` makes them; nothing where there is no ink.

    ink: float (h, w) in [0, 1]. The steps' `ink` is all of it, and their `box` lies in it. Parts one above the other,
    such as a 5 and its bar, are one digit. Specks and dashes are left out, but not beside a single digit.
    """
    whole = centre(ink)
    if whole is None:
        return ()
    # SciPy is not imported when a page starts.
    from scipy import ndimage

    block = -(-max(whole.cropped.shape) // _GRID)
    height, width = ink.shape
    padded = np.pad(whole.ink, ((0, -height % block), (0, -width % block)))
    # The maximum of each block; three times as fast as over the axes of a reshaped array.
    blocks = reduce(np.maximum, (padded[y::block, x::block] for y in range(block) for x in range(block)))
    parts = ndimage.label(blocks > _MARKED, structure=np.ones((3, 3)))[0]
    boxes = [(x.start, x.stop, y.start, y.stop) for y, x in ndimage.find_objects(parts)]
    digits = _join(np.array(boxes).reshape(-1, 4))
    count = digits.max(initial=0)
    if not 2 <= count <= _MOST:
        return ((whole,),)
    places = np.r_[0, digits][parts]
    # The soft rims of the strokes.
    places = np.where(places, places, ndimage.maximum_filter(places, 3))
    places = places.repeat(block, axis=0).repeat(block, axis=1)[:height, :width]
    found = [centre(np.where(places == one, whole.ink, 0)) for one in range(1, count + 1)]
    return _rows([replace(steps, ink=whole.ink) for steps in found if steps]) or ((whole,),)


def _join(boxes: np.ndarray) -> np.ndarray:
    """The digit, from 1, that each part with a box (left, right, top, bottom) belongs to; 0 for what is none."""
    left, right, top, bottom = boxes.T
    width, height = right - left, bottom - top
    tallest = height.max(initial=1)
    digit = np.zeros(len(boxes), int)
    # From the tallest down: each part joins the nearest one that it belongs to, or begins a digit.
    for part in np.argsort(-height, kind="stable"):
        if max(width[part], height[part]) < _SPECK * tallest:
            continue
        gap_x = np.maximum(left[part], left) - np.minimum(right[part], right)
        gap_y = np.maximum(top[part], top) - np.minimum(bottom[part], bottom)
        far = np.hypot(np.maximum(gap_x, 0), np.maximum(gap_y, 0)) / tallest
        slanted = (-gap_y > 0.5 * height[part]) & (height[part] > 0.7 * height)  # perhaps two, side by side
        above = -gap_x >= np.where(slanted, 0.6, 0.3) * np.minimum(width[part], width)
        reach = np.where(above, _STACKED, _NEAR if height[part] < _SHORT * tallest else -1)
        fits = (digit > 0) & (far <= reach)
        if fits.any():
            digit[part] = digit[np.where(fits, 2 * gap_x + gap_y, np.inf).argmin()]
        elif height[part] >= _DASH * tallest:
            digit[part] = digit.max() + 1
    return digit


def _rows(digits: list[Steps]) -> tuple[tuple[Steps, ...], ...]:
    """A digit whose middle lies below all of a row begins the next row."""
    rows: list[list[Steps]] = []
    for each in sorted(digits, key=lambda steps: steps.box[1] + steps.box[3]):
        if not rows or each.box[1] + each.box[3] >= 2 * max(steps.box[3] for steps in rows[-1]):
            rows.append([])
        rows[-1].append(each)
    return tuple(tuple(sorted(row, key=lambda steps: steps.box[0] + steps.box[2])) for row in rows)
