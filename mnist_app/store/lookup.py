"""Which folder holds the model of a name, also while models are being replaced."""

import contextlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from mnist_app import Damaged
from mnist_app.store import drafts, folders
from mnist_app.store.folders import StoredModel

_TRIES = 50  # a model may be replaced while it is read; then it is read again


def find(homes: Iterable[Path]) -> dict[str, list[Path]]:
    """The folders that may hold the model of a name, the one to use first: those of the first home before the others.

    A model that was being replaced when its process was killed counts under its name, after one that is in place.
    """
    found: dict[str, list[Path]] = {}
    for home in homes:
        with contextlib.suppress(OSError):
            inside = sorted(home.iterdir())
            for path in filter(folders.is_model, inside):
                found.setdefault(path.name, []).append(path)
            for path in inside:
                if name := drafts.replaced_name(path):
                    found.setdefault(name, []).append(path)
    return found


def first_whole(name: str, homes: Sequence[Path]) -> tuple[StoredModel | None, Damaged | None]:
    """The model of that name from the first folder that has it whole, and what is wrong with the very first folder."""
    for _ in range(_TRIES):
        places = find(homes).get(name, [])
        before = [_stamp(path) for path in places]
        model, errors = None, []
        for folder in places:
            try:
                model = folders.read(name, folder)
                break
            except Damaged as error:
                errors.append(error)
        now = find(homes).get(name, [])
        if (model and not errors) or (now == places and [_stamp(path) for path in now] == before):
            break
    return model, errors[0] if errors else None


def _stamp(folder: Path) -> tuple[int, int]:
    with contextlib.suppress(OSError):
        about = folder.stat()
        return about.st_ino, about.st_mtime_ns
    return (0, 0)
