"""What may be done to a stored model: giving it another name, and deleting it. Shipped ones are left alone."""

import contextlib
import dataclasses
import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path

from mnist_app.store import files
from mnist_app.store.cards import CARD_FILE
from mnist_app.store.folders import StoredModel

MANIFEST_FILE = "shipped.txt"


def read_manifest(home: Path) -> frozenset[str]:
    """The names of the models that came with the project; none where there is no list."""
    with contextlib.suppress(OSError):
        return frozenset((home / MANIFEST_FILE).read_text("utf-8", errors="replace").split())
    return frozenset()


def relabel(model: StoredModel, label: str) -> None:
    """Write the card with that label, which is checked before, in place of the old one. Raises OSError."""
    card = dataclasses.replace(model.card, label=label)
    # beside the card, so that a model that is replaced meanwhile never gets the card of another
    with files.replacing(model.folder / CARD_FILE) as partial:
        partial.write_text(card.to_text(), "utf-8")


def remove(folders: Iterable[Path]) -> None:
    """Delete the folders of one model: each goes aside at once by a rename, then its content. Raises OSError."""
    for folder in folders:
        aside = folder.with_name(f"{files.PARTIAL}{folder.name.lstrip('.')}-{secrets.token_hex(4)}")
        with contextlib.suppress(FileNotFoundError):  # replaced or deleted by another process just now
            folder.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)
