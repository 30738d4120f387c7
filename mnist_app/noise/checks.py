"""What the functions of this package accept, and the named errors for everything else."""

import operator

import numpy as np

from mnist_app import InvalidInput
from mnist_app.noise.field import LARGEST_SEED, SIDE


def checked_images(images) -> np.ndarray:
    remedy = "Scale the pixels to [0, 1] as float32 and give the array the shape (n, 28, 28, 1)."
    if not isinstance(images, np.ndarray):
        raise InvalidInput("Not images", expected="a NumPy array", found=type(images).__name__, remedy=remedy)
    if images.shape[1:] != (SIDE, SIDE, 1) or images.ndim != 4:
        raise InvalidInput(
            "Images of the wrong shape", expected="(n, 28, 28, 1)", found=str(images.shape), remedy=remedy
        )
    if images.dtype != np.float32:
        raise InvalidInput("Images of the wrong type", expected="float32", found=str(images.dtype), remedy=remedy)
    if images.size:
        low, high = images.min(), images.max()
        if not (low >= 0 and high <= 1):  # written so that NaN fails
            raise InvalidInput(
                "Pixels out of range", expected="values in [0, 1]", found=f"{low} to {high}", remedy=remedy
            )
    return images


def checked_levels(level, *, count: int) -> np.ndarray:
    """The levels as float64 (count, 1)."""
    problem, remedy = "Invalid noise level", "Choose a level from 0 (no noise) to 1 (nothing but noise)."
    expected = f"a number in [0, 1], or {count} of them, one per image"
    try:
        given = np.asarray(level)
    except ValueError as error:  # lists of unequal lengths
        raise InvalidInput(problem, expected=expected, found=repr(level), remedy=remedy) from error
    if given.dtype.kind not in "fiu":
        raise InvalidInput(problem, expected=expected, found=repr(level), remedy=remedy)
    if given.shape not in ((), (count,)):
        raise InvalidInput(problem, expected=expected, found=f"an array of shape {given.shape}", remedy=remedy)
    levels = given.astype(np.float64)
    outside = ~((levels >= 0) & (levels <= 1))  # written so that NaN is outside
    if outside.any():
        raise InvalidInput(problem, expected=expected, found=str(levels[outside].flat[0]), remedy=remedy)
    return np.broadcast_to(levels, (count,))[:, None]


def checked_seed(seed) -> int:
    try:
        whole = operator.index(seed)
    except TypeError:
        whole = -1
    if not 0 <= whole <= LARGEST_SEED:
        raise InvalidInput(
            "Invalid seed", expected="a whole number from 0 to 2⁶⁴ − 1", found=repr(seed), remedy="Try seed 0."
        )
    return whole


def checked_numbers(numbers, *, count: int) -> np.ndarray:
    """The image numbers as uint64 (count,)."""
    if numbers is None:
        return np.arange(count, dtype=np.uint64)
    problem, expected = "Invalid image numbers", f"{count} whole numbers from 0, one per image"
    remedy = "Pass the place of each image in its data set."
    try:
        given = np.asarray(numbers)
    except ValueError as error:
        raise InvalidInput(problem, expected=expected, found=repr(numbers), remedy=remedy) from error
    if given.size == 0:
        given = given.astype(np.uint64)
    if given.dtype.kind not in "iu" or given.shape != (count,):
        found = f"{given.dtype} of shape {given.shape}"
        raise InvalidInput(problem, expected=expected, found=found, remedy=remedy)
    if (given < 0).any():
        raise InvalidInput(problem, expected=expected, found=str(given.min()), remedy=remedy)
    return given.astype(np.uint64)
