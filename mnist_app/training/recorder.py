"""What happens while `fit` runs: the history is collected, progress passed on, and a loss that is no number refused."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import keras
import msgspec
import numpy as np
import tensorflow as tf

from mnist_app import ExplorerError
from mnist_app.evaluation.results import Batches, Epoch, History
from mnist_app.recipes import Recipe
from mnist_app.training.live import FirstLayer, LiveNetwork


class Diverged(ExplorerError):
    """The loss is no longer a number."""


@dataclass(frozen=True)
class Progress:
    """Where a training is. `epoch` and `step` count from 1, `steps` are an epoch's.

    `seconds` are those that the epochs took so far, in an earlier part of the training as well. Loss and accuracy are
    those of `Batches`; where an epoch has ended, and only there, those of `Epoch`, and `val_loss` is not None.
    Accuracies are None for a denoiser. `network` is for use until `watch` returns.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    seconds: float
    loss: float
    accuracy: float | None
    val_loss: float | None = None
    val_accuracy: float | None = None
    network: LiveNetwork | None = field(default=None, compare=False, repr=False)

    @property
    def fraction(self) -> float:
        """Share of the whole training that is done, in [0, 1]."""
        return ((self.epoch - 1) * self.steps + self.step) / (self.epochs * self.steps)


class Recorder(keras.callbacks.Callback):
    """Collects the history while `fit` runs, and passes progress on.

    That an epoch has ended is passed on by `report_epoch`, so that its state can be saved before `watch` hears of it.
    """

    def __init__(
        self, recipe: Recipe, images: int, steps: int, network: LiveNetwork, watch: Callable[[Progress], None]
    ):
        super().__init__()
        self.epoch = tf.Variable(0, dtype=tf.int64, trainable=False)
        self.epochs: list[Epoch] = []
        self.batches: list[Batches] = []
        self._recipe, self._images, self._steps = recipe, images, steps
        self._network, self._watch = network, watch
        self._seconds = 0.0  # of the epochs that have ended

    @property
    def history(self) -> History:
        """What was collected so far."""
        return History(tuple(self.epochs), tuple(self.batches), self._recipe.validation)

    def state(self) -> tuple[dict[str, object], dict[str, np.ndarray]]:
        """What `go_on` needs: plain JSON values, and arrays."""
        first_layer = self._network.first_layer
        arrays = {"epochs": np.array(first_layer.epochs), "kernels": first_layer.kernels}
        return {"history": msgspec.to_builtins(self.history)}, arrays

    def go_on(self, history: History, first_layer: FirstLayer) -> None:
        """Take over what an earlier part of the training collected."""
        self.epochs, self.batches = list(history.epochs), list(history.batches)
        self._network.restore_snapshots(first_layer)
        self._seconds = sum(epoch.seconds for epoch in history.epochs)

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch.assign(epoch)
        self._epoch, self._epoch_began = epoch, time.perf_counter()
        self._seen, self._sums = 0, np.zeros(2)

    def on_train_batch_end(self, batch, logs=None):
        """Keras's logs are running means over the epoch: the mean since the last call is what the sums have gained."""
        step = min(batch + 1, self._steps)
        seen = min(step * self._recipe.batch_size, self._images)
        if seen == self._seen:
            return
        self._refuse_divergence(logs["loss"])
        judged = "accuracy" in logs
        sums = np.array([float(logs["loss"]) * seen, round(float(logs["accuracy"]) * seen) if judged else 0])
        loss, accuracy = (float(mean) for mean in (sums - self._sums) / (seen - self._seen))
        accuracy = accuracy if judged else None
        self._seen, self._sums = seen, sums
        self.batches.append(Batches(self._epoch * self._steps + step, loss, accuracy))
        self._report(step, self._seconds + self._elapsed(), loss, accuracy)

    def on_epoch_end(self, epoch, logs=None):
        seconds = self._elapsed()
        names = ("loss", "accuracy", "val_loss", "val_accuracy")
        figures = {name: float(logs[name]) if name in logs else None for name in names}
        self._refuse_divergence(figures["val_loss"])
        self.epochs.append(Epoch(**figures, seconds=round(seconds, 3)))
        self._seconds += seconds
        self._network.take_snapshot(epoch + 1)

    def report_epoch(self, epoch, logs=None):
        """Pass on that an epoch has ended."""
        ended = self.epochs[-1]
        self._report(self._steps, self._seconds, ended.loss, ended.accuracy, ended.val_loss, ended.val_accuracy)

    def _elapsed(self) -> float:
        return time.perf_counter() - self._epoch_began

    def _refuse_divergence(self, loss: float) -> None:
        if not math.isfinite(loss):
            rate = self._recipe.learning_rate
            raise Diverged(
                f"Training {self._recipe.key} failed: the loss is no longer a number (epoch {self._epoch + 1})",
                expected="a finite loss",
                found=str(float(loss)),
                remedy=f"The learning rate {rate:g} is probably too high: try a tenth of it, {rate / 10:g}.",
            )

    def _report(self, step: int, seconds: float, *figures: float | None) -> None:
        where = (self._epoch + 1, self._recipe.epochs, step, self._steps)
        self._watch(Progress(*where, seconds, *figures, network=self._network))
