"""Trained models on disk: saved whole or not at all, listed, loaded, verified, renamed and deleted.

A model is a folder named by its recipe's key, the recipe's fingerprint and the seed, ".generated" where it was trained
on generated digits, and, where its training was stopped early, the epochs it had completed. It holds card.json (recipe,
seed, figures, versions and the SHA-256 of every other file), history.json and, unless they are too large to ship, the
weights: model.keras for Keras and model.tflite for serving; and first_layer.npz where the first layer was watched.
Beside the models lie noise curves, rejection rules and replicates of sweeps. No Keras here: who saves writes weights.
"""

import contextlib
import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from mnist_app import Damaged, NotFound, NotPossible
from mnist_app.evaluation.rejection import Rejection
from mnist_app.evaluation.results import MNIST, NoiseCurve
from mnist_app.recipes import Recipe
from mnist_app.store import changes, curves, drafts, files, labels, lookup, rejections, replicates
from mnist_app.store.cards import CARD_FILE, CARD_FORMAT, HISTORY_FILE, Card, name_of, same_but_seed, suffix_of
from mnist_app.store.changes import MANIFEST_FILE
from mnist_app.store.drafts import FOLDER_VARIABLE, Draft
from mnist_app.store.first_layer import FIRST_LAYER_FILE, FirstLayer, read_first_layer, write_first_layer
from mnist_app.store.folders import DECODER_FILE, ENCODER_FILE, KERAS_FILE, SERVING_FILE, StoredModel, damaged
from mnist_app.store.replicates import Replicate

__all__ = [
    "CARD_FILE",
    "CARD_FORMAT",
    "DECODER_FILE",
    "ENCODER_FILE",
    "FIRST_LAYER_FILE",
    "FOLDER_VARIABLE",
    "HISTORY_FILE",
    "KERAS_FILE",
    "MANIFEST_FILE",
    "SERVING_FILE",
    "SHIPPED",
    "Card",
    "Draft",
    "FirstLayer",
    "Listing",
    "Replicate",
    "StoredModel",
    "damaged",
    "delete",
    "is_shipped",
    "list_models",
    "list_noise_curves",
    "list_rejections",
    "list_replicates",
    "list_seed_curves",
    "load",
    "name_of",
    "own_folder",
    "prepare_results",
    "read_first_layer",
    "rename",
    "save_noise_curve",
    "save_rejection",
    "save_replicate",
    "saving",
    "state",
    "suffix_of",
    "write_first_layer",
]  # fmt: skip

SHIPPED = Path(__file__).resolve().parents[2] / "models"


@dataclass(frozen=True)
class Listing:
    """All models that can be used, in the order of their names, and what is wrong with the others."""

    models: tuple[StoredModel, ...]
    damaged: tuple[Damaged, ...]


def own_folder() -> Path:
    """Where what is trained here goes: MNIST_APP_MODELS, or the folder of the shipped models."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named).expanduser() if named else SHIPPED


def state() -> tuple[tuple[str, tuple[int, int]], ...]:
    """A cheap summary of the folders' content that changes whenever something in them is added, changed or removed."""
    seen = []
    for found in lookup.find(_homes()).values():
        for folder in found:
            seen.append((str(folder), (0, 0)))
            with contextlib.suppress(OSError):
                seen += files.stamps(folder.iterdir())
    return tuple(sorted([*seen, *curves.stamps(_homes()), *replicates.stamps(_homes()), *rejections.stamps(_homes())]))


def list_models() -> Listing:
    """Every model of both folders, verified. A model trained here stands before a shipped one of the same name.

    Where the one trained here is damaged, it is reported, and the shipped one takes its place.
    """
    homes = _homes()
    names = {*lookup.find(homes), *lookup.find(homes)}  # one look may miss a folder that is being renamed
    found = [lookup.first_whole(name, homes) for name in sorted(names)]
    return Listing(tuple(model for model, _ in found if model), tuple(error for _, error in found if error))


def load(name: str) -> StoredModel:
    """The model of that folder name. Raises NotFound or Damaged."""
    model, error = lookup.first_whole(name, _homes())
    if model is None:
        raise error or _not_trained(name)
    return model


def is_shipped(name: str) -> bool:
    """Whether that model came with the project, so that it is neither renamed nor deleted.

    Where models trained here have a folder of their own, one in it never did, whatever its name, and all others did.
    """
    if own_folder().resolve() == SHIPPED.resolve():
        return name in changes.read_manifest(SHIPPED)
    return name in lookup.find(_homes()) and not _own(name)


def rename(name: str, label: str) -> StoredModel:
    """Give a model trained here a name to be shown by; its folder keeps its own. Returns the model as it is now.

    Args:
        name: of the model's folder.
        label: 1 to 60 printable characters in one line, space around them aside; "" takes the name away.

    Raises:
        InvalidInput: that is no name.
        NotFound, Damaged: as `load`.
        NotPossible: the model came with the project.
        CannotWrite: the folder is not writable, or the disk is full.
    """
    label = labels.check(label)
    _check_own(name)
    model, damage = lookup.first_whole(name, _homes())
    if model is None or model.folder.parent != own_folder().resolve():
        raise damage or _not_trained(name)
    with drafts.saying(own_folder(), deed="renamed"):
        changes.relabel(model, label)
    return load(name)


