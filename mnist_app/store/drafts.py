"""Saving a model: written into a folder of its own, flushed to the disk, then put in place by a rename."""

import contextlib
import errno
import json
import platform
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from mnist_app import CannotWrite
from mnist_app.evaluation.results import History, Proportion
from mnist_app.recipes import Recipe
from mnist_app.store import files
from mnist_app.store.cards import CARD_FILE, HISTORY_FILE, Card, checksum_of, name_of

FOLDER_VARIABLE = "MNIST_APP_MODELS"

_REPLACED = ".replaced-"
_A_DAY = 24 * 3600
_PACKAGES = ("tensorflow", "keras", "ai-edge-litert")


@dataclass
class Draft:
    """A model being saved: a folder to write the weights into, then `finish`."""

    recipe: Recipe
    seed: int
    folder: Path
    stopped: int | None = None
    card: Card | None = None

    def finish(
        self,
        *,
        history: History,
        parameters: int,
        seconds: float,
        data: str,
        test: Proportion | None,
        finished: str | None = None,
    ) -> Card:
        """Write history and card; the card holds the checksum of every file that is in the folder by now."""
        compact = json.dumps(history.to_json(), separators=(",", ":"), allow_nan=False)
        (self.folder / HISTORY_FILE).write_text(compact + "\n", "utf-8")
        self.card = Card(
            recipe=self.recipe,
            seed=self.seed,
            parameters=parameters,
            seconds=round(seconds, 1),
            data=data,
            test=test,
            finished=finished or now(),
            versions=versions(),
            files={path.name: checksum_of(path) for path in sorted(self.folder.iterdir())},
            stopped=self.stopped,
        )
        (self.folder / CARD_FILE).write_text(self.card.to_text(), "utf-8")
        return self.card


@contextlib.contextmanager
def saving(recipe: Recipe, *, seed: int, home: Path, replace: bool, stopped: int | None) -> Iterator[Draft]:
    """What `store.saving` does, for the models folder `home`."""
    folder = home / f"{files.PARTIAL}{name_of(recipe, seed, stopped)}-{secrets.token_hex(4)}"
    try:
        home.mkdir(parents=True, exist_ok=True)
        _sweep(home)
        folder.mkdir()
        draft = Draft(recipe, seed, folder, stopped)
        yield draft
        if draft.card is None:
            raise RuntimeError("a draft must be finished before its block ends")
        for path in folder.iterdir():
            files.flush(path)
        files.flush(folder)
        _put_in_place(folder, home / name_of(recipe, seed, stopped, data=draft.card.data), replace)
    except OSError as error:
        raise cannot_save(home, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def replaced_name(folder: Path) -> str | None:
    """The name of the model that stepped aside into this folder when it was being replaced, or None."""
    return folder.name.removeprefix(_REPLACED).rpartition(".")[0] if folder.name.startswith(_REPLACED) else None


def versions() -> dict[str, str]:
    """Those of Python and the packages that matter, here, by name."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[package] = metadata.version(package)
    return found


def now() -> str:
    """UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def cannot_save(home: Path, error: OSError, *, what: str = "model", deed: str = "saved") -> CannotWrite:
    """The named error for what the operating system refused."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    room = "Make room on the disk and try again."
    return CannotWrite(
        f"The {what} cannot be {deed}, and nothing was changed",
        expected=f"a writable folder {home}" + " with room in it" * full,
        found=str(error),
        remedy=room if full else f"Make it writable, or set {FOLDER_VARIABLE} to a folder that is.",
    )


@contextlib.contextmanager
def saying(home: Path, *, what: str = "model", deed: str = "saved") -> Iterator[None]:
    """What the operating system refuses within the block is raised as CannotWrite."""
    try:
        yield
    except OSError as error:
        raise cannot_save(home, error, what=what, deed=deed) from error


def _put_in_place(folder: Path, target: Path, replace: bool) -> None:
    """Rename a finished folder to its name.

    A folder cannot be renamed onto a full one: the old one steps aside first, under a name of its own, where `store`
    still finds it, and is removed once the new one stands. Where several processes do this at once, each removes only
    what had stepped aside before it saw a model in place, so that there is a whole one at any moment.
    """
    while True:
        old = target.with_name(f"{_REPLACED}{target.name}.{secrets.token_hex(4)}")
        if replace:
            with contextlib.suppress(FileNotFoundError):  # none is there, or another process has just moved it
                target.rename(old)
        try:
            folder.rename(target)
            break
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                with contextlib.suppress(OSError):
                    old.rename(target)
                raise
            if not replace:
                raise _exists(target) from error
            # another process has just saved the same model: the last one counts
    aside = [path for path in target.parent.glob(f"{_REPLACED}*") if replaced_name(path) == target.name]
    files.flush(target.parent)
    if target.exists():
        for path in aside:
            shutil.rmtree(path, ignore_errors=True)


def _sweep(home: Path) -> None:
    """Drafts of processes that were killed; a draft in use is younger than a day."""
    for path in home.glob(f"{files.PARTIAL}*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _A_DAY:
                shutil.rmtree(path, ignore_errors=True)


def _exists(target: Path) -> CannotWrite:
    return CannotWrite(
        "The model exists already", expected="no model of that name", found=str(target), remedy="Delete it first."
    )
