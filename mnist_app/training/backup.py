"""The state of a training after each epoch, on the disk: whole or not at all, so that a training killed at any moment
goes on from its last completed epoch.

Keras's `BackupAndRestore` writes weights and optimiser, but in place and one file after the other. Here it writes into
a folder of its own, which gets its name, epoch-0007, by a rename when everything in it has reached the disk.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from mnist_app import CannotWrite, Damaged

_WRITING, _COMMITTED = "writing", "epoch-"
_RECORD_FILE, _ARRAYS_FILE = "record.json", "arrays.npz"
_WEIGHTS_FILE = "latest.weights.h5"  # as BackupAndRestore calls it


@dataclass(frozen=True)
class Checkpoint:
    """The state after `epochs` completed epochs, as `commit` wrote it: its folder, record and arrays."""

    folder: Path
    epochs: int
    record: dict[str, object]
    arrays: dict[str, np.ndarray]

    @property
    def weights(self) -> Path:
        """The file that `Backup` left for `Model.load_weights`."""
        return self.folder / _WEIGHTS_FILE


class Backup(keras.callbacks.Callback):
    """For `fit`: writes the training's whole state after each epoch, and goes on from what it finds.

    Works with every built and compiled model. Random seeds of layers, which Keras leaves out of its weights files,
    are kept as well. Place it after the callbacks whose figures `state` gives, and before those that may raise.

    Args:
        folder: for this training alone; made when first written to, and left alone at the end.
        owner: plain JSON values that name the training.
        state: called after each epoch: a record of plain JSON values and arrays to be kept besides.

    Attributes:
        found: the checkpoint that `fit` will go on from, or None. Damaged ones are passed over.

    Raises Damaged when the folder is another owner's, or when its weights do not fit the model (from `fit`);
    CannotWrite from `fit`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        owner: dict[str, object],
        state: Callable[[], tuple[dict[str, object], dict[str, np.ndarray]]],
    ):
        super().__init__()
        self._folder, self._owner, self._state = folder, owner, state
        self.found = find(folder, owner=owner)

    def on_train_begin(self, logs=None):
        if not self.found:
            return
        try:
            self._keras_callback(self.found.folder).on_train_begin()
            for variable, value in zip(_seeds_of(self.model), self.found.record["seeds"], strict=True):
                variable.assign(value)
        except ValueError as error:
            raise Damaged(
                "The backup does not fit the network",
                expected="weights of this network",
                found=" ".join(str(error).split()),
                remedy=f"Remove the folder {self._folder}, and the training begins anew.",
            ) from error

    def on_epoch_end(self, epoch, logs=None):
        record, arrays = self._state()
        commit(
            self._folder,
            owner=self._owner,
            epochs=epoch + 1,
            record={**record, "seeds": [variable.numpy().tolist() for variable in _seeds_of(self.model)]},
            arrays=arrays,
            write=lambda folder: self._keras_callback(folder).on_epoch_end(epoch),
        )

    def _keras_callback(self, folder: Path) -> keras.callbacks.BackupAndRestore:
        callback = keras.callbacks.BackupAndRestore(str(folder), delete_checkpoint=False)
        callback.set_model(self.model)
        return callback


def find(folder: Path, *, owner: dict[str, object]) -> Checkpoint | None:
    """The newest whole checkpoint in a folder, or None. Raises Damaged when it is another owner's."""
    for place in sorted(folder.glob(f"{_COMMITTED}*"), reverse=True):
        try:
            plain = json.loads((place / _RECORD_FILE).read_text("utf-8"))
            found = plain["owner"]
            if any(_checksum_of(place / name) != checksum for name, checksum in plain["files"].items()):
                continue
            with np.load(place / _ARRAYS_FILE, allow_pickle=False) as arrays:
                checkpoint = Checkpoint(place, plain["epochs"], plain["record"], dict(arrays))
        except (OSError, KeyError, TypeError, AttributeError, ValueError):
            continue
        if found != owner:
            raise Damaged(
                "The backup is that of another training",
                expected=json.dumps(owner),
                found=json.dumps(found),
                remedy=f"Name another folder than {folder}, or remove it.",
            )
        return checkpoint
    return None


def commit(
    folder: Path,
    *,
    owner: dict[str, object],
    epochs: int,
    record: dict[str, object],
    arrays: dict[str, np.ndarray],
    write: Callable[[Path], None] = lambda folder: None,
) -> None:
    """Put the state after `epochs` epochs in place of the one before; killed at any moment, one of the two is whole.

    Args:
        folder: of this training alone, made where it is missing.
        owner: plain JSON values that name the training; `find` must be given the same.
        epochs: completed ones, from 1.
        record, arrays: what `find` gives back.
        write: puts further files into the folder that it is given.

    Raises CannotWrite.
    """
    writing, target = folder / _WRITING, folder / f"{_COMMITTED}{epochs:04d}"
    try:
        for leftover in (writing, target):  # of a process that was killed; a target that was whole is what `find` gives
            if leftover.exists():
                shutil.rmtree(leftover)
        writing.mkdir(parents=True)
        write(writing)
        np.savez(writing / _ARRAYS_FILE, **arrays)
        files = {path.name: _checksum_of(path) for path in sorted(writing.iterdir())}
        plain = {"owner": owner, "epochs": epochs, "files": files, "record": record}
        (writing / _RECORD_FILE).write_text(json.dumps(plain, allow_nan=False), "utf-8")
        for path in (*writing.iterdir(), writing):
            _flush(path)
        writing.rename(target)
        _flush(folder)
    except OSError as error:
        raise CannotWrite(
            "The training's state cannot be backed up",
            expected=f"a writable folder {folder} with room in it",
            found=str(error),
            remedy="Make room or make it writable: the training then goes on from its last completed epoch.",
        ) from error
    for old in folder.glob(f"{_COMMITTED}*"):
        if old != target:
            shutil.rmtree(old, ignore_errors=True)


def _seeds_of(model: keras.Model) -> list[keras.Variable]:
    """The states of the layers' random generators: what a model holds besides its weights."""
    weights = {id(weight) for weight in model.weights}
    return [variable for variable in model.variables if id(variable) not in weights]


def _checksum_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    """To the disk itself, so that a rename never arrives there before the content."""
    if path.is_dir() and os.name == "nt":
        return  # Windows opens no folders
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
