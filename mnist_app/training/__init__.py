"""A recipe, data and a seed become a trained network and its history, by Keras's layers and optimisers.

The order of the images in each epoch depends on the seed and the epoch alone, so that a training can be interrupted
and go on from its last completed epoch as if nothing had happened.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from mnist_app import NotFound, data
from mnist_app.evaluation.results import History, Progress
from mnist_app.recipes import Recipe
from mnist_app.recipes.layer import CLASSES
from mnist_app.serving import latent
from mnist_app.store import Snapshots
from mnist_app.training import architectures, backups
from mnist_app.training.batches import one_epoch
from mnist_app.training.curves import Curves, Diverged
from mnist_app.training.live import LiveTraining
from mnist_app.training.steps import Steps

STEPS_A_CALL = 100  # steps that run in one call; also how often progress is reported and batches are recorded


@dataclass(frozen=True)
class Trained:
    """A trained network: float32, not compiled, with its history."""

    model: keras.Model
    history: History
    snapshots: Snapshots

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

    Raises CannotWrite, or Diverged where the loss became NaN or infinite.
    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    model = architectures.build(recipe, dtype_policy=recipe.dtype_policy)
    images = min(recipe.images, len(split.train_images))
    optimizer = _optimizer(recipe, steps=math.ceil(images / recipe.batch_size))
    optimizer.build(model.trainable_variables)
    # All that changes in training: weights, random seeds of layers, and the optimiser's state.
    variables = [*model.variables, *optimizer.variables]
    state = backups.load(backup, [(recipe, seed)]) if backup else None
    curves = Curves(recipe, seed, state.histories[0] if state else None)
    live = LiveTraining(recipe, model, curves, images=images)
    live.on_progress = on_progress
    if state:
        backups.assign(variables, state)
        live.restore_snapshots(state.snapshots)
    else:
        live.take_snapshot(0, np.zeros((CLASSES, CLASSES), np.int32))
    if backup:
        live.save = lambda: backups.save(backup, [(recipe, seed)], [live.history], variables, live.snapshots)
    steps = Steps(recipe, model, optimizer, split, seed=seed)
    for epoch in range(len(live.history.epochs), recipe.epochs):
        live.begin_epoch()
        for first in range(0, live.steps, STEPS_A_CALL):
            last = min(first + STEPS_A_CALL, live.steps)
            live.add_steps(last, steps.train(epoch, first, last))
        live.end_epoch(*steps.validate())
    plain = architectures.build(recipe)  # float32 and without an optimiser: what is saved and served
    plain.set_weights(model.get_weights())
    return Trained(plain, live.history, live.snapshots)


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
    return Trained(model, state.histories[0], state.snapshots)


def mixture(recipe: Recipe, model: keras.Model, *, split: data.Split, seed: int) -> latent.Mixture:
    """Where the codes of each digit lie: those that a generator's encoder gives to the images it was trained on."""
    encoder = architectures.encoder(recipe, model)
    drawn = [(encoder(inputs), inputs[1]) for inputs, _ in one_epoch(recipe, split, seed=seed, epoch=recipe.epochs)]
    codes, digits = (np.concatenate(each) for each in zip(*drawn, strict=True))
    return latent.Mixture.fit(codes, digits.argmax(1))


def export(recipe: Recipe, model: keras.Model, files: Mapping[str, Path]) -> None:
    """Write the weights in Keras's own form and in LiteRT's. Raises OSError.

    `files` says what to write where. "keras": the network, or a generator's decoder. "serving": the same for LiteRT; a
    classifier's has the features, which its last layer takes, as a second output. For an autoencoder also "encoder" and
    "decoder".
    """
    for name, path in files.items():
        part = model
        if name == "encoder":
            part = architectures.encoder(recipe, model)
        elif name == "decoder" or recipe.task == "generate":
            part = architectures.decoder(recipe, model)
        elif name == "serving" and recipe.task == "classify":
            part = keras.Model(model.inputs[0], [model.outputs[0], model.layers[-1].input])
        if name == "keras":
            part.save(path)
        else:
            part.export(path, format="litert", verbose=False)


def _optimizer(recipe: Recipe, *, steps: int) -> keras.optimizers.Optimizer:
    rate = recipe.learning_rate
    if recipe.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(rate, steps * recipe.epochs)
    if recipe.optimizer == "adam":
        return keras.optimizers.Adam(rate, epsilon=recipe.epsilon)
    return keras.optimizers.SGD(rate, momentum=recipe.momentum, nesterov=recipe.nesterov)
