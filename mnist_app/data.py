"""MNIST as arrays: find it, download it, verify it, split it.

Images are kept as uint8, uncompressed, in files that every process maps into memory: the web server, its sessions and
a worker share one copy. What the networks see is made from them by `as_images`.
"""

import gzip
import hashlib
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnist_app import ExplorerError

PATH_VARIABLE = "MNIST_APP_DATA"
CACHE_VARIABLE = "MNIST_APP_CACHE"
NAME = "MNIST"
DOWNLOAD_ADDRESS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
DOWNLOAD_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"

ARRAYS = {
    "x_train": ((60_000, 28, 28), "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757"),
    "y_train": ((60_000,), "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13"),
    "x_test": ((10_000, 28, 28), "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161"),
    "y_test": ((10_000,), "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5"),
}
"""Shape and SHA-256 of the raw bytes of each array, uint8, under the names of Keras's mnist.npz."""

_IDX_NAMES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
_HOW_TO_GET_IT = (
    f"Set {PATH_VARIABLE} to Keras's mnist.npz or to a folder with the four IDX files, or run "
    "`python -m mnist_app download` where there is a network."
)


class MnistUnavailable(ExplorerError):
    """MNIST is nowhere to be found."""


class NotMnist(ExplorerError):
    """There is a file, but what it holds is not MNIST."""


@dataclass(frozen=True)
class Mnist:
    """The 70,000 images, read-only: images uint8 (n, 28, 28), labels int64 (n,), and where they came from."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    source: Path


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
        MnistUnavailable: it is in none of these places.
        NotMnist: there is a file, but its arrays are not MNIST's.
    """
    source = find()
    if source is None and download:
        _download()
        source = find()
    if source is None:
        raise MnistUnavailable(
            "MNIST is not on this machine",
            expected=f"the path in {PATH_VARIABLE}, or {_keras_cache()}",
            found="neither",
            remedy=_HOW_TO_GET_IT,
        )
    copies = _copies_of(source)
    arrays = _open_copies(copies)
    if arrays is None:
        arrays = _verify(_read(source), source)
        arrays = _keep_copies(arrays, copies) or arrays
    return Mnist(
        arrays["x_train"], _as_labels(arrays["y_train"]), arrays["x_test"], _as_labels(arrays["y_test"]), source
    )


def find() -> Path | None:
    """The file or folder that `load` would read, or None where only a download could help.

    Raises MnistUnavailable when MNIST_APP_DATA names a path that does not exist.
    """
    if named := os.environ.get(PATH_VARIABLE):
        path = Path(named).expanduser()
        if not path.exists():
            raise MnistUnavailable(
                f"The path in {PATH_VARIABLE} does not exist",
                expected="Keras's mnist.npz or a folder with the four IDX files",
                found=str(path),
                remedy="Correct the path, or unset the variable to use Keras's cache or a download.",
            )
        return path
    cached = _keras_cache()
    return cached if cached.exists() else None


def split(mnist: Mnist, *, held_out: int = 0) -> Split:
    """The sources' split (60,000 to train, the 10,000 test images to validate), or one for choices.

    Args:
        mnist: the images.
        held_out: how many of the last training images to validate on instead, leaving the test images alone; 10,000
            is the usual choice.
    """
    images, labels = mnist.train_images, mnist.train_labels
    if not held_out:
        return Split(images, labels, mnist.test_images, mnist.test_labels, "test")
    kept = len(images) - held_out
    return Split(images[:kept], labels[:kept], images[kept:], labels[kept:], "held-out")


def as_images(raw: np.ndarray) -> np.ndarray:
    """Images uint8 (n, 28, 28) in 0 … 255 become float32 (n, 28, 28, 1) in [0, 1]."""
    return (raw.astype(np.float32) / np.float32(255))[..., np.newaxis]


def _as_labels(raw: np.ndarray) -> np.ndarray:
    labels = raw.astype(np.int64)
    labels.flags.writeable = False
    return labels


def _keras_cache() -> Path:
    home = os.environ.get("KERAS_HOME")
    return (Path(home) if home else Path.home() / ".keras") / "datasets" / "mnist.npz"


