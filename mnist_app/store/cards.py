"""What is known of a stored model: its name, its card, and the checksums on it."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from mnist_app.evaluation.results import GENERATED, MNIST, Proportion, check_data
from mnist_app.recipes import Recipe, is_declared
from mnist_app.store import labels, values

HISTORY_FILE = "history.json"
CARD_FILE = "card.json"
CARD_FORMAT = 1

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MODEL_NAME = re.compile(r"(.+-[0-9a-f]{8})-\d+(\.generated)?(\.after\d+)?")  # all but the seed are groups
_SUFFIXES = {MNIST: "", GENERATED: ".generated"}


@dataclass(frozen=True)
class Card:
    """What is known of a trained model.

    Attributes:
        recipe, seed: what was trained.
        parameters: trained numbers of the network.
        seconds: how long the training took, wall clock.
        data: name of the data it was trained and tested on.
        test: share of the 10,000 test images of that data that are classified correctly, by the served network; None
            for a denoiser.
        finished: when, UTC, ISO 8601.
        versions: of Python and the packages that matter.
        files: SHA-256 of each file beside the card, by name.
        stopped: how many epochs were completed when the training was stopped early; None if it ran to its end.
        label: the name that a user gave it, "" for none.
    """

    recipe: Recipe
    seed: int
    parameters: int
    seconds: float
    data: str
    test: Proportion | None
    finished: str
    versions: Mapping[str, str]
    files: Mapping[str, str]
    stopped: int | None = None
    label: str = ""

    @property
    def as_declared(self) -> bool:
        """Whether this is the declared experiment of its key, trained on MNIST to its end."""
        return self.stopped is None and self.data == MNIST and is_declared(self.recipe)

    def to_json(self) -> dict[str, object]:
        """Plain JSON values; `from_json` gives the card back."""
        plain = {name: getattr(self, name) for name in ("seed", "parameters", "seconds", "data", "finished")}
        return {
            "format": CARD_FORMAT,
            "recipe": msgspec.to_builtins(self.recipe),
            **plain,
            "test": {"accuracy": self.test.value, "n": self.test.n} if self.test else None,
            "versions": dict(self.versions),
            "files": dict(self.files),
            **({} if self.stopped is None else {"stopped": self.stopped}),
            **({"label": self.label} if self.label else {}),
        }

    def to_text(self) -> str:
        """The content of the card's file. Raises like `from_json` when it could not be read again."""
        text = json.dumps(self.to_json(), indent=1)
        Card.from_json(json.loads(text))
        return text + "\n"

    @classmethod
    def from_json(cls, plain: dict) -> "Card":
        """Raises KeyError, TypeError, ValueError, AttributeError or an ExplorerError when this is no card."""
        if plain["format"] != CARD_FORMAT:
            raise ValueError(f"card format {plain['format']!r:.40}, not {CARD_FORMAT}")
        recipe = values.recipe(plain, "recipe")
        return cls(
            recipe=recipe,
            seed=values.whole(plain, "seed"),
            parameters=values.whole(plain, "parameters"),
            seconds=values.number(plain, "seconds"),
            data=check_data(plain["data"]),
            test=_test(plain, recipe),
            finished=values.text(plain, "finished"),
            versions=values.texts(plain, "versions"),
            files=_files(plain["files"]),
            stopped=_stopped(plain, recipe),
            label=labels.check(plain.get("label", "")),
        )


def name_of(recipe: Recipe, seed: int, stopped: int | None = None, *, data: str = MNIST) -> str:
    """The folder's name of a trained recipe; `stopped` and `data` as in Card."""
    after = "" if stopped is None else f".after{stopped}"
    return f"{recipe.key}-{recipe.fingerprint}-{seed}{suffix_of(data)}{after}"


def suffix_of(data: str) -> str:
    """What the names of all that was made with that data have: nothing for MNIST, ".generated" for generated digits."""
    return _SUFFIXES[check_data(data)]


def is_name(text: str) -> bool:
    """Whether a model may be called that."""
    return bool(_MODEL_NAME.fullmatch(text))


def same_but_seed(name: str, other: str) -> bool:
    """Whether both are names of the same recipe, trained equally far on the same data."""
    ours, theirs = _MODEL_NAME.fullmatch(name), _MODEL_NAME.fullmatch(other)
    return bool(ours and theirs) and ours.groups() == theirs.groups()


def checksum_of(path: Path) -> str:
    """SHA-256 of a file's content. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _test(plain: dict, recipe: Recipe) -> Proportion | None:
    if recipe.task != "classify":
        return None
    return Proportion(values.number(plain["test"], "accuracy"), values.whole(plain["test"], "n"))


def _stopped(plain: dict, recipe: Recipe) -> int | None:
    if "stopped" not in plain:
        return None
    stopped = values.whole(plain, "stopped")
    if not 1 <= stopped < recipe.epochs:
        raise ValueError(f"stopped after {stopped} epochs, not after 1 to {recipe.epochs - 1}")
    return stopped


def _files(plain: dict) -> dict[str, str]:
    for name in plain:
        if not _FILE_NAME.fullmatch(name) or name == CARD_FILE:
            raise ValueError(f"a file may not be named {name!r:.60}")
    if HISTORY_FILE not in plain:
        raise ValueError(f"files without {HISTORY_FILE}")
    return {name: values.text(plain, name) for name in plain}
