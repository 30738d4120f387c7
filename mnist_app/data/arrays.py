"""The digits as arrays: how they are split, and uncompressed copies that every process maps into memory."""

import contextlib
import io
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnist_app.evaluation.results import MNIST
from mnist_app.store import files

CACHE_VARIABLE = "MNIST_APP_CACHE"

_NAMES = ("x_train", "y_train", "x_test", "y_test")
_HELD_OUT = 10_000


@dataclass(frozen=True)
class Mnist:
    """Digits, read-only: images uint8 (n, 28, 28), labels int64 (n,); `name` is "MNIST" or "generated digits"."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    name: str = MNIST


@dataclass(frozen=True)
class Split:
    """What to train on and what to validate on."""

    train_images: np.ndarray
    train_labels: np.ndarray
    validation_images: np.ndarray
    validation_labels: np.ndarray


def split(mnist: Mnist, *, validation: str = "test") -> Split:
    """Validate on the 10,000 test images, as the sources do, or on the last 10,000 training images ("held-out")."""
    images, labels = mnist.train_images, mnist.train_labels
    if validation == "test":
        return Split(images, labels, mnist.test_images, mnist.test_labels)
    return Split(images[:-_HELD_OUT], labels[:-_HELD_OUT], images[-_HELD_OUT:], labels[-_HELD_OUT:])


def as_images(raw: np.ndarray) -> np.ndarray:
    """Images uint8 (n, 28, 28) in 0 … 255 become float32 (n, 28, 28, 1) in [0, 1]."""
    return np.divide(raw, np.float32(255), dtype=np.float32)[..., np.newaxis]


def of_arrays(arrays: Mapping[str, np.ndarray], *, name: str = MNIST) -> Mnist:
    """The digits of four arrays uint8 under the names of `ARRAYS`; these become read-only."""
    ordered = [arrays[name] if name.startswith("x") else arrays[name].astype(np.int64) for name in _NAMES]
    for array in ordered:
        array.flags.writeable = False
    return Mnist(*ordered, name)


def load_or_make(fingerprint: str, make: Callable[[], Mapping[str, np.ndarray]]) -> Mapping[str, np.ndarray]:
    """The copies of that fingerprint, read-only, made where they are missing; in memory where none can be written."""
    home = os.environ.get(CACHE_VARIABLE) or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "mnist_app")
    folder = Path(home).expanduser() / fingerprint
    with contextlib.suppress(OSError, ValueError, EOFError):
        return _mapped(folder)
    arrays = make()
    with contextlib.suppress(OSError, ValueError, EOFError):
        folder.mkdir(parents=True, exist_ok=True)
        for name, array in arrays.items():
            content = io.BytesIO()
            np.save(content, array)
            files.write(folder / f"{name}.npy", content.getvalue(), flush=False)
        return _mapped(folder)
    return arrays


def _mapped(folder: Path) -> dict[str, np.ndarray]:
    return {name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in _NAMES}
