"""Stored models: saved, listed, loaded, renamed and deleted.

A model is written into a folder of its own, flushed to the disk, then put in place by one rename. The next one of its
name is NAME.v2, then NAME.v3 and so on: a folder's name never gets other content, so readers go on undisturbed.
"""

import contextlib
import errno
import itertools
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from msgspec import structs

from mnist_app import Damaged, InvalidInput, NotFound, NotPossible
from mnist_app.evaluation.results import History
from mnist_app.recipes import Recipe
from mnist_app.store import files, folders
from mnist_app.store.cards import MODEL_NAME, Card, name_of, now, versions
from mnist_app.store.stored_model import CARD_FILE, HISTORY_FILE, SERVING_FILE, StoredModel, checksum_of, read_model

LONGEST_LABEL = 60

_VERSION = re.compile(r"(.+)\.v(\d+)")


@dataclass
class Draft:
    """A model being saved: a folder to write the weights into, then `finish`."""

    recipe: Recipe
    seed: int
    folder: Path
    stopped: int | None = None
    owner: str = ""
    owner_name: str = ""
    card: Card | None = None

    def finish(self, *, history: History, seconds: float, **facts: object) -> Card:
        """Write history and card, whose other facts are given; it has the checksum of every file in the folder."""
        (self.folder / HISTORY_FILE).write_bytes(files.encode(history))
        self.card = Card(
            recipe=self.recipe,
            seed=self.seed,
            seconds=round(seconds, 1),
            finished=now(),
            versions=versions(),
            files={path.name: checksum_of(path) for path in sorted(self.folder.iterdir())},
            stopped=self.stopped,
            owner=self.owner,
            owner_name=self.owner_name,
            **facts,
        )
        (self.folder / CARD_FILE).write_bytes(files.encode(self.card, indent=1))
        return self.card


@contextlib.contextmanager
def saving(recipe: Recipe, *, seed: int, stopped: int | None = None) -> Iterator[Draft]:
    """A draft whose folder becomes the model when the block ends; on any error nothing is left. Raises CannotWrite.

    Whoever saves writes the weights into `draft.folder` and calls `draft.finish(…)`. A process killed at any moment
    leaves the old model or the new one. A user's name for the old one goes with it. `stopped` is as in Card.
    """
    home = folders.own_folder()
    folder = home / f"{files.PARTIAL}{name_of(recipe, seed, stopped)}-{secrets.token_hex(4)}"
    with folders.raising_cannot_write():
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


@dataclass(frozen=True)
class Listing:
    """All models that can be used, in the order of their names, and what is wrong with the others."""

    models: tuple[StoredModel, ...]
    damaged: tuple[Damaged, ...]


def list_models() -> Listing:
    """Every model of both folders, verified; one trained here comes before a shipped one, unless it is damaged."""
    found = [_first_whole(name, places) for name, places in sorted(find(folders.every_folder()).items())]
    return Listing(tuple(model for model, _ in found if model), tuple(error for _, error in found if error))


def first(key: str, models: Iterable[StoredModel], *, file: str = SERVING_FILE) -> StoredModel | None:
    """The model of that recipe that has the file: the declared experiment before variants and shorter trainings."""
    found = (model for model in models if model.card.recipe.key == key and file in model.card.files)
    return min(found, key=lambda model: (not model.card.as_declared, model.card.seed), default=None)


def load(name: str) -> StoredModel:
    """The model of that name. Raises NotFound or Damaged."""
    places = find(folders.every_folder())
    model, error = _first_whole(name, places.get(name, []))
    if model is None:
        raise error or NotFound(
            f"There is no trained model {name!r}",
            expected=f"one of {', '.join(sorted(places)) or 'none'}",
            remedy="`python -m mnist_app train KEY` trains one.",
        )
    return model


def sizes_of_ordered() -> list[int]:
    """Bytes of each model that was ordered on the pages. Only its card is read: verifying all would take seconds."""
    sizes = []
    for folder in itertools.chain.from_iterable(find([folders.own_folder()]).values()):
        with contextlib.suppress(Damaged, OSError):  # it was deleted just now
            if files.read(folder / CARD_FILE, Card).owner:
                sizes.append(sum(path.stat().st_size for path in folder.iterdir()))
    return sizes


def rename(model: StoredModel, label: str) -> None:
    """Show a model trained here by a label of up to 60 printable characters; "" takes it away.

    Raises InvalidInput, NotPossible where the model came with the project, or CannotWrite.
    """
    label = label.strip()
    if len(label) > LONGEST_LABEL or not label.isprintable():
        raise InvalidInput(
            "A model cannot be called that",
            expected=f"up to {LONGEST_LABEL} printable characters in one line",
            found=f"{len(label)} characters, {ascii(label)[:LONGEST_LABEL]}",
        )
    _refuse_shipped(model)
    with folders.raising_cannot_write(deed="renamed"):
        card = structs.replace(model.card, label=label)
        files.write(model.folder / CARD_FILE, files.encode(card, indent=1))


def delete(model: StoredModel) -> None:
    """Delete a model trained here; a shipped one of its name takes its place. Raises NotPossible or CannotWrite."""
    _refuse_shipped(model)
    with folders.raising_cannot_write(deed="deleted"):
        home = model.folder.parent
        for folder in reversed(find([home]).get(model.name, [])):  # the newest last: an older one never takes its place
            aside = folder.with_name(f"{files.PARTIAL}{folder.name}-{secrets.token_hex(4)}")
            folder.rename(aside)
            shutil.rmtree(aside, ignore_errors=True)


def find(homes: Iterable[Path]) -> dict[str, list[Path]]:
    """The folders of each model by its name, the one to use first: of the first home, of the newest version."""
    found: dict[str, list[Path]] = {}
    for home in homes:
        inside = [(*name_and_version(path), path) for path in home.glob("[!.]*") if _is_model(path)]
        for name, _, path in sorted(inside, reverse=True):
            found.setdefault(name, []).append(path)
    return found


def name_and_version(folder: Path) -> tuple[str, int]:
    """Of a model's folder; the first version of a model has a folder of the model's name."""
    versioned = _VERSION.fullmatch(folder.name)
    return (versioned[1], int(versioned[2])) if versioned else (folder.name, 1)


def _is_model(folder: Path) -> bool:
    """Whether a folder is meant to be a model: it is named like one or holds a card."""
    return folder.is_dir() and bool(MODEL_NAME.fullmatch(name_and_version(folder)[0]) or (folder / CARD_FILE).exists())


def _first_whole(name: str, places: Iterable[Path]) -> tuple[StoredModel | None, Damaged | None]:
    """The model from the first folder that has it whole, and what is wrong with the very first one."""
    first_error = None
    for folder in places:
        try:
            return read_model(name, folder), first_error
        except Damaged as error:
            if folder.exists():  # else it was deleted just now
                first_error = first_error or error
    return None, first_error


def _refuse_shipped(model: StoredModel) -> None:
    if model.shipped:
        raise NotPossible(
            f"Model {model.name} came with the project and cannot be changed",
            remedy="Train the recipe with another seed: that one is yours.",
            name=model.name,
        )


def _put_in_place(folder: Path, home: Path, name: str) -> None:
    """Rename a finished folder to the next version of the model: to a name that no folder has."""
    older = [name_and_version(path)[1] for path in find([home]).get(name, [])]
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
    files.sweep(home)
    for versions_found in find([home]).values():
        for newer, older in itertools.pairwise(versions_found):
            if files.is_old(newer):
                shutil.rmtree(older, ignore_errors=True)
