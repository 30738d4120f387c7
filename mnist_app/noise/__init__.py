"""Corruptions of images, and the denoiser that was used before networks, in NumPy.

Images are float32 (n, 28, 28, 1) in [0, 1] everywhere; levels and seeds are checked where a person enters them.
"""

from collections.abc import Sequence

import numpy as np

from mnist_app.noise.field import PIXELS, SIDE, field_of, keys_of
from mnist_app.noise.kinds import NOISES, Noise

LEVELS: tuple[float, ...] = tuple(step / 10 for step in range(11))
"""The eleven levels 0, 0.1 … 1 of curves and film strips."""

_CHUNK, _MEDIAN_CHUNK = 128, 32  # keep the working set within the processor's second-level cache


def corrupt(
    images: np.ndarray,
    *,
    level: float | Sequence[float] | np.ndarray,
    kind: str = "salt-and-pepper",
    seed: int = 0,
    indices: Sequence[int] | np.ndarray | None = None,
) -> np.ndarray:
    """A corrupted copy of the images: unchanged at level 0, and without a trace of them at level 1.

    `level` is one number in [0, 1], or one per image (n,); `kind` a key of `NOISES`; `seed` an integer in [0, 2⁶⁴).
    `indices`, integers (n,) from 0, are the images' places in their data set, by default 0 … n−1: the randomness of an
    image depends on seed and index alone. So one digit at all levels is one call:
    `corrupt(np.repeat(image, 11, axis=0), level=LEVELS, indices=[index] * 11)`.
    """
    levels = np.broadcast_to(np.asarray(level, np.float64), len(images))[:, None]
    keys = keys_of(seed, np.asarray(range(len(images)) if indices is None else indices, np.uint64))
    pixels = images.reshape(-1, PIXELS)
    corrupted = np.empty_like(pixels)
    for start in range(0, len(pixels), _CHUNK):
        part = slice(start, start + _CHUNK)
        corrupted[part] = NOISES[kind].apply(pixels[part], levels[part], field_of(keys[part]))
    return corrupted.reshape(images.shape)


def median_filter(images: np.ndarray, *, size: int = 3) -> np.ndarray:
    """Each pixel becomes the median of the size × size pixels around it; `size` is odd, 3 and 5 are usual.

    Beyond the border the image is mirrored, its border pixel included, as SciPy does, which takes ten times as
    long for the same pixels.
    """
    filtered, reach = np.empty_like(images), size // 2
    for start in range(0, len(images), _MEDIAN_CHUNK):
        part = slice(start, start + _MEDIAN_CHUNK)
        # Images last: each shifted view then has long contiguous runs, and min and max work at full width.
        planes = images[part, :, :, 0].transpose(1, 2, 0)
        planes = np.pad(planes, ((reach, reach), (reach, reach), (0, 0)), mode="symmetric")
        views = [planes[row : row + SIDE, column : column + SIDE] for row in range(size) for column in range(size)]
        filtered[part, :, :, 0] = _median(views).transpose(2, 0, 1)
    return filtered


def _median(views: list[np.ndarray]) -> np.ndarray:
    """The median of an odd number of arrays, pixel by pixel.

    Of half of them and two, neither the least nor the greatest is the median: both are left out, and one more comes in.
    """
    kept, left = views[: len(views) // 2 + 2], views[len(views) // 2 + 2 :]
    while len(kept) > 2:
        pairs = [(place, -1 - place) for place in range(len(kept) // 2)]
        pairs += [pair for place in range(1, (len(kept) + 1) // 2) for pair in ((0, place), (-1 - place, -1))]
        for low, high in pairs:
            kept[low], kept[high] = np.minimum(kept[low], kept[high]), np.maximum(kept[low], kept[high])
        kept, left = [*kept[1:-1], *left[:1]], left[1:]
    return kept[0]


def psnr(images: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Each image's peak signal-to-noise ratio in dB, float64 (n,): 10 log₁₀(1 / mean squared error).

    It is infinite where image and reference are identical.
    """
    difference = (images - reference).reshape(-1, PIXELS)
    error = np.einsum("ij,ij->i", difference, difference, dtype=np.float64) / PIXELS
    with np.errstate(divide="ignore"):
        return -10 * np.log10(error)
