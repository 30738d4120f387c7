"""How a network's first layer came to be: its kernels before the training and after each epoch, in one npz file."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnist_app import Damaged
from mnist_app.store import files

FIRST_LAYER_FILE = "first_layer.npz"

_LARGEST = float(np.finfo(np.float16).max)


@dataclass(frozen=True, eq=False)
class FirstLayer:
    """Snapshots of the first layer's weights while it was trained.

    Attributes:
        epochs: after how many epochs each snapshot was taken, rising; 0 is before the training.
        kernels: float32 (snapshots, units, rows, columns): the weights that each unit gives to the image's pixels, or
            those of the convolution's window.
    """

    epochs: tuple[int, ...]
    kernels: np.ndarray


def write_first_layer(path: Path, first_layer: FirstLayer) -> None:
    """Write the snapshots with half precision, in place of an older file. Raises OSError.

    Weights out of its range, as they occur before a loss that is no number, are written as its largest number.
    """
    kernels = np.nan_to_num(first_layer.kernels).clip(-_LARGEST, _LARGEST).astype(np.float16)
    files.write_arrays(path, epochs=np.array(first_layer.epochs, np.int32), kernels=kernels)


def read_first_layer(path: Path) -> FirstLayer:
    """The snapshots in that file, read-only. Raises Damaged."""
    arrays = files.read_arrays(path)
    epochs, kernels = (arrays.get(name, np.empty(0)) for name in ("epochs", "kernels"))
    if kernels.ndim != 4 or epochs.shape != kernels.shape[:1]:
        raise Damaged(f"{path.name} holds no first layer", found=f"shapes {epochs.shape} and {kernels.shape}")
    kernels = kernels.astype(np.float32)
    kernels.flags.writeable = False
    return FirstLayer(tuple(epochs.tolist()), kernels)
