"""Several networks in one TensorFlow graph: their updates, an epoch of their training, and their validation."""

import math
import time
from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from mnist_app import data
from mnist_app.recipes import Recipe
from mnist_app.recipes.layers import VALIDATION_BATCH
from mnist_app.training import architectures
from mnist_app.training.batches import as_inputs, order_of
from mnist_app.training.curves import Curves

_STEPS = 100  # that run in one call; also how often batches are recorded


class Networks:
    """The networks with their data, and one epoch of their training."""

    def __init__(self, networks: Sequence[tuple[Recipe, int]], split: data.Split):
        self.networks, self.recipe = networks, networks[0][0]
        self.split = split
        self.models = []
        for recipe, seed in networks:
            keras.utils.set_random_seed(seed)
            self.models.append(architectures.build(recipe, dtype_policy=recipe.dtype_policy))
        count = min(self.recipe.images, len(split.train_images))
        self.count, self.steps = count, math.ceil(count / self.recipe.batch_size)
        self._inputs, self._labels = tf.constant(split.train_images[:count]), tf.constant(split.train_labels[:count])
        self._decays = [_decays(recipe, model) for (recipe, _), model in zip(networks, self.models, strict=True)]
        self.momenta = [
            [tf.Variable(tf.zeros_like(weight), trainable=False) for weight in model.trainable_variables]
            if self.recipe.momentum
            else []
            for model in self.models
        ]
        signature = [tf.TensorSpec((None, len(networks), None), tf.int32), tf.TensorSpec((None,), tf.float32)]
        self._run_steps = tf.function(self._take_steps, input_signature=signature)
        self._run_validation = tf.function(self._validate, input_signature=[tf.TensorSpec((None,), tf.int32)])

    @property
    def variables(self) -> list[tf.Variable]:
        """All that changes in training."""
        weights = [weight.value for model in self.models for weight in model.variables]
        return weights + [momentum for momenta in self.momenta for momentum in momenta]

    def train_epoch(self, epoch: int, curves: Sequence[Curves], report: Callable[[int], None]) -> None:
        """Add an epoch to the curves. `report` is called with the steps that are done, before the epoch's last."""
        began = time.perf_counter()
        size, count, networks = self.recipe.batch_size, self.count, len(self.networks)
        order = np.stack([order_of(count, seed, epoch).numpy() for _, seed in self.networks])
        sums = np.zeros((2, networks))
        for first in range(0, self.steps, _STEPS):
            last, seen, gained = min(first + _STEPS, self.steps), 0, np.zeros((2, networks))
            for start, stop, length in _whole_and_rest(first, last, size, count):
                chosen = order[:, start : start + (stop - start) // length * length].reshape(networks, -1, length)
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
        for curve, figures in zip(curves, np.concatenate([sums / count, validated]).T.tolist(), strict=True):
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
        momenta = self.momenta[place] or [None] * len(weights)
        gradients = tape.gradient(loss, weights)
        for weight, momentum, decay, gradient in zip(weights, momenta, self._decays[place], gradients, strict=True):
            if decay:
                gradient += decay * weight
            if momentum is None:
                tf.raw_ops.ResourceApplyGradientDescent(
                    var=weight.handle, alpha=rate * recipe.learning_rate, delta=gradient
                )
            else:
                tf.raw_ops.ResourceApplyKerasMomentum(
                    var=weight.handle,
                    accum=momentum.handle,
                    lr=rate * recipe.learning_rate,
                    grad=gradient,
                    momentum=recipe.momentum,
                    use_nesterov=recipe.nesterov,
                )
        return tf.stack([tf.reduce_sum(losses + penalty), _hits(labels, probabilities)])

    def _penalty(self, place: int) -> tf.Tensor:
        """What the L2 factor adds to a network's loss."""
        weights = zip(self.models[place].trainable_variables, self._decays[place], strict=True)
        return tf.add_n([tf.zeros(()), *(decay * tf.nn.l2_loss(weight.value) for weight, decay in weights if decay)])

    def _validate(self, numbers: tf.Tensor) -> tf.Tensor:
        labels = tf.gather(tf.constant(self.split.validation_labels), numbers)
        images = as_inputs(tf.gather(tf.constant(self.split.validation_images), numbers))
        found = []
        for place, model in enumerate(self.models):
            probabilities = model(images, training=False)
            losses = keras.losses.sparse_categorical_crossentropy(labels, probabilities) + self._penalty(place)
            found.append(tf.stack([tf.reduce_sum(losses), _hits(labels, probabilities)]))
        return tf.stack(found, axis=1)


def _decays(recipe: Recipe, model: keras.Model) -> list[float]:
    """For each trained array the factor of its decay: twice the L2 factor, or 0."""
    decayed = {
        id(layer.kernel): 2 * float(layer.kernel_regularizer.l2)
        for layer in model.layers
        if getattr(layer, "kernel_regularizer", None)
    }
    return [decayed.get(id(weight), 0.0) for weight in model.trainable_variables]


def _whole_and_rest(first: int, last: int, size: int, count: int) -> list[tuple[int, int, int]]:
    """Start and end among the images, and length, of the whole batches from step `first` to `last`, and of the rest."""
    start, stop = first * size, min(last * size, count)
    middle = start + (stop - start) // size * size
    parts = ((start, middle, size), (middle, stop, max(1, stop - middle)))
    return [part for part in parts if part[0] < part[1]]


def _hits(labels: tf.Tensor, probabilities: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(tf.cast(tf.argmax(probabilities, axis=1) == labels, tf.float32))
