"""The digits as arrays, and how they are split."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnist_app.evaluation.results import MNIST

_HELD_OUT = 10_000


@dataclass(frozen=True)
class Mnist:
    """70,000 digits, read-only: images uint8 (n, 28, 28), labels int64 (n,), and where they came from.

    `name` says what they are: "MNIST", or "generated digits" that stand in for it.
    """

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    source: Path
    name: str = MNIST


@dataclass(frozen=True)
class Split:
    """What to train on and what to validate on; `validation` is "test" or "held-out"."""

    train_images: np.ndarray
    train_labels: np.ndarray
    validation_images: np.ndarray
    validation_labels: np.ndarray
    validation: str


def of_arrays(arrays: Mapping[str, np.ndarray], *, source: Path, name: str = MNIST) -> Mnist:
    """The digits of four arrays uint8 under the names of `ARRAYS`; these become read-only."""
    ordered = [arrays["x_train"], arrays["y_train"].astype(np.int64), arrays["x_test"]]
    ordered.append(arrays["y_test"].astype(np.int64))
    for array in ordered:
        array.flags.writeable = False
    return Mnist(*ordered, source, name)


def split(mnist: Mnist, *, held_out: int = 0) -> Split:
    """The sources' split (60,000 to train, the 10,000 test images to validate), or one for choices.

    With `held_out`, usually 10,000, that many of the last training images are validated on, and the test images are
    left alone.
    """
    images, labels = mnist.train_images, mnist.train_labels
    if held_out == 0:
        return Split(images, labels, mnist.test_images, mnist.test_labels, "test")
    kept = len(images) - held_out
    return Split(images[:kept], labels[:kept], images[kept:], labels[kept:], "held-out")


def split_for(validation: str, mnist: Mnist) -> Split:
    """The split that a recipe's `validation` names: "test", or "held-out" for the last 10,000 training images."""
    return split(mnist, held_out=_HELD_OUT if validation == "held-out" else 0)


def as_images(raw: np.ndarray) -> np.ndarray:
    """Images uint8 (n, 28, 28) in 0 … 255 become float32 (n, 28, 28, 1) in [0, 1]."""
    return np.divide(raw, np.float32(255), dtype=np.float32)[..., np.newaxis]
