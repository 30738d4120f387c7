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
import tensorflow as tf

from mnist_app import architectures, data
from mnist_app.recipes import InvalidValue, Recipe, check_seed
from mnist_app.results import History
from mnist_app.training.batches import training_batches, validation_batches
from mnist_app.training.recorder import Diverged, Progress, Recorder

__all__ = ["STEPS_A_CALL", "Diverged", "Progress", "Trained", "download_mnist", "export", "train"]

STEPS_A_CALL = 100
"""Steps that run in one call of `fit`'s inner loop; also how often progress is reported and batches are recorded."""


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
        seed: first weights, order of the images, dropout and noise; 0 to 2,147,483,647.
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
    classifies = recipe.task == "classify"
    model = architectures.build(recipe, precision=recipe.precision)
    images = min(recipe.images, len(split.train_images))
    steps = math.ceil(images / recipe.batch_size)
    model.compile(
        optimizer=_optimizer(recipe, steps),
        loss=_LOSSES[recipe.loss] if classifies else "binary_crossentropy",
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")] if classifies else [],
        steps_per_execution=STEPS_A_CALL,
        jit_compile=False,
    )
    if recipe.compiler == "xla":
        model._jit_compile = True  # `compile` refuses XLA while operations are deterministic; here the two go together
    recorder = Recorder(recipe, images, steps, watch)
    began = time.perf_counter()
    model.fit(
        training_batches(recipe, split, seed=seed, epoch=recorder.epoch),
        validation_data=validation_batches(recipe, split, seed=seed),
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


def _from_probabilities(labels: tf.Tensor, probabilities: tf.Tensor) -> tf.Tensor:
    """Cross-entropy from the softmax's output, cut off at 1e-7: a probability that is cut off has no gradient.

    Keras looks for the softmax's input and computes from that where it finds it; the identity hides it.
    """
    return keras.losses.sparse_categorical_crossentropy(labels, tf.identity(probabilities))


_LOSSES = {"logits": "sparse_categorical_crossentropy", "probabilities": _from_probabilities}
