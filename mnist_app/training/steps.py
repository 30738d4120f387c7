"""The steps of a training and its validation, many in one call of a graph.

XLA, where a recipe asks for it, compiles the loop over the steps as a whole. Keras's `fit` would call it at each step,
with new memory for every layer and every weight: a third of the time of a wide network.
"""

import functools
import math

import keras
import numpy as np
import tensorflow as tf

from mnist_app import data
from mnist_app.recipes import Recipe
from mnist_app.recipes.layer import CLASSES, INPUT_SHAPE
from mnist_app.recipes.layers import VALIDATION_BATCH
from mnist_app.training.batches import order_of, training_batches, validation_batches


class Steps:
    """Trains a network on a split, as many steps at a time as one asks for, and validates it."""

    def __init__(
        self, recipe: Recipe, model: keras.Model, optimizer: keras.optimizers.Optimizer, split: data.Split, *, seed: int
    ):
        self._recipe, self._seed, self._model, self._optimizer = recipe, seed, model, optimizer
        self._images, self._judged = min(recipe.images, len(split.train_images)), len(split.validation_images)
        self._batches = training_batches(recipe, split, seed=seed)
        self._validation_batches = validation_batches(recipe, split, seed=seed)
        xla, by_numpy = recipe.jit_compile, recipe.augmentation != "none"  # XLA cannot compile NumPy
        step = tf.function(self._step, jit_compile=xla)
        self._take_steps = tf.function(functools.partial(self._loop, step), jit_compile=xla and not by_numpy)
        # One step of an epoch, and a validation, take less than it takes to compile them.
        self._take_last = tf.function(functools.partial(self._loop, self._step))
        self._judge = tf.function(self._validation_step)

    def train(self, epoch: int, first: int, last: int) -> np.ndarray:
        """Take the steps `first` to `last` - 1 of an epoch; sums of loss and hits over their images, (2,)."""
        size, order = self._recipe.batch_size, order_of(self._images, self._seed, epoch)
        before, whole = epoch * math.ceil(self._images / size), min(last, self._images // size)
        sums = np.zeros(2)
        parts = (first, whole, size, self._take_steps), (whole, last, self._images % size, self._take_last)
        for start, stop, length, take in parts:
            if start < stop:
                numbers = (tf.constant(number, tf.int64) for number in (before, start, stop))
                sums += take(order, *numbers, length).numpy()
        return sums

    def validate(self) -> tuple[np.ndarray, np.ndarray]:
        """Loss and accuracy on the validation images, (2,); of a classifier its confusion matrix, (10, 10)."""
        sums, counts = np.zeros(2), np.zeros((CLASSES, CLASSES), np.int32)
        for number, start in enumerate(range(0, self._judged, VALIDATION_BATCH)):
            indices = tf.range(start, min(start + VALIDATION_BATCH, self._judged))
            more = self._judge(indices, tf.constant(number, tf.int64))
            sums += more[0].numpy()
            counts += more[1].numpy()
        return sums / self._judged, counts

    def _loop(self, take_step, order: tf.Tensor, before: tf.Tensor, first: tf.Tensor, last: tf.Tensor, length):
        """`length` is a number of Python, which XLA wants to know; for other steps it need not compile again."""
        sums, step = tf.zeros(2), first
        while step < last:  # a `tf.range` would be compiled for each pair of numbers
            indices = tf.slice(order, [step * self._recipe.batch_size], [length])
            sums += take_step(*self._batches(indices, before + step))
            step += 1
        return sums

    def _step(self, inputs, targets) -> tf.Tensor:
        weights = self._model.trainable_variables
        with tf.GradientTape() as tape:
            outputs = self._model(inputs, training=True)
            loss = loss_of(self._recipe, self._model, targets, outputs)
        self._optimizer.apply(tape.gradient(loss, [weight.value for weight in weights]), weights)
        return self._sums(loss, targets, outputs)

    def _validation_step(self, indices: tf.Tensor, number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        inputs, targets = self._validation_batches(indices, number)
        outputs = self._model(inputs, training=False)
        sums = self._sums(loss_of(self._recipe, self._model, targets, outputs), targets, outputs)
        if self._recipe.task != "classify":
            return sums, tf.zeros((CLASSES, CLASSES), tf.int32)
        return sums, tf.math.confusion_matrix(targets, tf.argmax(outputs, axis=1), CLASSES)

    def _sums(self, loss: tf.Tensor, targets, outputs) -> tf.Tensor:
        """Of loss and hits over a batch, float32 (2,)."""
        count = tf.cast(tf.shape(tf.nest.flatten(targets)[0])[0], tf.float32)
        hits = tf.zeros(())
        if self._recipe.task == "classify":
            hits = tf.reduce_sum(tf.cast(tf.argmax(outputs, axis=1) == tf.cast(targets, tf.int64), tf.float32))
        return tf.stack([loss * count, hits])


def loss_of(recipe: Recipe, model: keras.Model, targets, outputs) -> tf.Tensor:
    """The mean loss of a batch, with the penalties of the weights, float32 ()."""
    if recipe.task == "classify":
        # Keras computes from the softmax's input where it finds it; the identity hides it. Probabilities are cut off
        # at 1e-7, and what is cut off has no gradient.
        given = tf.identity(outputs) if recipe.clip_probabilities else outputs
        losses = keras.losses.sparse_categorical_crossentropy(targets, given)
    elif recipe.task == "generate":
        # The bound of Kingma & Welling, a pixel: the cross-entropy is a mean over pixels, the divergence of the codes'
        # normal distributions from the standard one a sum of the image's, in nats.
        mean, logarithm = tf.split(tf.cast(outputs[1], tf.float32), 2, axis=-1)
        divergence = tf.reduce_sum(tf.exp(logarithm) + mean**2 - 1 - logarithm, axis=-1) / 2
        pixels = keras.losses.binary_crossentropy(targets[0], outputs[0])
        losses = tf.reduce_mean(pixels, axis=(1, 2)) + divergence / math.prod(INPUT_SHAPE)
    else:
        losses = keras.losses.binary_crossentropy(targets, outputs)
    return tf.add_n([tf.reduce_mean(losses), *model.losses])
