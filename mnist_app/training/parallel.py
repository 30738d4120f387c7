"""Several networks of one shape trained at once, a core for each, as the replicates of a sweep are.

A small network does not fill several cores. Each gets the first weights, the order of the images and the updates that
`train` would give it, so that its curve is that of a single training but for the rounding of sums. The decay of the
weights is added to the gradient as the derivative of the penalty, which saves three passes over the weights a step.
"""

import contextlib
import math
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from mnist_app import data
from mnist_app.evaluation.results import History, Progress
from mnist_app.recipes import Recipe
from mnist_app.recipes.layers import VALIDATION_BATCH
from mnist_app.training import STEPS_A_CALL, architectures, backups
from mnist_app.training.batches import as_inputs, order_of
from mnist_app.training.curves import Curves

LARGEST_GROUP = 6  # networks that are trained at once; more do not go faster on few cores


def train_parallel(
    networks: Sequence[tuple[Recipe, int]],
    *,
    split: data.Split,
    on_progress: Callable[[Progress, tuple[History, ...]], None] = lambda progress, histories: None,
    backup: Path | None = None,
) -> tuple[History, ...]:
    """Train networks side by side and return their histories, in the order given. The weights are thrown away.

    Args:
        networks: recipe and seed of 1 to `LARGEST_GROUP` classifiers that are trained by SGD with
            `clip_probabilities=False`. The recipes may differ in `l2` and `learning_rate` only: this is not checked.
        split, on_progress, backup: as `train` takes them; the seconds are those of all networks.

    Raises CannotWrite, and Diverged where the loss of one network became NaN or infinite.
    """
    with contextlib.suppress(RuntimeError):  # has an effect only before TensorFlow's first operation
        tf.config.threading.set_inter_op_parallelism_threads(os.cpu_count() or 1)
        tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    group = _Group(networks, split)
    state = backups.load(backup, networks) if backup else None
    histories = state.histories if state else [None] * len(networks)
    curves = [Curves(*network, history) for network, history in zip(networks, histories, strict=True)]
    if state:
        backups.assign(group.variables, state)
    epochs, steps, done = group.recipe.epochs, group.steps, curves[0].history.epochs
    before, began = sum(epoch.seconds for epoch in done) * len(networks), time.perf_counter()
    for epoch in range(len(done), epochs):

        def report(step: int, epoch: int = epoch) -> None:
            seconds = before + time.perf_counter() - began
            on_progress(Progress(epoch + 1, epochs, step, steps, seconds), tuple(each.history for each in curves))

        group.train_epoch(epoch, curves, report)
        if backup:
            backups.save(backup, networks, [each.history for each in curves], group.variables)
        report(steps)
    return tuple(each.history for each in curves)


