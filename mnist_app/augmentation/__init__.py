"""Training images varied afresh in every epoch: turned, sheared, bent, thinner or thicker, in other handwriting.

MNIST was written by people who filled in a form; who draws on a screen writes otherwise, for example with a slash
through the zero. Images vary in pure NumPy, so that a page shows just what a network was trained on. The `rng` decides
everything that is drawn at random.
"""

import numpy as np

from mnist_app.augmentation import handwriting, warping
from mnist_app.augmentation.handwriting import OTHER_FORMS, STYLES, Style

__all__ = ["KINDS", "OTHER_FORMS", "STYLES", "Style", "augment"]

KINDS = ("none", "affine", "pen")
"""What `augment` does: nothing; affine maps and another stroke thickness; these, smooth bending and `STYLES`."""


def augment(images: np.ndarray, labels: np.ndarray, *, kind: str, rng: np.random.Generator) -> np.ndarray:
    """Each image in another form of the same digit, float32 (n, 28, 28) in [0, 1].

    Args:
        images: uint8 (n, 28, 28), as MNIST's.
        labels: the digits, whole numbers (n,); the handwriting depends on them.
        kind: one of `KINDS`.
    """
    pixels = np.divide(images, np.float32(255), dtype=np.float32)
    if kind == "none" or not len(pixels):
        return pixels
    if kind == "pen":
        pixels = handwriting.restyle(pixels, np.asarray(labels), rng)
    return warping.thicken(warping.warp(pixels, rng, bend=kind == "pen"), rng)
