"""What MNIST is, to the byte; where it may lie on this machine; its download; and how its two file formats are read."""

import contextlib
import gzip
import hashlib
import http.client
import io
import os
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from mnist_app import Damaged, Unavailable
from mnist_app.store import files

PATH_VARIABLE = "MNIST_APP_DATA"
ONLY_GENERATED = "generated"
"""The value of that variable that asks for generated digits, also where MNIST is on the machine."""
ARRAYS = {
    "x_train": ((60_000, 28, 28), "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757"),
    "y_train": ((60_000,), "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13"),
    "x_test": ((10_000, 28, 28), "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161"),
    "y_test": ((10_000,), "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5"),
}
"""Shape and SHA-256 of the raw bytes of each array, uint8, under the names of Keras's mnist.npz."""
HOW_TO_GET_IT = (
    f"Set {PATH_VARIABLE} to Keras's mnist.npz or a folder with the four IDX files, or run "
    "`python -m mnist_app download` where there is a network."
)
OFFLINE_VARIABLE = "MNIST_APP_OFFLINE"  # set to 1, it forbids every download
ADDRESS_VARIABLE = "MNIST_APP_ADDRESS"  # names another address of an mnist.npz, as that of a computer in the classroom
DOWNLOAD_ADDRESS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"

_ANSWER_LIMIT = 5  # seconds for the address to answer at all
_STALL_LIMIT = 30  # seconds between two parts of the download
_KERAS_FALLBACK = Path("/tmp/.keras")  # where Keras keeps its files when the home is not writable
_IDX_NAMES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}


def find() -> Path | None:
    """The file or folder with MNIST: the path in MNIST_APP_DATA, else Keras's cache; None where only a download helps.

    Raises Unavailable when MNIST_APP_DATA names a path that does not exist, or asks for generated digits.
    """
    named = os.environ.get(PATH_VARIABLE)
    if not named:
        return next((path for path in _keras_caches() if path.exists()), None)
    path = Path(named).expanduser()
    if named == ONLY_GENERATED or not path.exists():
        asks = named == ONLY_GENERATED
        raise Unavailable(
            "MNIST is left aside" if asks else f"The path in {PATH_VARIABLE} does not exist",
            found=f"{PATH_VARIABLE}={named}",
            remedy=f"{'U' if asks else 'Correct the path, or u'}nset the variable to use Keras's cache or a download.",
        )
    return path


def offline() -> bool:
    """Whether MNIST_APP_OFFLINE forbids downloads."""
    return os.environ.get(OFFLINE_VARIABLE, "0") not in ("", "0")


def reachable() -> bool:
    """Whether the download's address answers within 5 s."""
    answered = threading.Event()

    def ask() -> None:
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
            request = urllib.request.Request(_address(), method="HEAD")
            with urllib.request.urlopen(request, timeout=_ANSWER_LIMIT):
                answered.set()

    if offline():
        return False
    thread = threading.Thread(target=ask, daemon=True)  # because looking up a name has no time limit of its own
    thread.start()
    thread.join(_ANSWER_LIMIT)
    return answered.is_set()


def download(*, on_progress: Callable[[float], None] = lambda share: None) -> Path:
    """MNIST's file in Keras's cache, downloaded at need: what an earlier try left there is completed.

    `on_progress` takes a share in (0, 1]. Raises Unavailable.
    """
    for path in _keras_caches():
        with contextlib.suppress(Unavailable, Damaged):
            read(path)
            return path
    try:
        if offline():
            raise ValueError(f"{OFFLINE_VARIABLE}={os.environ[OFFLINE_VARIABLE]}, which forbids it")
        path = next(filter(_is_writable, _keras_caches()), _KERAS_FALLBACK)
        part = path.with_name(f"{path.name}.part")
        content = _complete(part, on_progress)
        part.unlink(missing_ok=True)
        try:
            read(io.BytesIO(content))
        except Damaged as error:
            raise ValueError(f"{len(content):,} other bytes") from error
        files.write(path, content, flush=False)
        return path
    except (OSError, ValueError, http.client.HTTPException) as error:
        if getattr(error, "code", None) == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.unlink(missing_ok=True)  # it is of another, longer file
        raise Unavailable(
            "MNIST could not be downloaded",
            expected=f"an answer from {_address()}, and room for it",
            found=str(error) or type(error).__name__,
            remedy=HOW_TO_GET_IT,
        ) from error


