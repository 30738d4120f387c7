"""A model's folder, read and verified file by file."""

import json
from dataclasses import dataclass
from pathlib import Path

from mnist_app import Damaged, NotFound
from mnist_app.evaluation.results import History
from mnist_app.store import values
from mnist_app.store.cards import CARD_FILE, HISTORY_FILE, Card, checksum_of, is_name, name_of
from mnist_app.store.first_layer import FIRST_LAYER_FILE, FirstLayer, read_first_layer

KERAS_FILE = "model.keras"
SERVING_FILE = "model.tflite"
ENCODER_FILE = "encoder.tflite"
DECODER_FILE = "decoder.tflite"
"""The two parts of an autoencoder, beside the whole of it. A generator's decoder is what it serves."""

_LARGEST_CARD = 1 << 20


@dataclass(frozen=True)
class StoredModel:
    """A model on disk whose files were found as its card says."""

    name: str
    folder: Path
    card: Card
    history: History

    @property
    def served(self) -> bool:
        """False where only card and history ship."""
        return SERVING_FILE in self.card.files

    @property
    def serving_path(self) -> Path:
        """The LiteRT file. Raises NotFound where only card and history ship."""
        return self._weights(SERVING_FILE)

    @property
    def keras_path(self) -> Path:
        """The Keras file. Raises NotFound where only card and history ship."""
        return self._weights(KERAS_FILE)

    @property
    def encoder_path(self) -> Path:
        """The LiteRT file from an image to its code. Raises NotFound where the model has none."""
        return self._weights(ENCODER_FILE)

    @property
    def decoder_path(self) -> Path:
        """The LiteRT file from a code to an image. Raises NotFound where the model has none."""
        return self._weights(SERVING_FILE if self.card.recipe.task == "generate" else DECODER_FILE)

    @property
    def first_layer(self) -> FirstLayer | None:
        """How the first layer came to be, read from its file; None where none was kept. Raises Damaged."""
        if FIRST_LAYER_FILE not in self.card.files:
            return None
        try:
            return read_first_layer(self.folder / FIRST_LAYER_FILE)
        except Damaged as error:
            raise damaged(
                self.name, f"{FIRST_LAYER_FILE} is damaged", found=error.found, remedy=_again(self.folder)
            ) from error

    def _weights(self, file: str) -> Path:
        if file not in self.card.files:
            key, whole = self.card.recipe.key, file in (KERAS_FILE, SERVING_FILE)
            absent = f"The weights of {key} do not ship: they are over 8 MB"
            raise NotFound(
                absent if whole else f"Model {self.name} has no {file}",
                remedy=f"Train it here: `python -m mnist_app train {key}`.",
            )
        return self.folder / file


def is_model(folder: Path) -> bool:
    """Whether a folder is meant to be a model: it is named like one or holds a card."""
    named = folder.is_dir() and not folder.name.startswith(".")
    return named and (is_name(folder.name) or (folder / CARD_FILE).exists())


def read(name: str, folder: Path) -> StoredModel:
    """The model in that folder, whose name must be `name`. Raises Damaged."""
    again = _again(folder)
    try:
        card = Card.from_json(json.loads(_read_text(folder / CARD_FILE, _LARGEST_CARD)))
    except values.UNREADABLE as error:
        reason = f"no field {error}" if isinstance(error, KeyError) else str(error) or type(error).__name__
        raise damaged(
            name, f"{CARD_FILE} is missing or damaged", expected="a model's card", found=reason[:300], remedy=again
        ) from error
    if (expected := name_of(card.recipe, card.seed, card.stopped, data=card.data)) != name:
        raise damaged(
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
    except values.UNREADABLE as error:
        found = str(error) or type(error).__name__
        raise damaged(name, f"{HISTORY_FILE} is damaged", found=found[:300], remedy=again) from error
    return StoredModel(name, folder, card, history)


def damaged(name: str, problem: str, **details: str) -> Damaged:
    """The error that names the model, and can be asked for its name."""
    return Damaged(f"Model {name}: {problem}", **details, name=name)


def _again(folder: Path) -> str:
    return f"Delete the folder {folder} and train or restore the model again."


def _verify(name: str, path: Path, checksum: str, again: str) -> None:
    try:
        found = checksum_of(path)
    except OSError as error:
        raise damaged(name, f"{path.name} cannot be read", found=str(error), remedy=again) from error
    if found != checksum:
        raise damaged(
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
