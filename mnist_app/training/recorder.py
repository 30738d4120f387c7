"""What happens while `fit` runs: curves are collected, the state is backed up, and progress is reported."""

import time
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from mnist_app.evaluation.results import Progress
from mnist_app.recipes import Recipe
from mnist_app.training.live import LiveTraining


class Recorder(keras.callbacks.Callback):
    """For `fit`.

    Args:
        recipe, live: what is trained, and its curves so far.
        images, steps: training images, and batches of an epoch.
        save: called at the end of each epoch, before `on_progress`.
        on_progress: as `train` takes it.

    Attributes:
        epoch: the epoch that runs, int64, counted from 0.
    """

    def __init__(
        self,
        recipe: Recipe,
        live: LiveTraining,
        *,
        images: int,
        steps: int,
        save: Callable[[], None],
        on_progress: Callable[[Progress, LiveTraining], None],
    ):
        super().__init__()
        self.epoch = tf.Variable(0, dtype=tf.int64, trainable=False)
        self._recipe, self._images, self._steps = recipe, images, steps
        self._live, self._save, self._on_progress = live, save, on_progress
        self._seconds = sum(epoch.seconds for epoch in live.history.epochs)  # of the epochs that have ended

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
        classifies = "accuracy" in logs
        sums = np.array([float(logs["loss"]) * seen, round(float(logs["accuracy"]) * seen) if classifies else 0])
        loss, accuracy = (float(mean) for mean in (sums - self._sums) / (seen - self._seen))
        self._seen, self._sums = seen, sums
        self._live.curves.add_batches(self._epoch * self._steps + step, loss, accuracy if classifies else None)
        if step < self._steps:
            self._report(step, self._seconds + self._elapsed())

    def on_epoch_end(self, epoch, logs=None):
        seconds = self._elapsed()
        names = ("loss", "accuracy", "val_loss", "val_accuracy")
        figures = [float(logs[name]) if name in logs else None for name in names]
        self._live.curves.add_epoch(*figures, seconds=seconds)
        self._seconds += seconds
        self._live.take_snapshot(epoch + 1)
        self._save()
        self._report(self._steps, self._seconds)

    def _elapsed(self) -> float:
        return time.perf_counter() - self._epoch_began

    def _report(self, step: int, seconds: float) -> None:
        self._on_progress(Progress(self._epoch + 1, self._recipe.epochs, step, self._steps, seconds), self._live)
