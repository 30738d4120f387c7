"""A recipe, data and a seed become a trained network and its history, by Keras's own `fit`.

The order of the images in each epoch depends on the seed and the epoch alone, so that a training can be interrupted
and go on from its last completed epoch as if nothing had happened.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from mnist_app import InvalidInput, NotFound, data
from mnist_app.evaluation.results import History, Progress
from mnist_app.recipes import Recipe, check_seed, layers
from mnist_app.serving import latent
from mnist_app.store import FirstLayer
from mnist_app.training import architectures, backups
from mnist_app.training.batches import training_batches, validation_batches
from mnist_app.training.curves import Curves, Diverged
from mnist_app.training.live import LiveTraining

__all__ = ["STEPS_A_CALL", "Diverged", "LiveTraining", "Trained", "export", "mixture", "restore", "train"]

STEPS_A_CALL = 100
"""Steps that run in one call of `fit`'s inner loop; also how often progress is reported and batches are recorded."""


@dataclass(frozen=True)
class Trained:
    """A trained network: float32, not compiled, with its history."""

    recipe: Recipe
    seed: int
    model: keras.Model
    history: History
    first_layer: FirstLayer = field(compare=False, repr=False)

    @property
    def seconds(self) -> float:
        """What the epochs took, each with its validation."""
        return sum(epoch.seconds for epoch in self.history.epochs)


def train(
    recipe: Recipe,
    *,
    split: data.Split,
    seed: int = 0,
    on_progress: Callable[[Progress, LiveTraining], None] = lambda progress, live: None,
    backup: Path | None = None,
) -> Trained:
    """Train a recipe. The same recipe, split and seed give the same history to the last digit on one machine.

    That holds as well for a training that was interrupted and goes on from its `backup`. What an interrupted epoch took
    is not counted in any seconds.

    Args:
        split: of the training images the first `recipe.images` are used; its `validation` is the recipe's.
        seed: decides first weights, order of the images, dropout and noise; 0 to 2,147,483,647.
        on_progress: called after every 100th batch and at the end of each epoch; what it raises ends the training.
        backup: a folder of this training alone. A damaged state, or that of another training, counts as none.

    Raises CannotWrite, Diverged where the loss became NaN or infinite, or InvalidInput.
    """
    seed = check_seed(seed)
    if split.validation != recipe.validation:
        raise InvalidInput(
            f"Recipe {recipe.key}: the images are split otherwise than the recipe says",
            expected=f"validation={recipe.validation}",
            found=f"validation={split.validation}",
            remedy="Change the recipe's field, or split the images as it says.",
        )
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    model = architectures.build(recipe, dtype_policy=recipe.dtype_policy)
    images = min(recipe.images, len(split.train_images))
    model.compile(
        optimizer=_optimizer(recipe, steps=math.ceil(images / recipe.batch_size)),
        **_loss_and_metrics(recipe),
        steps_per_execution=STEPS_A_CALL,
        jit_compile=False,
    )
    if recipe.jit_compile:
        # `compile` refuses XLA while operations are deterministic; here the two go together.
        model._jit_compile = True
    state = backups.load(backup, [(recipe, seed)]) if backup else None
    curves = Curves(recipe, seed, state.histories[0] if state else None)
    live = LiveTraining(recipe, model, curves, images=images)
    live.on_progress = on_progress
    if state:
        model.optimizer.build(model.trainable_variables)
        backups.assign(_variables(model), state)
        live.restore_snapshots(state.first_layer)
    else:
        live.take_snapshot(0)
    if backup:
        live.save = lambda: backups.save(
            backup, [(recipe, seed)], [live.history], _variables(model), live.first_layer
        )
    model.fit(
        training_batches(recipe, split, seed=seed, epoch=live.epoch),
        validation_data=validation_batches(recipe, split, seed=seed),
        initial_epoch=len(live.history.epochs),
        epochs=recipe.epochs,
        shuffle=False,  # the batches come shuffled
        callbacks=[live],
        verbose=0,
    )
    plain = architectures.build(recipe)  # float32 and without an optimiser: what is saved and served
    plain.set_weights(model.get_weights())
    return Trained(recipe, seed, plain, live.history, live.first_layer)


