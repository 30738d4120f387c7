"""What a stack needs to go on after an epoch, on disk."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from mnist_app.evaluation.results import History
from mnist_app.recipes import Recipe
from mnist_app.training.parallel.networks import Networks

_FILE = "stack.npz"


class Backup:
    """The state after the last completed epoch, in one file that is replaced whole."""

    def __init__(self, folder: Path | None, networks: Sequence[tuple[Recipe, int]]):
        self._path = folder and folder / _FILE
        self._whose = json.dumps([[recipe.key, recipe.fingerprint, seed] for recipe, seed in networks])

    def save(self, stack: Networks, histories: Sequence[History]) -> None:
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        plain = msgspec.json.encode(histories).decode()
        partial = self._path.with_name(f".{_FILE}")
        with partial.open("wb") as file:
            values = [value.numpy() for value in stack.state]
            np.savez(file, *values, whose=np.array(self._whose), histories=np.array(plain))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._path)

    def restore(self, stack: Networks) -> list[History]:
        """The histories so far, and the networks as they were then; empty histories where there is no state of them."""
        empty = [History((), (), stack.split.validation) for _ in stack.networks]
        if self._path is None or not self._path.exists():
            return empty
        with np.load(self._path, allow_pickle=False) as found:
            if str(found["whose"]) != self._whose:
                return empty
            for place, variable in enumerate(stack.state):
                variable.assign(found[f"arr_{place}"])
            return msgspec.json.decode(str(found["histories"]), type=list[History])
