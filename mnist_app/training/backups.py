"""The state of a training after each epoch, in one file that is replaced whole.

Keras's `BackupAndRestore` writes in place, one file after the other, and leaves out the random seeds of layers.
"""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from mnist_app import CannotWrite
from mnist_app.evaluation.results import History
from mnist_app.recipes import Recipe
from mnist_app.store import Snapshots, files

FILE = "state.npz"

Networks = Sequence[tuple[Recipe, int]]  # recipe and seed of each network that is trained at once


class State(NamedTuple):
    """What a training has after an epoch; `snapshots` is None where several networks are trained at once."""

    histories: list[History]
    values: list[np.ndarray]
    snapshots: Snapshots | None


class _Record(msgspec.Struct):
    networks: list[tuple[str, str, int]]
    histories: list[History]
    snapshots: list[int]


def save(
    folder: Path, networks: Networks, histories: list[History], variables: Sequence, snapshots: Snapshots | None = None
) -> None:
    """Replace the state in this folder by one with these variables' values. Raises CannotWrite."""
    epochs = list(snapshots.epochs) if snapshots else []
    record = msgspec.json.encode(_Record(_names(networks), histories, epochs))
    kernels = snapshots.kernels if snapshots else np.empty(0)
    confusions = np.empty(0) if snapshots is None or snapshots.confusions is None else snapshots.confusions
    values = [variable.numpy() for variable in variables]
    content = io.BytesIO()
    np.savez(content, *values, record=np.frombuffer(record, np.uint8), kernels=kernels, confusions=confusions)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files.write(folder / FILE, content.getbuffer())
    except OSError as error:
        raise CannotWrite(
            "The training's state cannot be backed up",
            expected=f"a writable folder {folder} with room in it",
            found=str(error),
            remedy="Make room or make it writable: the training then goes on from its last completed epoch.",
        ) from error


def load(folder: Path, networks: Networks) -> State | None:
    """The state of these networks in this folder; None where there is none, or that of others, or a damaged one."""
    try:
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            record = msgspec.json.decode(arrays["record"].tobytes(), type=_Record)
            if record.networks != _names(networks):
                return None
            values = [arrays[f"arr_{place}"] for place in range(len(arrays) - 3)]
            confusions = arrays["confusions"] if arrays["confusions"].size else None
            kept = tuple(record.snapshots), arrays["kernels"], confusions
            snapshots = Snapshots(*kept) if record.snapshots else None
    except Exception:  # of a damaged file zipfile, zlib and NumPy's parser raise about ten kinds
        return None
    return State(record.histories, values, snapshots)


def assign(variables: Sequence, state: State) -> None:
    """Give variables the values of a state, which may have more of them: those of the optimiser come last."""
    for variable, value in zip(variables, state.values, strict=False):
        variable.assign(value)


def _names(networks: Networks) -> list[tuple[str, str, int]]:
    """What names networks; the fingerprint holds the images that they are validated on."""
    return [(recipe.key, recipe.fingerprint, seed) for recipe, seed in networks]
