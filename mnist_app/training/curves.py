"""A training's history while it grows."""

import math

from mnist_app import ExplorerError
from mnist_app.evaluation.results import Batches, Epoch, History
from mnist_app.recipes import Recipe


class Diverged(ExplorerError):
    """The loss became NaN or infinite."""


class Curves:
    """Collects the history of one network, from its beginning or from where it was interrupted."""

    def __init__(self, recipe: Recipe, seed: int, history: History | None = None):
        self._recipe, self._seed = recipe, seed
        self._epochs = list(history.epochs) if history else []
        self._batches = list(history.batches) if history else []

    @property
    def history(self) -> History:
        """What was collected so far."""
        return History(tuple(self._epochs), tuple(self._batches), self._recipe.validation)

    def add_batches(self, batch: int, loss: float, accuracy: float | None) -> None:
        """Mean loss and accuracy over the batches up to this one, since the last call. Raises Diverged."""
        self._check(loss)
        self._batches.append(Batches(batch, loss, accuracy))

    def add_epoch(
        self, loss: float, accuracy: float | None, val_loss: float, val_accuracy: float | None, *, seconds: float
    ) -> None:
        """The figures of an epoch and of its validation. Raises Diverged."""
        self._check(val_loss)
        self._epochs.append(Epoch(loss, accuracy, val_loss, val_accuracy, round(seconds, 3)))

    def _check(self, loss: float) -> None:
        if not math.isfinite(loss):
            recipe, rate, epoch = self._recipe, self._recipe.learning_rate, len(self._epochs) + 1
            raise Diverged(
                f"Training {recipe.key}, seed {self._seed}, failed: the loss is no longer a number (epoch {epoch})",
                expected="a finite loss",
                found=str(float(loss)),
                remedy=f"The learning rate {rate:g} is probably too high: try a tenth of it, {rate / 10:g}.",
            )
