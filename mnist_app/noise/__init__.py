"""Corruptions of images, and the classical denoiser, in NumPy.

`corrupt` adds one of `NOISES` at a level in [0, 1]; `median_filter` repairs images as was done before networks; `psnr`
measures how far an image is from its reference. Images are float32 (n, 28, 28, 1) in [0, 1] everywhere; levels and
seeds are checked where a person enters them.
"""

from collections.abc import Sequence

import numpy as np

from mnist_app.noise.field import PIXELS, field_of, keys_of
from mnist_app.noise.kinds import NOISES, Noise
from mnist_app.noise.median import median_filter

__all__ = ["LEVELS", "NOISES", "Noise", "corrupt", "median_filter", "psnr"]

LEVELS: tuple[float, ...] = tuple(step / 10 for step in range(11))
"""The eleven levels 0, 0.1 … 1 of curves and film strips."""

_CHUNK = 128  # keeps the working set within the processor's second-level cache


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


def psnr(images: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Each image's peak signal-to-noise ratio in dB, float64 (n,): 10 log₁₀(1 / mean squared error).

    It is infinite where image and reference are identical.
    """
    difference = (images - reference).reshape(-1, PIXELS)
    error = np.einsum("ij,ij->i", difference, difference, dtype=np.float64) / PIXELS
    with np.errstate(divide="ignore"):
        return -10 * np.log10(error)
