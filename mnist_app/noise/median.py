"""The median filter: how salt-and-pepper noise was repaired before networks."""

import operator
from functools import cache

import numpy as np

from mnist_app import InvalidInput
from mnist_app.noise.checks import checked_images
from mnist_app.noise.field import SIDE

LARGEST_FILTER = 9

_CHUNK = 32  # keeps the working set within the processor's second-level cache


def median_filter(images, *, size: int = 3) -> np.ndarray:
    """Replace each pixel by the median of the size × size pixels around it.

    images: float32 (n, 28, 28, 1) in [0, 1]; not changed. size: odd, 1 … 9; 3 and 5 are the usual ones.
    Beyond the border the image is mirrored, its border pixel included (d c b a | a b c d | d c b a): the default of
    `scipy.ndimage.median_filter`. At size 3 this is the same as repeating the border pixel, the default of OpenCV and
    scikit-image.

    Returns float32 (n, 28, 28, 1). Raises InvalidInput, InvalidInput.
    """
    images = checked_images(images)
    try:
        side = operator.index(size)
    except TypeError:
        side = 0
    if side not in range(1, LARGEST_FILTER + 1, 2):
        raise InvalidInput(
            "Invalid size of the median filter",
            expected=f"an odd whole number from 1 to {LARGEST_FILTER}",
            found=repr(size),
            remedy="Use 3 or 5.",
        )
    filtered = np.empty_like(images)
    margin = side // 2
    for start in range(0, len(images), _CHUNK):
        part = slice(start, start + _CHUNK)
        # Images last: each shifted view then has long contiguous runs, and min and max work at full width.
        planes = images[part, :, :, 0].transpose(1, 2, 0)
        planes = np.pad(planes, ((margin, margin), (margin, margin), (0, 0)), mode="symmetric")
        wires = [planes[row : row + SIDE, column : column + SIDE] for row in range(side) for column in range(side)]
        for low, high, keeps_low, keeps_high in _median_network(side * side):
            first, second = wires[low], wires[high]
            wires[low] = np.minimum(first, second) if keeps_low else None
            wires[high] = np.maximum(first, second) if keeps_high else None
        filtered[part, :, :, 0] = wires[side * side // 2].transpose(2, 0, 1)
    return filtered


@cache
def _median_network(count: int) -> tuple[tuple[int, int, bool, bool], ...]:
    """Compare-exchanges that bring the median of `count` wires to the middle one: (low, high, keeps low, keeps high).

    Batcher's odd-even merge sort (Knuth, The Art of Computer Programming, 5.2.2, algorithm M), stripped from the end
    of everything that does not reach the middle wire.
    """
    exchanges = []
    top = 1 << max((count - 1).bit_length() - 1, 0)
    step = top
    while step > 0:
        span, remainder, distance = top, 0, step
        while True:
            exchanges += [(low, low + distance) for low in range(count - distance) if low & step == remainder]
            if span == step:
                break
            distance, span, remainder = span - step, span >> 1, step
        step >>= 1
    needed, kept = {count // 2}, []
    for low, high in reversed(exchanges):
        if low in needed or high in needed:
            kept.append((low, high, low in needed, high in needed))
            needed |= {low, high}
    return tuple(reversed(kept))