class _Group:
    """The networks in one graph, with their data: one epoch of their training, and their validation."""

    def __init__(self, networks: Sequence[tuple[Recipe, int]], split: data.Split):
        self.networks, self.recipe, self.split = networks, networks[0][0], split
        self.models = []
        for recipe, seed in networks:
            keras.utils.set_random_seed(seed)
            self.models.append(architectures.build(recipe, dtype_policy=recipe.dtype_policy))
        self.count = min(self.recipe.images, len(split.train_images))
        self.steps = math.ceil(self.count / self.recipe.batch_size)
        self._inputs = tf.constant(split.train_images[: self.count])
        self._labels = tf.constant(split.train_labels[: self.count])
        self._decays = [_decays(model) for model in self.models]
        self._momenta = [
            [tf.Variable(tf.zeros_like(weight), trainable=False) for weight in model.trainable_variables]
            for model in self.models
            if self.recipe.momentum
        ]
        chosen = tf.TensorSpec((None, len(networks), None), tf.int32)
        self._run_steps = tf.function(self._take_steps, input_signature=[chosen, tf.TensorSpec((None,), tf.float32)])
        self._run_validation = tf.function(self._validate, input_signature=[tf.TensorSpec((None,), tf.int32)])

    @property
    def variables(self) -> list[tf.Variable]:
        """All that changes in training."""
        weights = [weight.value for model in self.models for weight in model.variables]
        return weights + [momentum for momenta in self._momenta for momentum in momenta]

    def train_epoch(self, epoch: int, curves: Sequence[Curves], report: Callable[[int], None]) -> None:
        """Add an epoch to the curves. `report` is called with the steps that are done, before the epoch's last."""
        began = time.perf_counter()
        size, networks = self.recipe.batch_size, len(self.networks)
        order = np.stack([order_of(self.count, seed, epoch).numpy() for _, seed in self.networks])
        sums = np.zeros((2, networks))
        for first in range(0, self.steps, STEPS_A_CALL):
            last, seen, gained = min(first + STEPS_A_CALL, self.steps), 0, np.zeros((2, networks))
            for start, stop, length in _whole_and_rest(first * size, min(last * size, self.count), size):
                chosen = order[:, start:stop].reshape(networks, -1, length)
                rates = [self._rate(epoch * self.steps + start // size + step) for step in range(chosen.shape[1])]
                gained += self._run_steps(chosen.transpose(1, 0, 2), rates).numpy()
                seen += stop - start
            sums += gained
            for curve, (loss, accuracy) in zip(curves, (gained / seen).T.tolist(), strict=True):
                curve.add_batches(epoch * self.steps + last, loss, accuracy)
            if last < self.steps:
                report(last)
        images = len(self.split.validation_images)
        starts = range(0, images, VALIDATION_BATCH)
        chunks = [np.arange(start, min(start + VALIDATION_BATCH, images)) for start in starts]
        validated = sum(self._run_validation(chunk).numpy() for chunk in chunks) / images
        seconds = (time.perf_counter() - began) / networks
        for curve, figures in zip(curves, np.concatenate([sums / self.count, validated]).T.tolist(), strict=True):
            curve.add_epoch(*figures, seconds=seconds)

    def _rate(self, step: int) -> float:
        """Learning rate of a step over that of the recipe; steps count from the start of training."""
        if self.recipe.schedule == "constant":
            return 1.0
        return (1 + math.cos(math.pi * step / (self.steps * self.recipe.epochs))) / 2

    def _take_steps(self, chosen: tf.Tensor, rates: tf.Tensor) -> tf.Tensor:
        """Train on the images numbered int32 (steps, networks, batch); sums of loss and hits float32 (2, networks)."""
        sums = tf.zeros((2, len(self.networks)))
        for step in tf.range(tf.shape(chosen)[0]):
            numbers = chosen[step]
            found = [self._take_step(place, numbers[place], rates[step]) for place in range(len(self.networks))]
            sums += tf.stack(found, axis=1)
        return sums

    def _take_step(self, place: int, numbers: tf.Tensor, rate: tf.Tensor) -> tf.Tensor:
        model, (recipe, _) = self.models[place], self.networks[place]
        labels = tf.gather(self._labels, numbers)
        with tf.GradientTape() as tape:
            probabilities = model(as_inputs(tf.gather(self._inputs, numbers)), training=True)
            losses = keras.losses.sparse_categorical_crossentropy(labels, probabilities)
            loss = tf.reduce_mean(losses)
        penalty = self._penalty(place)
        weights = [weight.value for weight in model.trainable_variables]
        gradients = tape.gradient(loss, weights)
        rate = rate * recipe.learning_rate
        for number, (weight, decay) in enumerate(zip(weights, self._decays[place], strict=True)):
            gradient = gradients[number] + decay * weight if decay else gradients[number]
            if recipe.momentum:
                tf.raw_ops.ResourceApplyKerasMomentum(
                    var=weight.handle,
                    accum=self._momenta[place][number].handle,
                    lr=rate,
                    grad=gradient,
                    momentum=recipe.momentum,
                    use_nesterov=recipe.nesterov,
                )
            else:
                tf.raw_ops.ResourceApplyGradientDescent(var=weight.handle, alpha=rate, delta=gradient)
        return tf.stack([tf.reduce_sum(losses + penalty), _hits(labels, probabilities)])

    def _penalty(self, place: int) -> tf.Tensor:
        """What the L2 factor adds to a network's loss."""
        weights = zip(self.models[place].trainable_variables, self._decays[place], strict=True)
        return tf.add_n([tf.zeros(()), *(decay * tf.nn.l2_loss(weight.value) for weight, decay in weights if decay)])

    def _validate(self, numbers: tf.Tensor) -> tf.Tensor:
        """Sums of loss and hits over the validation images of these numbers, float32 (2, networks)."""
        labels = tf.gather(tf.constant(self.split.validation_labels), numbers)
        images = as_inputs(tf.gather(tf.constant(self.split.validation_images), numbers))
        found = []
        for place, model in enumerate(self.models):
            probabilities = model(images, training=False)
            losses = keras.losses.sparse_categorical_crossentropy(labels, probabilities) + self._penalty(place)
            found.append(tf.stack([tf.reduce_sum(losses), _hits(labels, probabilities)]))
        return tf.stack(found, axis=1)


def _decays(model: keras.Model) -> list[float]:
    """For each trained array the factor of its decay: twice the L2 factor, or 0."""
    decays = []
    for layer in model.layers:
        regularizer = getattr(layer, "kernel_regularizer", None)
        for weight in layer.trainable_variables:
            decayed = regularizer and weight is layer.kernel
            decays.append(2 * float(regularizer.l2) if decayed else 0.0)
    return decays


def _whole_and_rest(start: int, stop: int, size: int) -> list[tuple[int, int, int]]:
    """Start and end among the images, and length, of whole batches, and of the shorter one behind them."""
    middle = stop - (stop - start) % size
    parts = ((start, middle, size), (middle, stop, stop - middle))
    return [part for part in parts if part[0] < part[1]]


def _hits(labels: tf.Tensor, probabilities: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(tf.cast(tf.argmax(probabilities, axis=1) == labels, tf.float32))
