"""A network while it is trained: its curves, what it gives for an image, and what its first layer looked like."""

import math
import time
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from mnist_app.evaluation.results import History, Progress
from mnist_app.recipes import Recipe
from mnist_app.recipes.layers import INPUT_SHAPE
from mnist_app.store import Snapshots
from mnist_app.training.curves import Curves

MOST_SNAPSHOTS = 41
MOST_UNITS = 36


class LiveTraining:
    """A training between two calls of its steps. Looking at it leaves it as it is, to the last digit."""

    def __init__(self, recipe: Recipe, model: keras.Model, curves: Curves, *, images: int):
        self.save: Callable[[], None] = lambda: None
        self.on_progress: Callable[[Progress, LiveTraining], None] = lambda progress, live: None
        self._recipe, self._curves = recipe, curves
        self._images, self.steps = images, math.ceil(images / recipe.batch_size)
        self._seconds = sum(epoch.seconds for epoch in curves.history.epochs)  # of the epochs that have ended
        self._layer = next(layer for layer in model.layers if layer.weights)
        self._kernels: dict[int, np.ndarray] = {}
        self._confusions: dict[int, np.ndarray] = {}
        self._call = tf.function(
            lambda images: model(images, training=False),
            input_signature=[tf.TensorSpec((None, *INPUT_SHAPE), tf.float32)],
            autograph=False,
        )

    def run(self, images: np.ndarray) -> np.ndarray:
        """What it gives now for some hundred images float32 (n, 28, 28, 1), without dropout, with its dtype policy."""
        return self._call(images).numpy()

    @property
    def history(self) -> History:
        """The curves so far, with those of the parts before an interruption."""
        return self._curves.history

    @property
    def snapshots(self) -> Snapshots:
        """The first layer's weights and the guesses of the validation images, at the beginning and after each epoch.

        Of a long training evenly fewer epochs, but always the first and the last, at most 41; of a wide layer the first
        36 units. `kernels` are float32 (epochs, units, rows, columns): 28 rows and columns where the layer is dense.
        """
        counts = np.stack(list(self._confusions.values())) if self._recipe.task == "classify" else None
        return Snapshots(tuple(self._kernels), np.stack(list(self._kernels.values())), counts)

    def take_snapshot(self, epoch: int, confusion: np.ndarray) -> None:
        """Keep what is now, after that many epochs; which older ones stay depends on `epoch` alone."""
        stride = 1
        while -(-epoch // stride) >= MOST_SNAPSHOTS:
            stride *= 2
        for kept, now in ((self._kernels, _as_pictures(self._layer.kernel.numpy())), (self._confusions, confusion)):
            for number in [each for each in kept if each % stride]:
                del kept[number]
            kept[epoch] = now

    def restore_snapshots(self, snapshots: Snapshots) -> None:
        """Go on from those of an earlier part of the training."""
        self._kernels = dict(zip(snapshots.epochs, snapshots.kernels, strict=True))
        if snapshots.confusions is not None:
            self._confusions = dict(zip(snapshots.epochs, snapshots.confusions, strict=True))

    def begin_epoch(self) -> None:
        """Start the clock of the next epoch."""
        self._epoch_began, self._seen, self._sums = time.perf_counter(), 0, np.zeros(2)

    def add_steps(self, step: int, sums: np.ndarray) -> None:
        """The sums of loss and hits over the images since the last call; `step` steps of the epoch are done."""
        seen = min(step * self._recipe.batch_size, self._images)
        done = len(self.history.epochs) * self.steps
        self._curves.add_batches(done + step, *self._figures(sums / (seen - self._seen)))
        self._seen, self._sums = seen, self._sums + sums
        if step < self.steps:
            self._report(step, self._seconds + time.perf_counter() - self._epoch_began)

    def end_epoch(self, validated: np.ndarray, confusion: np.ndarray) -> None:
        """Loss and accuracy of its validation, and which digit was taken for which."""
        seconds = time.perf_counter() - self._epoch_began
        trained = self._figures(self._sums / self._images)
        self._curves.add_epoch(*trained, *self._figures(validated), seconds=seconds)
        self._seconds += seconds
        self.take_snapshot(len(self.history.epochs), confusion)
        self.save()
        self._report(self.steps, self._seconds)

    def _figures(self, means: np.ndarray) -> tuple[float, float | None]:
        """Loss, and accuracy where there is one."""
        loss, accuracy = means.tolist()
        return loss, accuracy if self._recipe.task == "classify" else None

    def _report(self, step: int, seconds: float) -> None:
        epoch = len(self.history.epochs) + (step < self.steps)
        self.on_progress(Progress(epoch, self._recipe.epochs, step, self.steps, seconds), self)


def _as_pictures(kernel: np.ndarray) -> np.ndarray:
    """A dense kernel (784, units) or a convolution's (rows, columns, 1, units) as (units, rows, columns).

    Where a dense layer takes more than the image, the image comes first, and only its weights are shown.
    """
    rows, columns = INPUT_SHAPE[:2] if kernel.ndim == 2 else kernel.shape[:2]
    pictures = kernel[: rows * columns].reshape(rows, columns, -1)[..., :MOST_UNITS]
    return np.ascontiguousarray(np.moveaxis(pictures, -1, 0), np.float32)
