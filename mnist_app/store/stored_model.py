"""A model's folder: what its files are called, and how they are written, read and verified."""

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnist_app import Damaged, NotFound
from mnist_app.evaluation.comparison import Run
from mnist_app.evaluation.results import History
from mnist_app.store import files, folders
from mnist_app.store.cards import Card

MANIFEST_FILE = "shipped.txt"
CARD_FILE = "card.json"
HISTORY_FILE = "history.json"
FIRST_LAYER_FILE = "first_layer.npz"
KERAS_FILE = "model.keras"
SERVING_FILE = "model.tflite"
ENCODER_FILE = "encoder.tflite"
DECODER_FILE = "decoder.tflite"
"""The two parts of an autoencoder, beside the whole of it."""
MIXTURE_FILE = "mixture.npz"  # where the codes of each digit lie, beside a generator's decoder

_LARGEST = float(np.finfo(np.float16).max)


@dataclass(frozen=True, eq=False)
class Snapshots:
    """A network while it was trained: its first layer's weights, and its guesses of the validation images.

    Attributes:
        epochs: after how many epochs each snapshot was taken, rising; 0 is before the training.
        kernels: float32 (snapshots, units, rows, columns): the weights that each unit gives to the image's pixels, or
            those of the convolution's window.
        confusions: int32 (snapshots, 10, 10): how often each digit (row) was taken for which (column); all 0 before the
            training. None where the network does not classify, or comes from an earlier version.
    """

    epochs: tuple[int, ...]
    kernels: np.ndarray
    confusions: np.ndarray | None = None

    def write(self, path: Path) -> None:
        """Write the snapshots in half precision, clipped to its range. Raises OSError."""
        kernels = np.nan_to_num(self.kernels).clip(-_LARGEST, _LARGEST).astype(np.float16)
        counts = {} if self.confusions is None else {"confusions": self.confusions}
        files.write_arrays(path, epochs=np.array(self.epochs, np.int32), kernels=kernels, **counts)

    @classmethod
    def read(cls, path: Path) -> "Snapshots":
        """The snapshots in that file, read-only. Raises Damaged."""
        arrays = files.read_arrays(path)
        return cls(tuple(arrays["epochs"].tolist()), arrays["kernels"], arrays.get("confusions"))


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
    def shipped(self) -> bool:
        """Whether it came with the project (a list says which did), so that it is neither renamed nor deleted."""
        if self.folder.parent != folders.own_folder().resolve():
            return True
        manifest = folders.SHIPPED / MANIFEST_FILE
        shared = self.folder.parent == folders.SHIPPED.resolve()
        return shared and manifest.exists() and self.name in manifest.read_text("utf-8").split()

    @property
    def run(self) -> Run:
        """The training, to be compared with others, and with a label that no other model has."""
        card = self.card
        facts = card.recipe, card.seed, card.parameters, card.seconds, card.test, self.history
        return Run(*facts, stopped=card.stopped, name=card.label, data=card.data)

    @property
    def snapshots(self) -> Snapshots | None:
        """How the first layer came to be, read from its file; None where none was kept. Raises Damaged."""
        return Snapshots.read(self.folder / FIRST_LAYER_FILE) if FIRST_LAYER_FILE in self.card.files else None

    def path(self, file: str = SERVING_FILE) -> Path:
        """The file of that name. Raises NotFound where the model has none, as where only card and history ship."""
        if file not in self.card.files:
            key = self.card.recipe.key
            raise NotFound(
                f"Model {self.name} has no {file}" if self.served else f"The weights of {key} do not ship: over 8 MB",
                remedy=f"Train it here: `python -m mnist_app train {key}`.",
            )
        return self.folder / file


def read_model(name: str, folder: Path) -> StoredModel:
    """The model in that folder, which must be that of the name; read again when a file changes. Raises Damaged."""
    return _read_model(name, folder, frozenset(folders.stamps(folder)))


@functools.lru_cache(maxsize=1000)
def _read_model(name: str, folder: Path, stamps: frozenset) -> StoredModel:
    try:
        card = files.read(folder / CARD_FILE, Card)
        if card.name != name:
            raise ValueError(f"{CARD_FILE} is that of {card.name}")
        for file, checksum in card.files.items():
            if checksum_of(folder / file) != checksum:
                raise ValueError(f"{file} is not the file that was saved")
        return StoredModel(name, folder, card, files.read(folder / HISTORY_FILE, History))
    except (Damaged, OSError, ValueError) as error:
        raise Damaged(
            f"Model {name} is damaged: {error}",
            remedy=f"Delete the folder {folder} and train or restore the model again.",
            name=name,
        ) from error


def checksum_of(path: Path) -> str:
    """SHA-256 of a file's content. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
