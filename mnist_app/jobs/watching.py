"""What is seen of a training while it runs: its log, its first layer, and what it makes of people's drawings."""

import contextlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from mnist_app import Busy, store
from mnist_app.jobs import records
from mnist_app.store import files

MOST_VIEWERS = 64
"""People whose drawings one training classifies."""

Guesses = tuple[tuple[int, tuple[float, ...]], ...]
"""Batch and ten probabilities, each time that a drawing was classified, oldest first."""

_LOG_LENGTH = 20_000
_DRAWINGS, _GUESSES = "drawings", "guesses.json"
_SHAPE = (28, 28)


def log(id: str) -> str:
    """The last 20,000 characters of what the trainer wrote. Raises NotFound."""
    records.read(id)
    with contextlib.suppress(OSError):
        content = (records.folder_of(id) / records.LOG).read_bytes()[-4 * _LOG_LENGTH :]
        return content.decode("utf-8", "replace")[-_LOG_LENGTH:]
    return ""


def show_drawing(id: str, *, viewer: str, image: np.ndarray) -> None:
    """Have a drawing classified by the network while it learns; a viewer's new drawing takes the place of the old.

    Args:
        id: of the job.
        viewer: random text of a browser's session.
        image: float32 (28, 28, 1) in [0, 1].

    Raises:
        NotFound: there is no such job.
        Busy: 64 others have their drawings shown.
        Unavailable: the disk is full.
    """
    records.read(id)
    path = _drawings(id) / viewer
    content = np.round(image * 255).astype(np.uint8).tobytes()
    with records.writing():
        path.parent.mkdir(exist_ok=True)
        if path.exists() and path.read_bytes() == content:
            return
        if not path.exists() and len(list(path.parent.iterdir())) >= MOST_VIEWERS:
            raise Busy(
                "This training is shown too many drawings already", expected=f"at most {MOST_VIEWERS}", found="more"
            )
        files.write(path, content, flush=False)


def drawings(id: str) -> dict[str, np.ndarray]:
    """The drawings that a training is shown, by viewer: uint8 (28, 28)."""
    found = {}
    for path in sorted(_drawings(id).glob("[!.]*")):
        with contextlib.suppress(OSError, ValueError):
            found[path.name] = np.frombuffer(path.read_bytes(), np.uint8).reshape(_SHAPE)
    return found


def guesses(id: str, *, viewer: str) -> Guesses:
    """What the network made of a viewer's drawing; batches count from the start of training. Raises NotFound."""
    records.read(id)
    found = records.read_file(records.folder_of(id) / _GUESSES, dict[str, Guesses]) or {}
    return found.get(viewer, ())


def write_guesses(id: str, found: Mapping[str, list]) -> None:
    """The guesses of each viewer's drawing."""
    records.write_file(records.folder_of(id) / _GUESSES, found)


def first_layer(id: str) -> store.FirstLayer | None:
    """What the first layer has learned so far; None before its first epoch, and of a sweep.

    Raises NotFound, or Damaged when the file is damaged.
    """
    records.read(id)
    path = first_layer_file(id)
    return store.FirstLayer.read(path) if path.exists() else None


def first_layer_file(id: str) -> Path:
    """Where a training puts the pictures of its first layer."""
    return records.folder_of(id) / store.FIRST_LAYER_FILE


def _drawings(id: str) -> Path:
    return records.folder_of(id) / _DRAWINGS