def _is_writable(path: Path) -> bool:
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
    return os.access(path.parent, os.W_OK)


def _complete(part: Path, on_progress: Callable[[float], None]) -> bytes:
    """The bytes in that file and those that it lacks, which are written there as they come.

    Two processes may do so at once: both write the same bytes to the same places.
    """
    part.touch()
    with part.open("r+b") as file:
        content = bytearray(file.read())
        wanted = {"Range": f"bytes={len(content)}-"} if content else {}
        request = urllib.request.Request(_address(), headers=wanted)
        with urllib.request.urlopen(request, timeout=_STALL_LIMIT) as answer:
            if answer.status != http.client.PARTIAL_CONTENT:
                content.clear()
            whole = len(content) + int(answer.headers.get("Content-Length", 0))
            file.seek(len(content))
            while received := answer.read(1 << 18):
                file.write(received)
                content += received
                on_progress(len(content) / max(whole, len(content)))
    if len(content) < whole:
        raise ValueError(f"{len(content):,} of {whole:,} bytes; the next try goes on there")
    return bytes(content)


def _address() -> str:
    return os.environ.get(ADDRESS_VARIABLE) or DOWNLOAD_ADDRESS


def fingerprint(source: Path) -> str:
    """Sixteen hex digits over the bytes of the file, or of the four IDX files. Raises as `read` does."""
    with _reading(source):
        files = map(_idx_file, [source] * 4, _IDX_NAMES.values()) if source.is_dir() else [source]
        return hashlib.sha256(b"".join(hashlib.sha256(path.read_bytes()).digest() for path in files)).hexdigest()[:16]


def read(source: Path | BinaryIO) -> dict[str, np.ndarray]:
    """MNIST's four arrays. Raises Unavailable when a file is missing or may not be read, Damaged when it is another."""
    with _reading(source):
        if isinstance(source, Path) and source.is_dir():
            arrays = {name: _read_idx(_idx_file(source, stem), ARRAYS[name][0]) for name, stem in _IDX_NAMES.items()}
        else:
            with np.load(source, allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in ARRAYS}
        for name, (shape, checksum) in ARRAYS.items():
            array = arrays[name]
            expected, found = f"uint8 {shape} of SHA-256 {checksum}", f"{array.dtype} {array.shape}"
            found += f" of SHA-256 {hashlib.sha256(np.ascontiguousarray(array)).hexdigest()}"
            if found != expected:
                raise ValueError(f"array {name}: {found} instead of {expected}")
    return arrays


@contextlib.contextmanager
def _reading(source: Path | BinaryIO):
    """What a missing or wrong file makes the readers raise becomes one of the library's errors."""
    try:
        yield
    except (FileNotFoundError, PermissionError) as error:
        raise Unavailable(f"{source} cannot be read", found=str(error), remedy=HOW_TO_GET_IT) from error
    except Exception as error:  # of a damaged file, zip, npy and gzip readers make errors of a dozen kinds
        raise Damaged(
            f"{source} cannot be read as MNIST",
            expected="Keras's mnist.npz or a folder with the four IDX files, whole",
            found=str(error) or type(error).__name__,
            remedy=f"It may be truncated: delete it and get it again. {HOW_TO_GET_IT}",
        ) from error


def _idx_file(folder: Path, stem: str) -> Path:
    names = [name + end for name in (stem, stem.replace("-idx", ".idx")) for end in ("", ".gz")]
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f"an IDX file is missing: {' or '.join(names[:2])}")


def _read_idx(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """An IDX file of unsigned bytes: four bytes, four for the length of each axis, then the content."""
    with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
        return np.frombuffer(file.read(), np.uint8, offset=4 + 4 * len(shape)).reshape(shape)


def _keras_caches() -> tuple[Path, Path]:
    """Where Keras keeps a downloaded mnist.npz: in its home, or, where that is not writable, in /tmp."""
    home = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()
    return home / "datasets" / "mnist.npz", _KERAS_FALLBACK / "datasets" / "mnist.npz"
