"""Stored models: listed, loaded, renamed and deleted.

A model that is saved again becomes a folder of its own, NAME.v2, NAME.v3 and so on. A folder's name never gets other
content, so whoever reads a version goes on reading it while a newer one is put in place.
"""

import contextlib
import re
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from msgspec import structs

from mnist_app import Damaged, InvalidInput, NotFound, NotPossible
from mnist_app.store import files, folders
from mnist_app.store.cards import is_name
from mnist_app.store.stored_model import CARD_FILE, StoredModel, read_model

MANIFEST_FILE = "shipped.txt"
LONGEST_LABEL = 60

_VERSION = re.compile(r"(.+)\.v(\d+)")


@dataclass(frozen=True)
class Listing:
    """All models that can be used, in the order of their names, and what is wrong with the others."""

    models: tuple[StoredModel, ...]
    damaged: tuple[Damaged, ...]


def list_models() -> Listing:
    """Every model of both folders, verified. A model trained here stands before a shipped one of the same name.

    Where the one trained here is damaged, it is reported, and the shipped one takes its place.
    """
    found = [_first_whole(name, places) for name, places in sorted(find(folders.every_folder()).items())]
    return Listing(tuple(model for model, _ in found if model), tuple(error for _, error in found if error))


def load(name: str) -> StoredModel:
    """The model of that name. Raises NotFound or Damaged."""
    model, error = _first_whole(name, find(folders.every_folder()).get(name, []))
    if model is None:
        raise error or _not_trained(name)
    return model


def is_shipped(name: str) -> bool:
    """Whether that model came with the project, so that it is neither renamed nor deleted.

    Where models trained here have a folder of their own, one in it never did, whatever its name, and all others did.
    """
    homes = folders.every_folder()
    if len(homes) > 1:
        return name in find(homes[1:]) and name not in find(homes[:1])
    with contextlib.suppress(OSError):
        return name in (homes[0] / MANIFEST_FILE).read_text("utf-8").split()
    return False


def rename(name: str, label: str) -> StoredModel:
    """Give a model trained here a name to be shown by; its folder keeps its own. Returns the model as it is now.

    `label` is up to 60 printable characters in one line, space around them aside; "" takes the name away.

    Raises InvalidInput, NotFound, Damaged, NotPossible where the model came with the project, or CannotWrite.
    """
    label = label.strip()
    if len(label) > LONGEST_LABEL or not label.isprintable():
        raise InvalidInput(
            "A model cannot be called that",
            expected=f"up to {LONGEST_LABEL} printable characters in one line",
            found=f"{len(label)} characters, {ascii(label)[:LONGEST_LABEL]}",
        )
    model, error = _first_whole(name, _own(name))
    if model is None:
        raise error or _not_trained(name)
    with folders.raising_cannot_write(deed="renamed"):
        card = structs.replace(model.card, label=label)
        files.write(model.folder / CARD_FILE, files.encode(card, indent=1))
    return load(name)


def delete(name: str) -> None:
    """Delete a model trained here, damaged or not; a shipped one of its name takes its place. Raises as `rename`."""
    with folders.raising_cannot_write(deed="deleted"):
        for folder in reversed(_own(name)):  # the newest one last: an older one never takes its place
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
    return folder.is_dir() and (is_name(name_and_version(folder)[0]) or (folder / CARD_FILE).exists())


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


def _own(name: str) -> list[Path]:
    """The folders of a model that was trained here. Raises NotFound or NotPossible."""
    if is_shipped(name):
        raise NotPossible(
            f"Model {name} cannot be changed",
            expected=f"a model that was trained here, in {folders.own_folder()}",
            found="one that came with the project",
            remedy="Train the recipe with another seed: that one is yours.",
            name=name,
        )
    places = find(folders.every_folder()[:1]).get(name)
    if not places:
        raise _not_trained(name)
    return places


def _not_trained(name: str) -> NotFound:
    return NotFound(
        f"There is no trained model {name!r}",
        expected=f"one of {', '.join(sorted(find(folders.every_folder()))) or 'none'}",
        found=repr(name),
        remedy="`python -m mnist_app train KEY` trains one.",
    )
