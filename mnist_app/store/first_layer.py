"""How a network's first layer came to be: its kernels before the training and after each epoch, in one npz file."""

import io
import itertools
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnist_app import Damaged
from mnist_app.store import files

FIRST_LAYER_FILE = "first_layer.npz"


@dataclass(frozen=True, eq=False)
class FirstLayer:
    """Snapshots of the first layer's weights while it was trained.

    Attributes:
        epochs: after how many epochs each snapshot was taken, rising; 0 is before the training.
        kernels: float32 (snapshots, units, rows, columns), finite: the weights that each unit gives to the image's
            pixels, or those of the convolution's window.

    Raises Damaged.
    """

    epochs: tuple[int, ...]
    kernels: np.ndarray

    def __post_init__(self):
        kernels, epochs = np.asarray(self.kernels), tuple(self.epochs)
        whole = bool(epochs) and all(isinstance(epoch, int | np.integer) for epoch in epochs)
        if not whole or any(low >= high for low, high in itertools.pairwise((-1, *epochs))):
            raise Damaged("These are no epochs", expected="rising whole numbers", found=f"{epochs!r:.60}")
        if kernels.ndim != 4 or len(kernels) != len(epochs) or not kernels.size or kernels.dtype.kind != "f":
            raise Damaged(
                "These are no kernels",
                expected=f"floats of shape ({len(epochs)}, units, rows, columns)",
                found=f"{kernels.dtype} of shape {kernels.shape}",
            )
        if not np.isfinite(kernels).all():
            raise Damaged("These are no kernels", expected="finite numbers", found="NaN or infinite ones")
        object.__setattr__(self, "epochs", tuple(int(epoch) for epoch in epochs))
        object.__setattr__(self, "kernels", kernels.astype(np.float32, copy=False))


def write_first_layer(path: Path, first_layer: FirstLayer) -> None:
    """Write the snapshots with half precision, in place of an older file, while others may read that one.

    Raises OSError, and Damaged when a weight is beyond ±65,504, the largest number of half precision.
    """
    with np.errstate(over="ignore"):
        kernels = first_layer.kernels.astype(np.float16)
    FirstLayer(first_layer.epochs, kernels)
    content = io.BytesIO()
    np.savez_compressed(content, epochs=np.array(first_layer.epochs, np.int32), kernels=kernels)
    with files.replacing(Path(path)) as partial:
        partial.write_bytes(content.getvalue())


def read_first_layer(path: Path) -> FirstLayer | None:
    """The snapshots in that file, read-only; None where there is no file. Raises Damaged."""
    try:
        content = io.BytesIO(Path(path).read_bytes())
        with np.load(content, allow_pickle=False) as arrays:
            epochs, kernels = arrays["epochs"], arrays["kernels"]
        read = FirstLayer(tuple(epochs.tolist()), kernels)
    except FileNotFoundError:
        return None
    except Exception as error:  # of a damaged file zipfile, zlib and NumPy's parser raise about ten kinds
        found = str(error) or type(error).__name__
        raise Damaged(f"{path} holds no first layer", found=found[:200].rstrip(".")) from error
    read.kernels.flags.writeable = False
    return read
