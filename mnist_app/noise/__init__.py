"""Corruptions of images and the classical denoisers, in pure NumPy.

`corrupt` spoils images by one of `NOISES` at a level in [0, 1]; `median_filter` repairs them as was done before
networks; `psnr` says how far a picture is from another. Trained denoisers and accuracies are other modules' work.
"""

import numpy as np

from mnist_app import InvalidInput
from mnist_app.noise.checks import checked_images, checked_levels, checked_numbers, checked_seed
from mnist_app.noise.field import PIXELS, field_of, keys_of
from mnist_app.noise.kinds import NOISES, Noise
from mnist_app.noise.median import median_filter

__all__ = [
    "LEVELS",
    "NOISES",
    "Noise",
    "corrupt",
    "median_filter",
    "psnr",
]

LEVELS: tuple[float, ...] = tuple(step / 10 for step in range(11))
"""The eleven levels 0, 0.1 … 1 at which curves and film strips are drawn."""

_CHUNK = 128  # keeps the working set within the processor's second-level cache


def corrupt(images, *, level, kind: str = "salt-and-pepper", seed: int = 0, numbers=None) -> np.ndarray:
    """Return a corrupted copy of the images.

    images: float32 (n, 28, 28, 1) in [0, 1]; not changed. level: one number in [0, 1], or one per image (n,).
    kind: a key of `NOISES`. seed: an integer in [0, 2⁶⁴). numbers: the images' numbers, integers (n,), by default
    0 … n−1; the field of an image depends on seed and number alone. One digit at all levels is thus one call:
    `corrupt(np.repeat(image, 11, axis=0), level=LEVELS, numbers=[number] * 11)`.

    Returns float32 (n, 28, 28, 1) in [0, 1]: the images themselves at level 0, nothing of them at level 1.
    Raises InvalidInput, InvalidInput, InvalidInput, InvalidInput.
    """
    images = checked_images(images)
    levels = checked_levels(level, count=len(images))
    if not isinstance(kind, str) or kind not in NOISES:
        raise InvalidInput(
            "Unknown kind of noise",
            expected="one of " + ", ".join(NOISES),
            found=repr(kind),
            remedy="Choose one of these.",
        )
    keys = keys_of(checked_seed(seed), checked_numbers(numbers, count=len(images)))
    pixels = images.reshape(-1, PIXELS)
    corrupted = np.empty_like(pixels)
    for start in range(0, len(pixels), _CHUNK):
        part = slice(start, start + _CHUNK)
        corrupted[part] = NOISES[kind].apply(pixels[part], levels[part], field_of(keys[part]))
    return corrupted.reshape(images.shape)


def psnr(images, reference) -> np.ndarray:
    """Return each image's peak signal-to-noise ratio against its reference, in dB: 10 log₁₀(1 / mean squared error).

    images, reference: float32 (n, 28, 28, 1) in [0, 1], hence the peak 1. Returns float64 (n,), infinite where the two
    are identical. Raises InvalidInput.
    """
    images, reference = checked_images(images), checked_images(reference)
    if images.shape != reference.shape:
        raise InvalidInput(
            "The images and their references differ in number",
            expected=f"shape {images.shape}",
            found=f"shape {reference.shape}",
            remedy="Pass one reference for each image.",
        )
    difference = (images - reference).reshape(-1, PIXELS)
    error = np.einsum("ij,ij->i", difference, difference, dtype=np.float64) / PIXELS
    with np.errstate(divide="ignore"):
        return -10 * np.log10(error)
