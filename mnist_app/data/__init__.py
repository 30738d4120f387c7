"""MNIST as arrays: find it, download it, verify it, split it.

Images are kept as uint8, uncompressed, in files that every process maps into memory: the web server, its sessions and
a worker share one copy. What the networks see is made from them by `as_images`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnist_app import InvalidInput, Unavailable
from mnist_app.data import copies, sources
from mnist_app.data.arrays import ARRAYS, HOW_TO_GET_IT, ONLY_GENERATED, PATH_VARIABLE, verify
from mnist_app.data.copies import CACHE_VARIABLE
from mnist_app.data.sources import DOWNLOAD_ADDRESS, DOWNLOAD_SHA256, find, reachable
from mnist_app.evaluation.results import MNIST as NAME

__all__ = [
    "ARRAYS", "CACHE_VARIABLE", "DOWNLOAD_ADDRESS", "DOWNLOAD_SHA256", "HOW_TO_GET_IT", "NAME", "ONLY_GENERATED",
    "PATH_VARIABLE",
    "Mnist", "Split",
    "as_images", "find", "load", "of_arrays", "reachable", "split", "split_for",
]  # fmt: skip

_HELD_OUT = 10_000


@dataclass(frozen=True)
class Mnist:
    """The 70,000 images, read-only: images uint8 (n, 28, 28), labels int64 (n,), and where they came from.

    `name` says what they are: "MNIST", or what stands in for it.
    """

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    source: Path
    name: str = NAME


@dataclass(frozen=True)
class Split:
    """What to train on and what to validate on; `validation` is "test" or "held-out"."""

    train_images: np.ndarray
    train_labels: np.ndarray
    validation_images: np.ndarray
    validation_labels: np.ndarray
    validation: str


def load(*, download: bool = True) -> Mnist:
    """MNIST from the first place that has it: the path in MNIST_APP_DATA, Keras's cache, a download.

    The arrays are checked against `ARRAYS` each time.

    Args:
        download: whether to download it where it is not on this machine (11 MB, by Keras's `get_file`).

    Raises:
        Unavailable: it is in none of these places.
        Damaged: there is a file, but its arrays are not MNIST's.
    """
    source = find()
    if source is None and download:
        sources.download()
        source = find()
    if source is None:
        raise Unavailable(
            "MNIST is not on this machine",
            expected=f"the path in {PATH_VARIABLE}, or {sources.keras_caches()[0]}",
            found="neither",
            remedy=HOW_TO_GET_IT,
        )
    return of_arrays(_arrays(source), source=source)


def of_arrays(arrays: Mapping[str, np.ndarray], *, source: Path, name: str = NAME) -> Mnist:
    """The images of four arrays uint8 that are called as in `ARRAYS`; these become read-only."""
    train_images, test_images = (_read_only(arrays[each]) for each in ("x_train", "x_test"))
    train_labels, test_labels = (_read_only(arrays[each].astype(np.int64)) for each in ("y_train", "y_test"))
    return Mnist(train_images, train_labels, test_images, test_labels, source, name)


def split(mnist: Mnist, *, held_out: int = 0) -> Split:
    """The sources' split (60,000 to train, the 10,000 test images to validate), or one for choices.

    Args:
        mnist: the images.
        held_out: how many of the last training images to validate on instead, leaving the test images alone; 10,000
            is the usual choice.

    Raises:
        InvalidInput: that would leave none to train on, or the number is negative.
    """
    images, labels = mnist.train_images, mnist.train_labels
    if not 0 <= held_out < len(images):
        raise InvalidInput(
            "That many training images cannot be held out",
            expected=f"0 to {len(images) - 1}",
            found=str(held_out),
            remedy="10000 is the usual choice.",
        )
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


def _arrays(source: Path) -> dict[str, np.ndarray]:
    """The verified arrays: mapped copies where they can be kept, else in this process's own memory."""
    folder = copies.folder_for(sources.fingerprint(source))
    mapped = copies.open_copies(folder, ARRAYS, verify=verify)
    if mapped is None:
        arrays = sources.read(source)
        verify(arrays, source)
        copies.keep_copies(arrays, folder)
        mapped = copies.open_copies(folder, ARRAYS, verify=verify) or arrays
    return mapped


def _read_only(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array
