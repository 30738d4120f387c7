"""What is known of a trained model: its name, and its card, which is the file card.json."""

import contextlib
import platform
import re
from datetime import UTC, datetime
from importlib import metadata
from typing import Annotated

from msgspec import Meta, Struct

from mnist_app.evaluation.results import GENERATED, MNIST, Count, DataName, Proportion, Seconds, Share
from mnist_app.recipes import RECIPES, Recipe

MODEL_NAME = re.compile(r"(.+-[0-9a-f]{8})-\d+(\.generated)?(\.after\d+)?")  # all but the seed are groups

_PACKAGES = ("tensorflow", "keras", "ai-edge-litert")
_SUFFIXES = {MNIST: "", GENERATED: ".generated"}

FileName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class Card(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of a trained model.

    Attributes:
        seconds: how long the training took, wall clock.
        data: name of the data it was trained and tested on.
        test: share of the test images that the served network classifies correctly; None where it does not classify.
        least_probability: what a digit of a prediction set has at least, by `evaluation.certainty`; None where unknown.
        finished: when, UTC, ISO 8601.
        files: SHA-256 of each file beside the card, by name.
        stopped: how many epochs were completed when the training was stopped early; None if it ran to its end.
        label: the name that a user gave it, "" for none.
        owner, owner_name: whoever ordered it on the pages, as in a job's record; "" if it was not ordered there.
    """

    recipe: Recipe
    seed: Count
    parameters: Count
    seconds: Seconds
    data: DataName
    finished: str
    test: Proportion | None
    versions: dict[str, str]
    files: dict[FileName, str]
    stopped: Annotated[int, Meta(ge=1)] | None = None
    label: Annotated[str, Meta(max_length=60)] = ""
    least_probability: Share | None = None
    owner: str = ""
    owner_name: str = ""

    @property
    def name(self) -> str:
        """What the model is called."""
        return name_of(self.recipe, self.seed, self.stopped, data=self.data)

    @property
    def as_declared(self) -> bool:
        """Whether this is the declared experiment of its key, trained on MNIST to its end."""
        declared = RECIPES.get(self.recipe.key)
        same = declared is not None and declared.fingerprint == self.recipe.fingerprint
        return same and self.stopped is None and self.data == MNIST


def name_of(recipe: Recipe, seed: int, stopped: int | None = None, *, data: str = MNIST) -> str:
    """The name of a trained recipe; `stopped` and `data` as in Card."""
    after = "" if stopped is None else f".after{stopped}"
    return f"{recipe.key}-{recipe.fingerprint}-{seed}{suffix_of(data)}{after}"


def suffix_of(data: str) -> str:
    """What the names of all that was made with that data have: nothing for MNIST, ".generated" for generated digits."""
    return _SUFFIXES[data]


def same_but_seed(name: str, other: str) -> bool:
    """Whether both are names of the same recipe, trained equally far on the same data."""
    ours, theirs = MODEL_NAME.fullmatch(name), MODEL_NAME.fullmatch(other)
    return bool(ours and theirs) and ours.groups() == theirs.groups()


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
