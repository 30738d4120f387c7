"""Several networks of one shape trained at once, a core for each, as the replicates of a sweep are.

A small network does not fill a processor's cores with one matrix product at a time; several networks do, each computing
on one thread. Each network gets the first weights, the order of the images and the updates that `train` would give it,
so that its curve is that of a single training but for the rounding of sums. The decay of the weights is added to the
gradient as the derivative of the penalty, rather than found by differentiating it, which saves three passes over the
weights a step.
"""

import contextlib
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import tensorflow as tf

from mnist_app import data
from mnist_app.evaluation.results import History, Progress
from mnist_app.recipes import Recipe, check_seed
from mnist_app.training import backups
from mnist_app.training.curves import Curves
from mnist_app.training.parallel.networks import Networks

__all__ = ["LARGEST_GROUP", "train_parallel"]

LARGEST_GROUP = 6
"""Networks that are trained at once; more do not go faster on few cores."""


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
        split: as `train` takes it.
        on_progress: called after every 100th batch and at the end of each epoch, with the histories so far; what it
            raises ends the training. The seconds are those of all networks.
        backup: a folder for the state after each epoch; a training that finds its own there goes on from it.

    Raises:
        CannotWrite: the folder cannot be written to.
        Diverged: a network's loss became NaN or infinite.
    """
    networks = [(recipe, check_seed(seed)) for recipe, seed in networks]
    with contextlib.suppress(RuntimeError):  # has an effect only before TensorFlow's first operation
        tf.config.threading.set_inter_op_parallelism_threads(os.cpu_count() or 1)
        tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    group = Networks(networks, split)
    state = backups.load(backup, networks) if backup else None
    curves = [Curves(*network) for network in networks]
    if state:
        curves = [Curves(*network, history) for network, history in zip(networks, state.histories, strict=True)]
        for variable, value in zip(group.variables, state.values, strict=True):
            variable.assign(value)
    recipe, steps = networks[0][0], group.steps
    done = curves[0].history.epochs
    before, began = sum(epoch.seconds for epoch in done) * len(networks), time.perf_counter()

    def report(epoch: int, step: int) -> None:
        progress = Progress(epoch + 1, recipe.epochs, step, steps, before + time.perf_counter() - began)
        on_progress(progress, tuple(each.history for each in curves))

    for epoch in range(len(done), recipe.epochs):
        group.train_epoch(epoch, curves, lambda step, epoch=epoch: report(epoch, step))
        if backup:
            values = [variable.numpy() for variable in group.variables]
            backups.save(backup, networks, backups.State([each.history for each in curves], values))
        report(epoch, steps)
    return tuple(each.history for each in curves)
