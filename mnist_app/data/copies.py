"""Uncompressed copies of the arrays that every process maps into memory: a second one costs no second copy."""

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np

CACHE_VARIABLE = "MNIST_APP_CACHE"
Verify = Callable[[Mapping[str, np.ndarray], Path], None]
"""Raises for arrays by name, read from that folder, that are not those that were kept."""

_PARTIAL = ".partial-"
_AN_HOUR = 3600


def folder_for(fingerprint: str) -> Path:
    """Where the copies of a source of that fingerprint are kept; other content has another place."""
    home = os.environ.get(CACHE_VARIABLE) or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "mnist_app")
    return Path(home).expanduser() / fingerprint


def open_copies(folder: Path, names: Iterable[str], *, verify: Verify) -> dict[str, np.ndarray] | None:
    """The copies of these names, verified and mapped into memory read-only; None where one is missing or damaged."""
    try:
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in names}
        verify(arrays, folder)
    except Exception:  # what numpy makes of a damaged file; the copies are then made again
        return None
    return arrays


def keep_copies(arrays: Mapping[str, np.ndarray], folder: Path) -> None:
    """Write the copies, each whole or not at all. Where that fails (no room, no permission) there are simply none."""
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        for name, array in arrays.items():
            _write(folder / f"{name}.npy", array)


def _write(path: Path, array: np.ndarray) -> None:
    descriptor, partial = tempfile.mkstemp(dir=path.parent, prefix=_PARTIAL)
    try:
        with os.fdopen(descriptor, "wb") as file:
            np.save(file, array)
        Path(partial).replace(path)
    finally:
        Path(partial).unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Files of processes that were killed while they wrote."""
    for path in folder.glob(f"{_PARTIAL}*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _AN_HOUR:
                path.unlink()