def _download() -> None:
    """In a process of its own, because Keras, which downloads, must not enter the web server's process."""
    command = [sys.executable, "-m", "mnist_app", "download"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise MnistUnavailable(
            "MNIST could not be downloaded", expected=DOWNLOAD_ADDRESS, found=reason[0], remedy=_HOW_TO_GET_IT
        )


def _read(source: Path) -> dict[str, np.ndarray]:
    """The four arrays as they are in an npz file or a folder of IDX files; they are yet to be verified."""
    try:
        if source.is_dir():
            return {name: _read_idx(_idx_file(source, stem)) for name, stem in _IDX_NAMES.items()}
        with np.load(source, allow_pickle=False) as archive:
            if missing := [name for name in ARRAYS if name not in archive]:
                raise NotMnist(
                    f"{source} lacks arrays",
                    expected=", ".join(ARRAYS),
                    found=f"no {', '.join(missing)}",
                    remedy=_HOW_TO_GET_IT,
                )
            return {name: archive[name] for name in ARRAYS}
    except (OSError, EOFError, ValueError, struct.error, zlib.error, zipfile.BadZipFile, TypeError) as error:
        if isinstance(error, FileNotFoundError | PermissionError):
            raise MnistUnavailable(f"{source} cannot be read", found=str(error), remedy=_HOW_TO_GET_IT) from error
        raise NotMnist(
            f"{source} cannot be read as MNIST",
            expected="Keras's mnist.npz or a folder with the four IDX files, whole",
            found=str(error) or type(error).__name__,
            remedy=f"The file may be truncated: delete it and get it again. {_HOW_TO_GET_IT}",
        ) from error


def _idx_file(folder: Path, stem: str) -> Path:
    dotted = stem.replace("-idx", ".idx")
    names = [stem, f"{stem}.gz", dotted, f"{dotted}.gz"]
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise MnistUnavailable(
        f"An IDX file is missing in {folder}",
        expected=" or ".join(names[:2]),
        found=", ".join(sorted(path.name for path in folder.iterdir())[:8]) or "an empty folder",
        remedy=_HOW_TO_GET_IT,
    )


def _read_idx(path: Path) -> np.ndarray:
    """An IDX file of unsigned bytes: two zeros, type 8, the number of axes, their lengths, then the bytes."""
    with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
        content = file.read(64 << 20)
    zeros, kind, axes = struct.unpack_from(">HBB", content)
    if zeros or kind != 8 or axes not in (1, 3):
        raise ValueError(f"{path.name} does not begin as an IDX file of bytes does")
    shape = struct.unpack_from(f">{axes}I", content, 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def _verify(arrays: dict[str, np.ndarray], source: Path) -> dict[str, np.ndarray]:
    for name, (shape, checksum) in ARRAYS.items():
        array = arrays[name]
        if array.shape != shape or array.dtype != np.uint8:
            raise NotMnist(
                f"{source}: array {name} is not MNIST's",
                expected=f"uint8 {shape}",
                found=f"{array.dtype} {array.shape}",
                remedy=_HOW_TO_GET_IT,
            )
        found = hashlib.sha256(np.ascontiguousarray(array)).hexdigest()
        if found != checksum:
            raise NotMnist(
                f"{source}: the bytes of array {name} are not MNIST's",
                expected=f"SHA-256 {checksum}",
                found=found,
                remedy=_HOW_TO_GET_IT,
            )
    return arrays


def _copies_of(source: Path) -> Path:
    """Where the uncompressed copies of this very file or folder are kept; another version has another place."""
    files = sorted(source.iterdir()) if source.is_dir() else [source]
    state = [f"{path.resolve()} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]
    name = hashlib.sha256("\n".join(state).encode()).hexdigest()[:16]
    home = os.environ.get(CACHE_VARIABLE) or Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"), "mnist_app")
    return Path(home) / name


def _open_copies(folder: Path) -> dict[str, np.ndarray] | None:
    """The copies, mapped into memory; None where there are none or they are damaged: they are then made again."""
    try:
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in ARRAYS}
        return _verify(arrays, folder)
    except (OSError, ValueError, EOFError, NotMnist):
        return None


def _keep_copies(arrays: dict[str, np.ndarray], folder: Path) -> dict[str, np.ndarray] | None:
    """Write the copies, all or none, and map them; None where the disk is full or may not be written."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".partial-") as partial:
            for name, array in arrays.items():
                np.save(Path(partial, f"{name}.npy"), array)
            if folder.exists():
                shutil.rmtree(folder)
            Path(partial).rename(folder)
            Path(partial).mkdir()  # for the context manager to remove
    except OSError:
        pass  # another process may have been first, or there is no room: the first case opens, the second does not
    return _open_copies(folder)
