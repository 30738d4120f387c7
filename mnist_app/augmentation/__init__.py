"""Training images varied afresh in every epoch: turned, sheared, bent, thinner or thicker, with habits of real pens.

MNIST was written by people who filled in a form; who draws on a screen has other habits, such as a slash through the
zero. Images vary in pure NumPy, so that a page shows just what a network was trained on. What is drawn at random comes
from the `rng` alone.
"""

import numpy as np

from mnist_app.augmentation import habits, warping
from mnist_app.augmentation.habits import HABITS, OTHER_FORMS, Habit

__all__ = ["HABITS", "KINDS", "OTHER_FORMS", "Habit", "vary"]

KINDS = ("none", "affine", "pen")
"""What `vary` does: nothing; affine maps and another stroke thickness; these, smooth bending and `HABITS`."""


def vary(images: np.ndarray, labels: np.ndarray, *, kind: str, rng: np.random.Generator) -> np.ndarray:
    """Each image in another form of the same digit.

    Args:
        images: uint8 (n, 28, 28), as MNIST's.
        labels: the digits, whole numbers (n,); habits depend on them.
        kind: one of `KINDS`.
        rng: where all chance comes from.

    Returns:
        float32 (n, 28, 28) in [0, 1].
    """
    shown = np.divide(images, np.float32(255), dtype=np.float32)
    if kind == "none" or not len(shown):
        return shown
    if kind == "pen":
        shown = habits.draw(shown, np.asarray(labels), rng)
    return warping.thicken(warping.warp(shown, rng, bend=kind == "pen"), rng)