def restore(recipe: Recipe, *, seed: int, backup: Path) -> Trained:
    """What a training had after its last completed epoch. Raises NotFound where there is none, or it is damaged."""
    state = backups.load(backup, [(recipe, seed)])
    if state is None:
        raise NotFound(
            f"Training {recipe.key} cannot be restored",
            expected="a completed epoch",
            found=f"none in {backup}",
            remedy="Train it again.",
        )
    model = architectures.build(recipe)
    backups.assign(model.variables, state)
    return Trained(recipe, seed, model, state.histories[0], state.first_layer)


def mixture(recipe: Recipe, model: keras.Model, *, split: data.Split, seed: int) -> latent.Mixture:
    """Where the codes of each digit lie: those that a generator's encoder gives to the images it was trained on."""
    encoder, epoch = architectures.encoder(recipe, model), tf.Variable(recipe.epochs, dtype=tf.int64)
    batches = training_batches(recipe, split, seed=seed, epoch=epoch)
    drawn = [(encoder(inputs), inputs[1]) for inputs, _ in batches]
    codes, digits = (np.concatenate(each) for each in zip(*drawn, strict=True))
    return latent.Mixture.fit(codes, digits.argmax(1))


def export(recipe: Recipe, model: keras.Model, files: Mapping[str, Path]) -> None:
    """Write the weights in Keras's own form and in LiteRT's. Raises OSError.

    `files` says what to write where. "keras": the network, or a generator's decoder. "serving": the same for LiteRT; a
    classifier's has the features as a second output. For an autoencoder also "encoder" and "decoder".
    """
    for name, path in files.items():
        part = model
        if name == "encoder":
            part = architectures.encoder(recipe, model)
        elif name == "decoder" or recipe.task == "generate":
            part = architectures.decoder(recipe, model)
        elif name == "serving" and recipe.task == "classify":
            part = architectures.with_features(model)
        if name == "keras":
            part.save(path)
        else:
            part.export(path, format="litert", verbose=False)


def _variables(model: keras.Model) -> list[keras.Variable]:
    """All that changes in training: weights, random seeds of layers, and the optimiser's state."""
    return [*model.variables, *model.optimizer.variables]


def _optimizer(recipe: Recipe, *, steps: int) -> keras.optimizers.Optimizer:
    rate = recipe.learning_rate
    if recipe.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(rate, steps * recipe.epochs)
    if recipe.optimizer == "adam":
        return keras.optimizers.Adam(rate, epsilon=recipe.epsilon)
    return keras.optimizers.SGD(rate, momentum=recipe.momentum, nesterov=recipe.nesterov)


def _loss_and_metrics(recipe: Recipe) -> dict[str, object]:
    """Loss and metrics, as `compile` takes them."""
    if recipe.task == "classify":
        loss = _from_probabilities if recipe.clip_probabilities else "sparse_categorical_crossentropy"
        return {"loss": loss, "metrics": [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]}
    if recipe.task in ("denoise", "reconstruct"):
        return {"loss": "binary_crossentropy"}
    # The bound of Kingma & Welling, a pixel: the first loss is a mean over pixels, the second a sum of the image's.
    return {
        "loss": ["binary_crossentropy", _divergence],
        "loss_weights": [1.0, 1 / math.prod(layers.INPUT_SHAPE)],
    }


def _divergence(_: tf.Tensor, moments: tf.Tensor) -> tf.Tensor:
    """Kullback-Leibler divergence of the codes' normal distributions from the standard one, nats, (n,)."""
    mean, logarithm = tf.split(tf.cast(moments, tf.float32), 2, axis=-1)
    return tf.reduce_sum(tf.exp(logarithm) + mean**2 - 1 - logarithm, axis=-1) / 2


def _from_probabilities(labels: tf.Tensor, probabilities: tf.Tensor) -> tf.Tensor:
    """Cross-entropy from the softmax's output, cut off at 1e-7: a probability that is cut off has no gradient.

    Keras looks for the softmax's input and computes from that where it finds it; the identity hides it.
    """
    return keras.losses.sparse_categorical_crossentropy(labels, tf.identity(probabilities))
