"""The images that a training sees, batch by batch: from memory, in an order and with noise that a seed decides."""

import math
from collections.abc import Callable, Iterator

import numpy as np
import tensorflow as tf

from mnist_app import augmentation, data, noise
from mnist_app.recipes import Recipe
from mnist_app.recipes.layers import CLASSES, INPUT_SHAPE

Batch = Callable[[tf.Tensor, tf.Tensor], tuple]
"""Inputs and targets of a batch, made of the images' indices int32 (n,) and of the batch's number, int64."""


def training_batches(recipe: Recipe, split: data.Split, *, seed: int) -> Batch:
    """The batches of a training; they are numbered through all epochs.

    Order, noise and augmentation are stateless functions of seed, epoch and number, so that a training that resumes
    sees what it would have seen. The targets are labels for a classifier, the clean images for a denoiser; see
    `_for_generator`.
    """
    images, labels = split.train_images[: recipe.images], split.train_labels[: recipe.images]
    targets = tf.constant(images if recipe.task in ("denoise", "reconstruct") else labels)
    if recipe.task == "denoise" and recipe.options["noise_levels"] == "fixed":
        images = _noisy(images, np.full(len(images), recipe.options["noise_level"]), seed=seed, first=0)
    inputs = tf.constant(images)

    def batch(indices: tf.Tensor, number: tf.Tensor) -> tuple:
        images, target = tf.gather(inputs, indices), tf.gather(targets, indices)
        key = tf.stack([tf.constant(seed, tf.int64), -1 - number])
        if recipe.task == "classify" and recipe.augmentation != "none":
            return _augmented(images, target, recipe, key), target
        images = as_inputs(images)
        if recipe.task == "classify":
            return images, target
        if recipe.task == "generate":
            return _for_generator(images, target, recipe, key)
        if recipe.options["noise_levels"] == "uniform":
            images = _with_fresh_noise(images, recipe.options["noise_level"], key)
        return images, as_inputs(target)

    return batch


def one_epoch(recipe: Recipe, split: data.Split, *, seed: int, epoch: int) -> Iterator[tuple]:
    """The batches of an epoch, one after the other, in its order."""
    count, size = min(recipe.images, len(split.train_images)), recipe.batch_size
    order, batch = order_of(count, seed, epoch), training_batches(recipe, split, seed=seed)
    for number, start in enumerate(range(0, count, size), epoch * math.ceil(count / size)):
        yield batch(order[start : start + size], tf.constant(number, tf.int64))


def validation_batches(recipe: Recipe, split: data.Split, *, seed: int) -> Batch:
    """The batches that every epoch is validated on, with the same noise each time, without augmentation."""
    images, targets = split.validation_images, split.validation_labels
    if recipe.task == "reconstruct":
        targets = images
    elif recipe.task == "denoise":
        targets, level = images, recipe.options["noise_level"]
        levels = np.full(len(images), level)
        if recipe.options["noise_levels"] == "uniform":
            levels = np.random.default_rng(seed).uniform(0, level, len(images))
        images = _noisy(images, levels, seed=seed, first=len(split.train_images))
    inputs, targets = tf.constant(images), tf.constant(targets)

    def batch(indices: tf.Tensor, number: tf.Tensor) -> tuple:
        images, target = as_inputs(tf.gather(inputs, indices)), tf.gather(targets, indices)
        if recipe.task == "generate":
            return _for_generator(images, target, recipe, tf.stack([tf.constant(seed, tf.int64), number]))
        return images, target if recipe.task == "classify" else as_inputs(target)

    return batch


def _noisy(images: np.ndarray, levels: np.ndarray, *, seed: int, first: int) -> np.ndarray:
    """One noisy copy of images uint8; `first` is the index of the first one, so that each has noise of its own."""
    indices = np.arange(first, first + len(images))
    corrupted = noise.corrupt(data.as_images(images), level=levels, seed=seed, indices=indices)
    return np.round(corrupted[..., 0] * 255).astype(np.uint8)


def _with_fresh_noise(images: tf.Tensor, highest: float, key: tf.Tensor) -> tf.Tensor:
    """Salt-and-pepper noise as `noise` defines it, each image at a level drawn uniformly from 0 to `highest`."""
    count = tf.shape(images)[0]
    draws = tf.random.stateless_uniform((count, 28, 28, 2), seed=key)
    levels = highest * tf.random.stateless_uniform((count, 1, 1, 1), seed=key + 1_000_000_007)
    return tf.where(draws[..., :1] < levels, tf.round(draws[..., 1:]), images)


def _augmented(images: tf.Tensor, labels: tf.Tensor, recipe: Recipe, key: tf.Tensor) -> tf.Tensor:
    """Images uint8 as `augmentation` varies them, by chance that the key decides."""

    def augment(images: np.ndarray, labels: np.ndarray, key: np.ndarray) -> np.ndarray:
        rng = np.random.default_rng(key.astype(np.uint64))
        return augmentation.augment(images, labels, kind=recipe.augmentation, rng=rng)

    augmented = tf.numpy_function(augment, [images, labels, key], tf.float32, stateful=False)
    return tf.ensure_shape(augmented, (None, *INPUT_SHAPE[:2]))[..., tf.newaxis]


def _for_generator(
    images: tf.Tensor, labels: tf.Tensor, recipe: Recipe, key: tf.Tensor
) -> tuple[tuple[tf.Tensor, ...], tuple[tf.Tensor, ...]]:
    """What a generator takes (images, digits one-hot, noise), and the targets: images, zeros for the moments."""
    normal = tf.random.stateless_normal((tf.shape(labels)[0], recipe.options["latent_dim"]), seed=key)
    return (images, tf.one_hot(labels, CLASSES), normal), (images, tf.zeros_like(normal))


def order_of(count: int, seed: int, epoch: tf.Tensor | int) -> tf.Tensor:
    """The order of the images in an epoch: their indices, int32 (count,)."""
    key = tf.stack([tf.constant(seed, tf.int64), tf.cast(epoch, tf.int64)])
    return tf.random.experimental.stateless_shuffle(tf.range(count), seed=key)


def as_inputs(images: tf.Tensor) -> tf.Tensor:
    """Images uint8 (n, 28, 28) as float32 (n, 28, 28, 1) in [0, 1]."""
    return tf.cast(images, tf.float32)[..., tf.newaxis] / 255.0
