"""Trained models on disk: saved whole or not at all, listed, loaded and verified.

A model is a folder named by its recipe's key, the recipe's fingerprint and the seed. It holds card.json (recipe, seed,
figures, versions and the SHA-256 of every other file), history.json and, unless they are too large to ship, the
weights: model.keras for Keras and model.tflite for serving. This package imports no Keras: who saves writes those two.
"""

import contextlib
import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from mnist_app.recipes import Recipe
from mnist_app.results import NoiseCurve
from mnist_app.store import cards, curves, drafts
from mnist_app.store.cards import (
    CARD_FILE,
    CARD_FORMAT,
    HISTORY_FILE,
    KERAS_FILE,
    SERVING_FILE,
    Card,
    DamagedModel,
    NotTrained,
    StoredModel,
    name_of,
)
from mnist_app.store.drafts import FOLDER_VARIABLE, CannotSave, Draft

__all__ = [
    "CARD_FILE", "CARD_FORMAT", "FOLDER_VARIABLE", "HISTORY_FILE", "KERAS_FILE", "SERVING_FILE", "SHIPPED",
    "CannotSave", "Card", "DamagedModel", "Draft", "Listing", "NotTrained", "StoredModel",
    "list_models", "list_noise_curves", "list_seed_curves", "load", "name_of", "own_folder", "prepare_noise_curves",
    "save_noise_curve", "saving", "state",
]  # fmt: skip

SHIPPED = Path(__file__).resolve().parents[2] / "models"
_TRIES = 50  # a model may be replaced while it is read; then it is read again


@dataclass(frozen=True)
class Listing:
    """All models that can be used, in the order of their names, and what is wrong with the others."""

    models: tuple[StoredModel, ...]
    damaged: tuple[DamagedModel, ...]


def own_folder() -> Path:
    """Where what is trained here goes: MNIST_APP_MODELS, or the folder of the shipped models."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named).expanduser() if named else SHIPPED


def state() -> tuple[tuple[str, int], ...]:
    """A cheap summary of the folders' content that changes whenever a model is added, changed or removed."""
    seen = []
    for folders in _folders().values():
        for folder in folders:
            seen.append((str(folder), 0))
            with contextlib.suppress(OSError):
                seen += [(str(path), path.stat().st_mtime_ns) for path in folder.iterdir()]
    return tuple(sorted([*seen, *curves.stamps(_homes())]))


def list_models() -> Listing:
    """Every model of both folders, verified. A model trained here stands before a shipped one of the same name.

    Where the one trained here is damaged, it is reported, and the shipped one takes its place.
    """
    names = _folders().keys() | _folders().keys()  # one look may miss a folder that is being renamed
    found = [_first_whole(name) for name in sorted(names)]
    return Listing(tuple(model for model, _ in found if model), tuple(error for _, error in found if error))


def load(name: str) -> StoredModel:
    """The model of that folder name. Raises NotTrained or DamagedModel."""
    model, error = _first_whole(name)
    if model is None:
        raise error or NotTrained(
            f"There is no trained model {name!r}",
            expected=f"one of {', '.join(sorted(_folders())) or 'none'}",
            found=repr(name),
            remedy="`python -m mnist_app train KEY` trains one.",
        )
    return model


def saving(recipe: Recipe, *, seed: int, replace: bool = True) -> AbstractContextManager[Draft]:
    """A draft whose folder becomes the model when the block ends, by a rename; on any error nothing is left.

    Whoever saves writes the weights into `draft.folder` and calls `draft.finish(…)`. A process killed at any moment
    leaves the old model or the new one.

    Raises:
        CannotSave: the folder is not writable, the disk is full, or the model exists and may not be replaced.
    """
    return drafts.saving(recipe, seed=seed, home=own_folder(), replace=replace)


def prepare_noise_curves() -> None:
    """Make sure that a curve can be stored, before the minutes that it takes to compute. Raises CannotSave."""
    try:
        curves.prepare(own_folder())
    except OSError as error:
        raise drafts.cannot_save(own_folder(), error, what="noise curve") from error


def save_noise_curve(curve: NoiseCurve, *, for_spread: bool = False) -> Path:
    """Store a curve beside the models trained here, in place of an older one of the same two networks.

    Args:
        curve: what to store.
        for_spread: whether it only shows how much is the seed's, and stays when its classifier is deleted.

    Raises CannotSave.
    """
    try:
        return curves.write(curve, own_folder(), curves.SEEDS if for_spread else curves.FOLDER)
    except OSError as error:
        raise drafts.cannot_save(own_folder(), error, what="noise curve") from error


def list_noise_curves() -> tuple[NoiseCurve, ...]:
    """The stored curves that were computed with the very models that are here now."""
    served = {model.card.files[SERVING_FILE] for model in list_models().models if model.served}
    found: dict[tuple[str, str], NoiseCurve] = {}
    for curve in curves.read_all(_homes(), curves.FOLDER):
        if {checksum for _, checksum in curve.files} <= served:
            found.setdefault((curve.denoiser, curve.classifier), curve)
    return tuple(found.values())


def list_seed_curves(name: str) -> tuple[NoiseCurve, ...]:
    """The curves of the recipe of that model, trained with several seeds; their models need not be here."""
    start = name.rpartition("-")[0] + "-"
    return tuple(curve for curve in curves.read_all(_homes(), curves.SEEDS) if curve.classifier.startswith(start))


def _homes() -> list[Path]:
    return list(dict.fromkeys(path.resolve() for path in (own_folder(), SHIPPED)))


def _folders() -> dict[str, list[Path]]:
    """The folders that may hold the model of a name, the one to use first: own before shipped.

    A model that was being replaced when its process was killed counts under its name, after one that is in place.
    """
    found: dict[str, list[Path]] = {}
    for home in _homes():
        with contextlib.suppress(OSError):
            inside = sorted(home.iterdir())
            for path in filter(cards.is_model, inside):
                found.setdefault(path.name, []).append(path)
            for path in inside:
                if name := drafts.replaced_name(path):
                    found.setdefault(name, []).append(path)
    return found


def _first_whole(name: str) -> tuple[StoredModel | None, DamagedModel | None]:
    """The model of that name from the first folder that has it whole, and what is wrong with the very first folder."""
    for _ in range(_TRIES):
        folders = _folders().get(name, [])
        before = [_stamp(path) for path in folders]
        model, errors = None, []
        for folder in folders:
            try:
                model = cards.read(name, folder)
                break
            except DamagedModel as error:
                errors.append(error)
        now = _folders().get(name, [])
        if (model and not errors) or (now == folders and [_stamp(path) for path in now] == before):
            break
    return model, errors[0] if errors else None


def _stamp(folder: Path) -> tuple[int, int]:
    with contextlib.suppress(OSError):
        about = folder.stat()
        return about.st_ino, about.st_mtime_ns
    return (0, 0)
