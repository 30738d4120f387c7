"""Saving a model: written into a folder of its own, flushed to the disk, then put in place by one rename."""

import contextlib
import errno
import itertools
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mnist_app.evaluation.results import History, Proportion
from mnist_app.recipes import Recipe
from mnist_app.store import files, models
from mnist_app.store.cards import Card, name_of, now, versions
from mnist_app.store.folders import own_folder, raising_cannot_write
from mnist_app.store.stored_model import CARD_FILE, HISTORY_FILE, checksum_of

_A_DAY = 24 * 3600


@dataclass
class Draft:
    """A model being saved: a folder to write the weights into, then `finish`."""

    recipe: Recipe
    seed: int
    folder: Path
    stopped: int | None = None
    card: Card | None = None

    def finish(
        self, *, history: History, parameters: int, seconds: float, data: str, test: Proportion | None
    ) -> Card:  # fmt: skip
        """Write history and card; the card holds the checksum of every file that is in the folder by now."""
        (self.folder / HISTORY_FILE).write_bytes(files.encode(history))
        self.card = Card(
            recipe=self.recipe,
            seed=self.seed,
            parameters=parameters,
            seconds=round(seconds, 1),
            data=data,
            test=test,
            finished=now(),
            versions=versions(),
            files={path.name: checksum_of(path) for path in sorted(self.folder.iterdir())},
            stopped=self.stopped,
        )
        (self.folder / CARD_FILE).write_bytes(files.encode(self.card, indent=1))
        return self.card


@contextlib.contextmanager
def saving(recipe: Recipe, *, seed: int, stopped: int | None = None) -> Iterator[Draft]:
    """A draft whose folder becomes the model when the block ends; on any error nothing is left. Raises CannotWrite.

    Whoever saves writes the weights into `draft.folder` and calls `draft.finish(…)`. A process killed at any moment
    leaves the old model or the new one. A user's name for the old one goes with it. `stopped` is as in Card.
    """
    home = own_folder()
    folder = home / f"{files.PARTIAL}{name_of(recipe, seed, stopped)}-{secrets.token_hex(4)}"
    with raising_cannot_write():
        try:
            home.mkdir(parents=True, exist_ok=True)
            _sweep(home)
            folder.mkdir()
            draft = Draft(recipe, seed, folder, stopped)
            yield draft
            for path in (*folder.iterdir(), folder):
                files.flush_to_disk(path)
            _put_in_place(folder, home, draft.card.name)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _put_in_place(folder: Path, home: Path, name: str) -> None:
    """Rename a finished folder to the next version of the model: to a name that no folder has."""
    older = [models.name_and_version(path)[1] for path in models.find([home]).get(name, [])]
    for version in itertools.count(max(older, default=0) + 1):
        try:
            folder.rename(home / (name if version == 1 else f"{name}.v{version}"))
            break
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):  # else another process took that version just now
                raise
    files.flush_to_disk(home)


def _sweep(home: Path) -> None:
    """Remove drafts of killed processes, and older versions: after a day nobody writes or reads them any more."""
    unused = [(path, path) for path in home.glob(f"{files.PARTIAL}*")]
    for versions_found in models.find([home]).values():
        unused += [(older, newer) for newer, older in itertools.pairwise(versions_found)]
    for path, unused_since in unused:
        with contextlib.suppress(OSError):
            if time.time() - unused_since.stat().st_mtime > _A_DAY:
                shutil.rmtree(path, ignore_errors=True)