def delete(name: str) -> None:
    """Delete a model trained here, damaged or not. A shipped one of the same name takes its place.

    Raises NotFound, NotPossible or CannotWrite, as `rename`.
    """
    _check_own(name)
    with drafts.saying(own_folder(), deed="deleted"):
        # what stepped aside goes first: it would take the place of the one that is gone
        changes.remove(reversed(_own(name)))


def saving(
    recipe: Recipe, *, seed: int, replace: bool = True, stopped: int | None = None
) -> AbstractContextManager[Draft]:
    """A draft whose folder becomes the model when the block ends, by a rename; on any error nothing is left.

    Whoever saves writes the weights into `draft.folder` and calls `draft.finish(…)`. A process killed at any moment
    leaves the old model or the new one.

    Args:
        recipe, seed: what is trained.
        replace: whether a model of that name may be replaced; a user's name for it goes with it.
        stopped: completed epochs of a training that was stopped early, below the recipe's; None for a whole one.

    Raises:
        CannotWrite: the folder is not writable, the disk is full, or the model exists and may not be replaced.
    """
    return drafts.saving(recipe, seed=seed, home=own_folder(), replace=replace, stopped=stopped)


def prepare_results(what: str) -> None:
    """Make sure that a "noise curve" or "rejection" can be stored, before the minutes it takes. Raises CannotWrite."""
    with drafts.saying(own_folder(), what=what):
        files.check_writable(own_folder() / {"noise curve": curves.FOLDER, "rejection": rejections.FOLDER}[what])


def save_noise_curve(curve: NoiseCurve, *, for_spread: bool = False) -> Path:
    """Store a curve beside the models trained here, in place of an older one of the same two networks.

    Args:
        curve: what to store.
        for_spread: whether it only shows how much is the seed's, and stays when its classifier is deleted.

    Raises CannotWrite.
    """
    with drafts.saying(own_folder(), what="noise curve"):
        return curves.write(curve, own_folder(), curves.SEEDS if for_spread else curves.FOLDER)


def list_noise_curves() -> tuple[NoiseCurve, ...]:
    """The stored curves that were computed with the very models that are here now."""
    served = {model.card.files[SERVING_FILE] for model in list_models().models if model.served}
    found: dict[tuple[str, str], NoiseCurve] = {}
    for curve in curves.read_all(_homes(), curves.FOLDER):
        if {checksum for _, checksum in curve.files} <= served:
            found.setdefault((curve.denoiser, curve.classifier), curve)
    return tuple(found.values())


def list_seed_curves(name: str) -> tuple[NoiseCurve, ...]:
    """The curves of the recipe of that model, trained with several seeds, as far; their models need not be here."""
    every = curves.read_all(_homes(), curves.SEEDS)
    return tuple(curve for curve in every if same_but_seed(curve.classifier, name))


def save_rejection(rejection: Rejection) -> Path:
    """Store a rejection rule beside the models trained here, in place of an older one. Raises CannotWrite."""
    with drafts.saying(own_folder(), what="rejection rule"):
        return rejections.write(rejection, own_folder())


def list_rejections() -> tuple[Rejection, ...]:
    """The stored rejection rules of the very weights that are here now."""
    served = {model.name: model.card.files[SERVING_FILE] for model in list_models().models if model.served}
    return rejections.read_all(_homes(), served)


def save_replicate(replicate: Replicate) -> Path:
    """Store a replicate in the folder `replicates` beside the models trained here, in place of an older one.

    Raises CannotWrite.
    """
    with drafts.saying(own_folder(), what="replicate"):
        return replicates.write(replicate, own_folder())


def list_replicates(*, data: str = MNIST) -> tuple[Replicate, ...]:
    """All replicates that were trained on that data, in the order of their names.

    One trained here stands before a shipped one of the same name. A damaged one is left out: it can be trained again.
    """
    return tuple(each for each in replicates.read_all(_homes()) if each.data == data)


def _homes() -> list[Path]:
    return list(dict.fromkeys(path.resolve() for path in (own_folder(), SHIPPED)))


def _own(name: str) -> list[Path]:
    """Those of the folders that may hold that model which lie in the own folder."""
    home = own_folder().resolve()
    return [path for path in lookup.find(_homes()).get(name, []) if path.parent == home]


def _check_own(name: str) -> None:
    if is_shipped(name):
        raise NotPossible(
            f"Model {name} cannot be changed",
            expected=f"a model that was trained here, in {own_folder()}",
            found="one that came with the project",
            remedy="Train the recipe with another seed: that one is yours.",
            name=name,
        )
    if not _own(name):
        raise _not_trained(name)


def _not_trained(name: str) -> NotFound:
    return NotFound(
        f"There is no trained model {name!r}",
        expected=f"one of {', '.join(sorted(lookup.find(_homes()))) or 'none'}",
        found=repr(name),
        remedy="`python -m mnist_app train KEY` trains one.",
    )
