"""Where MNIST may lie on this machine, how it is downloaded, and how its two file formats are read."""

import contextlib
import gzip
import hashlib
import http.client
import os
import struct
import subprocess
import sys
import threading
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mnist_app import Damaged, ExplorerError, Unavailable
from mnist_app.data.arrays import ARRAYS, FORMS, HOW_TO_GET_IT, ONLY_GENERATED, PATH_VARIABLE

DOWNLOAD_ADDRESS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
DOWNLOAD_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"

_IDX_NAMES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
_KERAS_FALLBACK = Path("/tmp/.keras")  # where Keras keeps its files when the home is not writable
_DOWNLOAD_LIMIT = 900  # seconds, for 11 MB
_ANSWER_LIMIT = 5  # seconds for the address to answer at all
_LARGEST = 64 << 20  # bytes of an IDX file, so that a wrong gz file cannot fill the memory


def find() -> Path | None:
    """The file or folder that `load` would read, or None where only a download could help.

    Raises Unavailable when MNIST_APP_DATA names a path that does not exist, or asks for generated digits.
    """
    if named := os.environ.get(PATH_VARIABLE):
        if named == ONLY_GENERATED:
            raise Unavailable(
                "MNIST is left aside",
                expected=FORMS,
                found=f"{PATH_VARIABLE}={named}, which asks for generated digits",
                remedy="Unset the variable to use Keras's cache or a download.",
            )
        path = Path(named).expanduser()
        if not path.exists():
            raise Unavailable(
                f"The path in {PATH_VARIABLE} does not exist",
                expected=FORMS,
                found=str(path),
                remedy="Correct the path, or unset the variable to use Keras's cache or a download.",
            )
        return path
    return next((path for path in keras_caches() if path.exists()), None)


def keras_caches() -> tuple[Path, Path]:
    """Where Keras keeps a downloaded mnist.npz: in its home, or, where that is not writable, in /tmp."""
    home = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()
    return tuple(folder / "datasets" / "mnist.npz" for folder in (home, _KERAS_FALLBACK))


def reachable() -> bool:
    """Whether the download's address answers within 5 s: Keras itself would try for minutes where nothing does."""
    answered, ended = threading.Event(), threading.Event()

    def ask() -> None:
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
            request = urllib.request.Request(DOWNLOAD_ADDRESS, method="HEAD")
            with urllib.request.urlopen(request, timeout=_ANSWER_LIMIT):
                answered.set()
        ended.set()

    threading.Thread(target=ask, daemon=True).start()  # looking up a name has no time limit of its own
    ended.wait(_ANSWER_LIMIT)
    return answered.is_set()


def download() -> None:
    """Into Keras's cache, in a process of its own: Keras, which downloads, must not enter the web server's process.

    Raises Unavailable with the last line that this process wrote.
    """
    command = [sys.executable, "-m", "mnist_app", "download"]
    package = Path(__file__).resolve().parents[2]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=package, timeout=_DOWNLOAD_LIMIT
        )
        if done.returncode == 0:
            return
        reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        if reason.startswith("error: "):  # the command's own sentence says what was expected, found, and what to do
            raise Unavailable(reason.removeprefix("error: "))
    except subprocess.TimeoutExpired:
        reason = f"no end after {_DOWNLOAD_LIMIT // 60} minutes"
    except OSError as error:
        reason = error.strerror or str(error)
    raise Unavailable(
        "MNIST could not be downloaded",
        expected=f"an answer from {DOWNLOAD_ADDRESS}",
        found=reason,
        remedy=HOW_TO_GET_IT,
    )


def fingerprint(source: Path) -> str:
    """Sixteen hex digits over the bytes of the file, or of the four IDX files. Raises as `read` does."""
    digest = hashlib.sha256()
    with _reading(source):
        for path in _idx_files(source).values() if source.is_dir() else [source]:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]


def read(source: Path) -> dict[str, np.ndarray]:
    """The four arrays as they are in an npz file or a folder of IDX files; they are yet to be verified.

    Raises Unavailable when a file is missing or may not be read, Damaged when it is damaged or of another kind.
    """
    with _reading(source):
        if source.is_dir():
            return {name: _read_idx(path) for name, path in _idx_files(source).items()}
        if not zipfile.is_zipfile(source):
            raise ValueError(f"a file of {source.stat().st_size} bytes that is no npz archive, or not all of one")
        with np.load(source, allow_pickle=False) as archive:
            if missing := [name for name in ARRAYS if name not in archive]:
                raise ValueError(f"an archive without {', '.join(missing)}")
            return {name: archive[name] for name in ARRAYS}


@contextlib.contextmanager
def _reading(source: Path) -> Iterator[None]:
    """What a missing or wrong file makes the readers raise becomes a named error."""
    try:
        yield
    except ExplorerError:
        raise
    except (FileNotFoundError, PermissionError) as error:
        raise Unavailable(f"{source} cannot be read", found=str(error), remedy=HOW_TO_GET_IT) from error
    except Exception as error:  # of a damaged file, zip, npy and gzip readers make errors of a dozen kinds
        raise Damaged(
            f"{source} cannot be read as MNIST",
            expected=f"{FORMS}, whole",
            found=str(error) or type(error).__name__,
            remedy=f"It may be truncated: delete it and get it again. {HOW_TO_GET_IT}",
        ) from error


def _idx_files(folder: Path) -> dict[str, Path]:
    return {name: _idx_file(folder, stem) for name, stem in _IDX_NAMES.items()}


def _idx_file(folder: Path, stem: str) -> Path:
    dotted = stem.replace("-idx", ".idx")
    names = [stem, f"{stem}.gz", dotted, f"{dotted}.gz"]
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise Unavailable(
        f"An IDX file is missing in {folder}",
        expected=" or ".join(names[:2]),
        found=", ".join(sorted(path.name for path in folder.iterdir())[:8]) or "an empty folder",
        remedy=HOW_TO_GET_IT,
    )


def _read_idx(path: Path) -> np.ndarray:
    """An IDX file of unsigned bytes: two zeros, type 8, the number of axes, their lengths, then the bytes."""
    with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
        content = file.read(_LARGEST)
    zeros, kind, axes = struct.unpack_from(">HBB", content)
    if zeros or kind != 8 or axes not in (1, 3):
        raise ValueError(f"{path.name} does not begin as an IDX file of bytes does")
    shape = struct.unpack_from(f">{axes}I", content, 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)
