"""A recipe, data and a seed become a trained network and its history.

The network is trained by Keras's own `fit`, with three settings that only make it faster: the images stay in one
uint8 tensor that batches are gathered from, many steps run in one call, and a recipe may ask for bfloat16 or XLA.
The order of the images in each epoch depends on the seed and the epoch alone. Saving is left to `store`.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from mnist_app import ExplorerError, architectures, data
from mnist_app.layers import VALIDATION_BATCH
from mnist_app.recipes import InvalidValue, Recipe, check_seed
from mnist_app.results import Batches, Epoch, History

STEPS_A_CALL = 100
"""Steps that run in one call of `fit`'s inner loop; also how often progress is reported and batches are recorded."""


class Diverged(ExplorerError):
    """The loss is no longer a number."""


@dataclass(frozen=True)
class Progress:
    """Where a training is. `epoch` and `step` count from 1, `steps` are an epoch's, `seconds` since the start.

    Loss and accuracy are those of `Batches`; where an epoch has ended, and only there, those of `Epoch`, and
    `val_accuracy` is not None.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    seconds: float
    loss: float
    accuracy: float
    val_accuracy: float | None = None

    @property
    def fraction(self) -> float:
        """Share of the whole training that is done, in [0, 1]."""
        return ((self.epoch - 1) * self.steps + self.step) / (self.epochs * self.steps)


@dataclass(frozen=True)
class Trained:
    """A trained network: float32, not compiled, with its history and the seconds it took."""

    recipe: Recipe
    seed: int
    model: keras.Model
    history: History
    seconds: float


def train(
    recipe: Recipe,
    *,
    split: data.Split,
    seed: int = 0,
    watch: Callable[[Progress], None] = lambda progress: None,
) -> Trained:
    """Train a recipe. The same recipe, split and seed give the same history to the last digit on one machine.

    Args:
        recipe: what to train and how.
        split: images uint8 (n, 28, 28) and labels to train on, of which the first `recipe.images` are used, and those
            to validate on after each epoch; its `validation` is the recipe's.
        seed: first weights, order of the images and dropout; 0 to 2,147,483,647.
        watch: called after every 100th batch and at the end of each epoch; what it raises ends the training.

    Raises:
        Diverged: the loss became NaN or infinite.
        recipes.InvalidValue: the seed is impossible, or the split is another than the recipe says.
        layers.ImpossibleNetwork: the recipe's network cannot be built.
    """
    seed = check_seed(seed)
    if split.validation != recipe.validation:
        raise InvalidValue(
            f"Recipe {recipe.key}: the images are split otherwise than the recipe says",
            expected=f"validation={recipe.validation}",
            found=f"validation={split.validation}",
            remedy="Change the recipe's field, or split the images as it says.",
        )
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    model = architectures.build(recipe, precision=recipe.precision)
    images, labels = split.train_images[: recipe.images], split.train_labels[: recipe.images]
    steps = math.ceil(len(images) / recipe.batch_size)
    model.compile(
        optimizer=_optimizer(recipe, steps),
        loss=_LOSSES[recipe.loss],
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
        steps_per_execution=STEPS_A_CALL,
        jit_compile=False,
    )
    if recipe.compiler == "xla":
        model._jit_compile = True  # `compile` refuses XLA while operations are deterministic; here the two go together
    recorder = _Recorder(recipe, len(images), steps, watch)
    began = time.perf_counter()
    model.fit(
        _shuffled_batches(images, labels, recipe.batch_size, seed, recorder.epoch),
        validation_data=_batches(split.validation_images, split.validation_labels),
        epochs=recipe.epochs,
        shuffle=False,  # the batches come shuffled
        callbacks=[recorder],
        verbose=0,
    )
    seconds = time.perf_counter() - began
    history = History(tuple(recorder.epochs), tuple(recorder.batches), split.validation)
    return Trained(recipe, seed, _plain(recipe, model), history, seconds)


def export(model: keras.Model, folder: Path, *, keras_file: str, serving_file: str) -> None:
    """Write the weights in both forms: Keras's own file, and LiteRT's for serving. Raises OSError."""
    model.save(folder / keras_file)
    model.export(folder / serving_file, format="litert", verbose=False)


def download_mnist() -> Path:
    """Keras's mnist.npz, downloaded to Keras's cache unless it is there. Raises Exception, as bare as Keras does."""
    path = keras.utils.get_file("mnist.npz", origin=data.DOWNLOAD_ADDRESS, file_hash=data.DOWNLOAD_SHA256)
    return Path(path)


def _plain(recipe: Recipe, trained: keras.Model) -> keras.Model:
    """The same weights in a float32 network without an optimiser: what is saved and served."""
    model = architectures.build(recipe)
    model.set_weights(trained.get_weights())
    return model


def _optimizer(recipe: Recipe, steps: int) -> keras.optimizers.Optimizer:
    rate = recipe.learning_rate
    if recipe.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(rate, steps * recipe.epochs)
    if recipe.optimizer == "adam":
        return keras.optimizers.Adam(rate, epsilon=recipe.epsilon)
    return keras.optimizers.SGD(rate, momentum=recipe.momentum, nesterov=recipe.nesterov)


def _shuffled_batches(
    images: np.ndarray, labels: np.ndarray, batch_size: int, seed: int, epoch: tf.Variable
) -> tf.data.Dataset:
    """Batches of one epoch; iterated again after `epoch` has changed, it gives another order.

    The order is a stateless function of seed and epoch, so that a training that resumes sees what it would have seen.
    """
    count = len(images)
    all_images, all_labels = tf.constant(images), tf.constant(labels)

    def order(_: tf.Tensor) -> tf.data.Dataset:
        key = tf.stack([tf.constant(seed, tf.int64), epoch])
        numbers = tf.random.experimental.stateless_shuffle(tf.range(count), seed=key)
        return tf.data.Dataset.from_tensor_slices(numbers)

    def gather(numbers: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return _as_inputs(tf.gather(all_images, numbers)), tf.gather(all_labels, numbers)

    batches = tf.data.Dataset.range(1).flat_map(order).batch(batch_size).map(gather).prefetch(4)
    return batches.apply(tf.data.experimental.assert_cardinality(math.ceil(count / batch_size)))


def _batches(images: np.ndarray, labels: np.ndarray) -> tf.data.Dataset:
    whole = tf.data.Dataset.from_tensor_slices((tf.constant(images), tf.constant(labels)))
    return whole.batch(VALIDATION_BATCH).map(lambda some, their: (_as_inputs(some), their)).prefetch(2)


def _from_probabilities(labels: tf.Tensor, probabilities: tf.Tensor) -> tf.Tensor:
    """Cross-entropy as Keras computed it until 2020: from the softmax's output, cut off at 1e-7.

    A probability that is cut off has no gradient. Keras now finds the softmax's input and computes from that; the
    identity hides it.
    """
    return keras.losses.sparse_categorical_crossentropy(labels, tf.identity(probabilities))


_LOSSES = {"logits": "sparse_categorical_crossentropy", "probabilities": _from_probabilities}


def _as_inputs(images: tf.Tensor) -> tf.Tensor:
    return tf.cast(images, tf.float32)[..., tf.newaxis] / 255.0


class _Recorder(keras.callbacks.Callback):
    """Collects the history while `fit` runs, and passes progress on."""

    def __init__(self, recipe: Recipe, images: int, steps: int, watch: Callable[[Progress], None]):
        super().__init__()
        self.epoch = tf.Variable(0, dtype=tf.int64, trainable=False)
        self.epochs: list[Epoch] = []
        self.batches: list[Batches] = []
        self._recipe, self._images, self._steps, self._watch = recipe, images, steps, watch
        self._began = time.perf_counter()

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
        sums = np.array([float(logs["loss"]) * seen, round(float(logs["accuracy"]) * seen)])
        loss, accuracy = (float(mean) for mean in (sums - self._sums) / (seen - self._seen))
        self._seen, self._sums = seen, sums
        self.batches.append(Batches(self._epoch * self._steps + step, loss, accuracy))
        self._report(step, loss, accuracy)

    def on_epoch_end(self, epoch, logs=None):
        seconds = time.perf_counter() - self._epoch_began
        figures = {name: float(logs[name]) for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
        self._refuse_divergence(figures["val_loss"])
        self.epochs.append(Epoch(**figures, seconds=round(seconds, 3)))
        self._report(self._steps, figures["loss"], figures["accuracy"], figures["val_accuracy"])

    def _refuse_divergence(self, loss: float) -> None:
        if not math.isfinite(loss):
            rate = self._recipe.learning_rate
            raise Diverged(
                f"Training {self._recipe.key} failed: the loss is no longer a number (epoch {self._epoch + 1})",
                expected="a finite loss",
                found=str(float(loss)),
                remedy=f"The learning rate {rate:g} is probably too high: try a tenth of it, {rate / 10:g}.",
            )

    def _report(self, step: int, loss: float, accuracy: float, val_accuracy: float | None = None) -> None:
        seconds = time.perf_counter() - self._began
        epochs = self._recipe.epochs
        self._watch(
            Progress(self._epoch + 1, epochs, step, self._steps, seconds, loss, accuracy, val_accuracy=val_accuracy)
        )
