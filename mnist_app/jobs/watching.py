"""What is seen of a training while it runs: its log, its first layer, and what it makes of people's drawings."""

import contextlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from mnist_app import Unavailable, store
from mnist_app.jobs import records
from mnist_app.jobs.job import PERSON

MOST_VIEWERS = 64
"""People whose drawings one training classifies."""

Guesses = Mapping[str, tuple[tuple[int, tuple[float, ...]], ...]]
"""For each viewer batch and ten probabilities, each time that the drawing was classified, oldest first."""

_LOG_LENGTH = 20_000
_SHAPE = (28, 28)
_SUFFIX = ".bin"


def log(id: str) -> str:
    """The last 20,000 characters of what the trainer wrote. Raises NotFound."""
    records.read_ticket(id)
    try:
        content = (records.folder_of(id) / records.LOG).read_bytes()[-4 * _LOG_LENGTH :]
    except OSError:
        return ""
    return content.decode("utf-8", "replace")[-_LOG_LENGTH:]


def show_drawing(id: str, *, viewer: str, image: np.ndarray) -> None:
    """Have a drawing classified by the network while it learns; a viewer's new drawing takes the place of the old.

    Args:
        id: of the job.
        viewer: short random text of a browser's session.
        image: float32 (28, 28, 1) in [0, 1].

    Raises:
        NotFound: there is no such job.
        Unavailable: this is no drawing or no viewer, 64 others have theirs shown, or the disk is full.
    """
    records.read_ticket(id)
    folder = records.folder_of(id) / records.DRAWINGS
    if not isinstance(viewer, str) or not PERSON.fullmatch(viewer):
        raise Unavailable("This is no viewer", expected="8 to 32 small letters and digits", found=f"{viewer!r:.60}")
    if image.shape != (*_SHAPE, 1) or not (np.all(image >= 0) and np.all(image <= 1)):
        raise Unavailable("This is no drawing", expected="(28, 28, 1) numbers in [0, 1]", found=f"{image.shape}")
    content = np.round(image * 255).astype(np.uint8).tobytes()
    path = folder / f"{viewer}{_SUFFIX}"
    with records.writing():
        folder.mkdir(exist_ok=True)
        if path.exists() and path.read_bytes() == content:
            return
        if not path.exists() and len(list(folder.glob(f"*{_SUFFIX}"))) >= MOST_VIEWERS:
            raise Unavailable(
                "This training is shown too many drawings already", expected=f"at most {MOST_VIEWERS}", found="more"
            )
        records.write_bytes(path, content)


def drawings(id: str) -> dict[str, np.ndarray]:
    """The drawings that a training is shown, by viewer: uint8 (28, 28)."""
    found = {}
    for path in sorted((records.folder_of(id) / records.DRAWINGS).glob(f"*{_SUFFIX}")):
        with contextlib.suppress(OSError, ValueError):
            found[path.stem] = np.frombuffer(path.read_bytes(), np.uint8).reshape(_SHAPE)
    return found


def guesses(id: str, *, viewer: str) -> tuple[tuple[int, tuple[float, ...]], ...]:
    """What the network made of a viewer's drawing, each time it was classified: batch and ten probabilities.

    The batch counts from the start of training; oldest first. Raises NotFound.
    """
    records.read_ticket(id)
    return (records.read_file(records.folder_of(id) / records.GUESSES, _guesses) or {}).get(viewer, ())


def write_guesses(id: str, found: Guesses) -> None:
    """Raises OSError."""
    records.write(records.folder_of(id) / records.GUESSES, found)


def first_layer(id: str) -> store.FirstLayer | None:
    """What the first layer has learned so far; None before its first epoch, and of a sweep.

    Raises NotFound, or Damaged when the file is damaged.
    """
    records.read_ticket(id)
    path = first_layer_file(id)
    return store.read_first_layer(path) if path.exists() else None


def first_layer_file(id: str) -> Path:
    """Where a training puts the pictures of its first layer."""
    return records.folder_of(id) / store.FIRST_LAYER_FILE


def _guesses(plain: Mapping) -> Guesses:
    return {viewer: tuple((batch, tuple(row)) for batch, row in rows) for viewer, rows in plain.items()}
