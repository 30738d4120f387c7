"""A network while `fit` trains it: its curves, what it gives for an image, and what its first layer looked like."""

import math
import time
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from mnist_app.evaluation.results import History, Progress
from mnist_app.recipes import Recipe
from mnist_app.recipes.layers import INPUT_SHAPE, VALIDATION_BATCH
from mnist_app.store import FirstLayer
from mnist_app.training.curves import Curves

MOST_SNAPSHOTS = 41
MOST_UNITS = 36


class LiveTraining(keras.callbacks.Callback):
    """A training between two steps, as `fit` calls it. Looking at it leaves it as it is, to the last digit."""

    def __init__(self, recipe: Recipe, model: keras.Model, curves: Curves, *, images: int):
        super().__init__()
        self.epoch = tf.Variable(0, dtype=tf.int64, trainable=False)  # the one that runs, counted from 0
        self.save: Callable[[], None] = lambda: None
        self.on_progress: Callable[[Progress, LiveTraining], None] = lambda progress, live: None
        self._recipe, self._curves = recipe, curves
        self._images, self._steps = images, math.ceil(images / recipe.batch_size)
        self._seconds = sum(epoch.seconds for epoch in curves.history.epochs)  # of the epochs that have ended
        self._layer = next(layer for layer in model.layers if layer.weights)
        self._kernels: dict[int, np.ndarray] = {}
        self._call = tf.function(
            lambda images: model(images, training=False),
            input_signature=[tf.TensorSpec((None, *INPUT_SHAPE), tf.float32)],
            autograph=False,
        )

    def run(self, images: np.ndarray) -> np.ndarray:
        """What the network gives now for images float32 (n, 28, 28, 1), without dropout, with its dtype policy."""
        starts = range(0, max(len(images), 1), VALIDATION_BATCH)
        return np.concatenate(
            [self._call(images[start : start + VALIDATION_BATCH]).numpy() for start in starts]
        )

    @property
    def history(self) -> History:
        """The curves so far, with those of the parts before an interruption."""
        return self._curves.history

    @property
    def first_layer(self) -> FirstLayer:
        """The first layer's weights at the beginning and after each epoch.

        Of a long training evenly fewer epochs, but always the first and the last, at most 41; of a wide layer the first
        36 units. `kernels` are float32 (epochs, units, rows, columns): 28 rows and columns where the layer is dense.
        """
        return FirstLayer(tuple(self._kernels), np.stack(list(self._kernels.values())))

    def take_snapshot(self, epoch: int) -> None:
        """Keep the first layer as it is now, after that many epochs; which older ones stay depends on `epoch` alone."""
        stride = 1
        while -(-epoch // stride) >= MOST_SNAPSHOTS:
            stride *= 2
        self._kernels = {number: kernel for number, kernel in self._kernels.items() if number % stride == 0}
        self._kernels[epoch] = _as_pictures(self._layer.kernel.numpy())

    def restore_snapshots(self, first_layer: FirstLayer) -> None:
        """Go on from those of an earlier part of the training."""
        self._kernels = dict(zip(first_layer.epochs, first_layer.kernels, strict=True))

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
        sums = np.array(
            [float(logs["loss"]) * seen, round(float(logs["accuracy"]) * seen) if classifies else 0]
        )
        loss, accuracy = (float(mean) for mean in (sums - self._sums) / (seen - self._seen))
        self._seen, self._sums = seen, sums
        self._curves.add_batches(self._epoch * self._steps + step, loss, accuracy if classifies else None)
        if step < self._steps:
            self._report(step, self._seconds + time.perf_counter() - self._epoch_began)

    def on_epoch_end(self, epoch, logs=None):
        seconds = time.perf_counter() - self._epoch_began
        names = ("loss", "accuracy", "val_loss", "val_accuracy")
        figures = [float(logs[name]) if name in logs else None for name in names]
        self._curves.add_epoch(*figures, seconds=seconds)
        self._seconds += seconds
        self.take_snapshot(epoch + 1)
        self.save()
        self._report(self._steps, self._seconds)

    def _report(self, step: int, seconds: float) -> None:
        self.on_progress(Progress(self._epoch + 1, self._recipe.epochs, step, self._steps, seconds), self)


def _as_pictures(kernel: np.ndarray) -> np.ndarray:
    """A dense kernel (784, units) or a convolution's (rows, columns, 1, units) as (units, rows, columns).

    Where a dense layer takes more than the image, the image comes first, and only its weights are shown.
    """
    rows, columns = INPUT_SHAPE[:2] if kernel.ndim == 2 else kernel.shape[:2]
    pictures = kernel[: rows * columns].reshape(rows, columns, -1)[..., :MOST_UNITS]
    return np.ascontiguousarray(np.moveaxis(pictures, -1, 0), np.float32)
