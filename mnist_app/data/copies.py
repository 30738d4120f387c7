"""Uncompressed copies of arrays that every process maps into memory: a second one costs no second copy."""

import contextlib
import io
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from mnist_app.store import files

CACHE_VARIABLE = "MNIST_APP_CACHE"


def folder_for(fingerprint: str) -> Path:
    """Where the copies of a source of that fingerprint are kept; other content has another place."""
    home = os.environ.get(CACHE_VARIABLE) or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "mnist_app")
    return Path(home).expanduser() / fingerprint


def load_or_make(fingerprint: str, make: Callable[[], Mapping[str, np.ndarray]]) -> Mapping[str, np.ndarray]:
    """MNIST's four arrays, mapped into memory read-only; they are made where the copies are missing or cut short.

    Where copies cannot be written (the disk is full, the folder is not writable), the arrays are in memory.
    """
    folder = folder_for(fingerprint)
    with contextlib.suppress(OSError, ValueError, EOFError):
        return _mapped(folder)
    arrays = make()
    with contextlib.suppress(OSError, ValueError, EOFError):
        for name, array in arrays.items():
            content = io.BytesIO()
            np.save(content, array)
            write(folder / f"{name}.npy", content.getvalue())
        return _mapped(folder)
    return arrays


def write(path: Path, content: bytes) -> Path:
    """Put a file in place by a rename, with the folders that it needs. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write(path, content, flush=False)
    return path


def _mapped(folder: Path) -> dict[str, np.ndarray]:
    names = ("x_train", "y_train", "x_test", "y_test")
    return {name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in names}
