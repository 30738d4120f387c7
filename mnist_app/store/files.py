"""Files put in place whole, and checked when they are read: JSON by the types of its values, and arrays (npz)."""

import contextlib
import io
import os
import secrets
import shutil
import time
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np

from mnist_app import Damaged

T = TypeVar("T")

PARTIAL = ".partial-"  # begins the names of files and folders that are being written

_A_DAY = 24 * 3600
_WIDER = {np.dtype(np.float16): np.float32}


def write(path: Path, content: bytes, *, flush: bool = True) -> None:
    """Replace a file by a rename, whole; with `flush` it outlasts a loss of power. Raises OSError."""
    partial = path.with_name(f"{PARTIAL}{secrets.token_hex(4)}")
    try:
        partial.write_bytes(content)
        if flush:
            flush_to_disk(partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def sweep(home: Path) -> None:
    """Remove what killed processes were writing, at any depth: after a day nobody goes on with it."""
    for folder, folders, names in os.walk(home):
        for path in (Path(folder, name) for name in (*folders, *names) if name.startswith(PARTIAL)):
            if is_old(path):
                shutil.rmtree(path, ignore_errors=True)
                with contextlib.suppress(OSError):
                    path.unlink()


def is_old(path: Path) -> bool:
    """Whether a file or folder is there and has not changed for a day."""
    with contextlib.suppress(OSError):
        return time.time() - path.stat().st_mtime > _A_DAY
    return False


def flush_to_disk(path: Path) -> None:
    """So that a rename never arrives there before the content. Raises OSError."""
    if path.is_dir() and os.name == "nt":
        return  # Windows opens no folders
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def encode(value: object, *, indent: int = 0) -> bytes:
    """The value as JSON: one short line, or one line a value where `indent` is above 0."""
    content = msgspec.json.encode(value)
    return (msgspec.json.format(content, indent=indent) if indent else content) + b"\n"


def read(path: Path, type: type[T]) -> T:
    """What `encode` wrote, with the types and limits that `type` declares. Raises Damaged."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=type)
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(path, error) from error


def write_arrays(path: Path, **arrays: np.ndarray) -> None:
    """Put an npz file in place. Raises OSError."""
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    write(path, content.getvalue())


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """What `write_arrays` wrote, read-only; half precision comes as float32. Raises Damaged."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            arrays = {name: array.astype(_WIDER.get(array.dtype, array.dtype)) for name, array in stored.items()}
    except Exception as error:  # of a damaged file zipfile, zlib and NumPy's parser raise about ten kinds
        raise _damaged(path, error) from error
    for array in arrays.values():
        array.flags.writeable = False
    return arrays


def _damaged(path: Path, error: Exception) -> Damaged:
    return Damaged(f"{path.name} is missing or damaged", found=f"{error or type(error).__name__!s:.300}")
