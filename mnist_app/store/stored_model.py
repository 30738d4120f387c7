"""A model's folder: what its files are called, and how they are read and verified."""

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mnist_app import Damaged, NotFound
from mnist_app.evaluation.results import History
from mnist_app.store import files
from mnist_app.store.cards import Card
from mnist_app.store.first_layer import FIRST_LAYER_FILE, FirstLayer, read_first_layer

CARD_FILE = "card.json"
HISTORY_FILE = "history.json"
KERAS_FILE = "model.keras"
SERVING_FILE = "model.tflite"
ENCODER_FILE = "encoder.tflite"
DECODER_FILE = "decoder.tflite"
"""The two parts of an autoencoder, beside the whole of it. A generator's decoder is what it serves."""


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
        with _naming_the_model(self.name, self.folder):
            return read_first_layer(self.folder / FIRST_LAYER_FILE)

    def _weights(self, file: str) -> Path:
        if file not in self.card.files:
            key, whole = self.card.recipe.key, file in (KERAS_FILE, SERVING_FILE)
            absent = f"The weights of {key} do not ship: they are over 8 MB"
            raise NotFound(
                absent if whole else f"Model {self.name} has no {file}",
                remedy=f"Train it here: `python -m mnist_app train {key}`.",
            )
        return self.folder / file


def read_model(name: str, folder: Path) -> StoredModel:
    """The model in that folder, which must be that of the name. Raises Damaged."""
    with _naming_the_model(name, folder):
        card = files.read(folder / CARD_FILE, Card)
        if card.name != name:
            raise Damaged(f"{CARD_FILE} is that of another model", expected=f"the name {card.name}", found=name)
        for file, checksum in card.files.items():
            _verify(folder / file, checksum)
        return StoredModel(name, folder, card, files.read(folder / HISTORY_FILE, History))


def checksum_of(path: Path) -> str:
    """SHA-256 of a file's content. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _verify(path: Path, checksum: str) -> None:
    try:
        found = checksum_of(path)
    except OSError as error:
        found = str(error)
    if found != checksum:
        raise Damaged(f"{path.name} is not the file that was saved", expected=f"SHA-256 {checksum}", found=found)


@contextlib.contextmanager
def _naming_the_model(name: str, folder: Path) -> Iterator[None]:
    """Damaged errors of the block name the model, and say what to do."""
    try:
        yield
    except Damaged as error:
        raise Damaged(
            f"Model {name}: {error.problem}",
            expected=error.expected,
            found=error.found,
            remedy=f"Delete the folder {folder} and train or restore the model again.",
            name=name,
        ) from error
