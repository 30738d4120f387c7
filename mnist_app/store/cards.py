"""What is known of a stored model: its card, and the reading of a model's folder, verified file by file."""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mnist_app import ExplorerError
from mnist_app.recipes import Recipe
from mnist_app.results import History, Proportion

KERAS_FILE = "model.keras"
SERVING_FILE = "model.tflite"
HISTORY_FILE = "history.json"
CARD_FILE = "card.json"
CARD_FORMAT = 1

_LARGEST_CARD = 1 << 20
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MODEL_NAME = re.compile(r".+-[0-9a-f]{8}-\d+")
_NO_CARD = (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, ExplorerError)


class DamagedModel(ExplorerError):
    """A stored model cannot be used: its card is no card, or its files are missing or not those it was saved with."""

    def __init__(self, name: str, problem: str, **details: str):
        self.name = name
        super().__init__(f"Model {name}: {problem}", **details)


class NotTrained(ExplorerError):
    """There is no such model here, or its weights do not ship."""


@dataclass(frozen=True)
class Card:
    """What is known of a trained model.

    Attributes:
        recipe, seed: what was trained.
        parameters: trained numbers of the network.
        seconds: how long the training took, wall clock.
        data: name of the data it was trained on.
        test: share of the 10,000 test images that are classified correctly, by the served network; None for a
            denoiser.
        finished: when, UTC, ISO 8601.
        versions: of Python and the packages that matter.
        files: SHA-256 of each file beside the card, by name.
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

    def to_json(self) -> dict[str, object]:
        plain = {name: getattr(self, name) for name in ("seed", "parameters", "seconds", "data", "finished")}
        return {
            "format": CARD_FORMAT,
            "recipe": self.recipe.to_json(),
            **plain,
            "test": {"accuracy": self.test.value, "n": self.test.n} if self.test else None,
            "versions": dict(self.versions),
            "files": dict(self.files),
        }

    @classmethod
    def from_json(cls, plain: dict) -> "Card":
        """Raises KeyError, TypeError, ValueError, AttributeError or an ExplorerError when this is no card."""
        if plain["format"] != CARD_FORMAT:
            raise ValueError(f"card format {plain['format']!r:.40}, not {CARD_FORMAT}")
        return cls(
            recipe=_recipe(plain["recipe"]),
            seed=_whole(plain, "seed"),
            parameters=_whole(plain, "parameters"),
            seconds=_number(plain, "seconds"),
            data=_text(plain, "data"),
            test=_test(plain),
            finished=_text(plain, "finished"),
            versions={name: _text(plain["versions"], name) for name in plain["versions"]},
            files=_files(plain["files"]),
        )


@dataclass(frozen=True)
class StoredModel:
    """A model on disk whose files were found as its card says. `served` is False where weights do not ship."""

    name: str
    folder: Path
    card: Card
    history: History

    @property
    def served(self) -> bool:
        return SERVING_FILE in self.card.files

    @property
    def serving_path(self) -> Path:
        """The LiteRT file. Raises NotTrained where only card and history ship."""
        if not self.served:
            raise NotTrained(
                f"The weights of {self.card.recipe.key} do not ship: they are over 8 MB",
                remedy=f"Train it here: `python -m mnist_app train {self.card.recipe.key}`.",
            )
        return self.folder / SERVING_FILE


def name_of(recipe: Recipe, seed: int) -> str:
    """The folder's name of a trained recipe."""
    return f"{recipe.key}-{recipe.fingerprint}-{seed}"


def is_model(folder: Path) -> bool:
    """Whether a folder is meant to be a model: it is named like one or holds a card."""
    named = folder.is_dir() and not folder.name.startswith(".")
    return named and bool(_MODEL_NAME.fullmatch(folder.name) or (folder / CARD_FILE).exists())


def read(name: str, folder: Path) -> StoredModel:
    """The model in that folder, whose name must be `name`. Raises DamagedModel."""
    again = f"Delete the folder {folder} and train or restore the model again."
    try:
        card = Card.from_json(json.loads(_read_text(folder / CARD_FILE, _LARGEST_CARD)))
    except _NO_CARD as error:
        reason = f"no field {error}" if isinstance(error, KeyError) else str(error) or type(error).__name__
        raise DamagedModel(
            name, f"{CARD_FILE} is missing or damaged", expected="a model's card", found=reason[:300], remedy=again
        ) from error
    if (expected := name_of(card.recipe, card.seed)) != name:
        raise DamagedModel(
            name,
            f"{CARD_FILE} is that of another model",
            expected=f"the name {expected} for this recipe and seed",
            found=name,
            remedy=f"Rename the folder {folder} to that name if nothing else was changed, or delete it.",
        )
    for file, checksum in card.files.items():
        _verify(name, folder / file, checksum, again)
    try:
        history = History.from_json(json.loads((folder / HISTORY_FILE).read_text("utf-8")))
    except _NO_CARD as error:
        found = str(error) or type(error).__name__
        raise DamagedModel(name, f"{HISTORY_FILE} is damaged", found=found[:300], remedy=again) from error
    return StoredModel(name, folder, card, history)


def checksum_of(path: Path) -> str:
    """SHA-256 of a file's content. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _verify(name: str, path: Path, checksum: str, again: str) -> None:
    try:
        found = checksum_of(path)
    except OSError as error:
        raise DamagedModel(name, f"{path.name} cannot be read", found=str(error), remedy=again) from error
    if found != checksum:
        raise DamagedModel(
            name,
            f"{path.name} is not the file that was saved",
            expected=f"SHA-256 {checksum[:12]}…",
            found=f"{found[:12]}…",
            remedy=again,
        )


def _read_text(path: Path, largest: int) -> str:
    if (size := path.stat().st_size) > largest:
        raise ValueError(f"{size} bytes")
    return path.read_text("utf-8")


def _recipe(plain: dict) -> Recipe:
    """`Recipe.from_json` checks what is trained; what is only shown is checked here."""
    recipe = Recipe.from_json(plain)
    for name in ("key", "title", "task", "about"):
        _text(recipe.to_json(), name)
    for figure in recipe.to_json()["reported"]:
        if figure["accuracy"] is None:
            _number(figure, "loss")
        else:
            Proportion(_number(figure, "accuracy"), 1)
        _text(figure, "source"), _text(figure, "note")
    return recipe


def _test(plain: dict) -> Proportion | None:
    if plain["recipe"]["task"] == "denoise":
        return None
    return Proportion(_number(plain["test"], "accuracy"), _whole(plain["test"], "n"))


def _files(plain: dict) -> dict[str, str]:
    for name in plain:
        if not _FILE_NAME.fullmatch(name) or name == CARD_FILE:
            raise ValueError(f"a file may not be named {name!r:.60}")
    if HISTORY_FILE not in plain:
        raise ValueError(f"files without {HISTORY_FILE}")
    return {name: _text(plain, name) for name in plain}


def _text(plain: dict, name: str) -> str:
    if not isinstance(plain[name], str):
        raise ValueError(f"{name} is {plain[name]!r:.60}, not text")
    return plain[name]


def _whole(plain: dict, name: str) -> int:
    value = plain[name]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 63:
        raise ValueError(f"{name} is {value!r:.60}, not a whole number from 0")
    return value


def _number(plain: dict, name: str) -> float:
    value = plain[name]
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < math.inf:
        raise ValueError(f"{name} is {value!r:.60}, not a number from 0")
    return float(value)
