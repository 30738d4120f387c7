"""Several networks of one shape trained side by side, a core for each, as the replicates of a sweep are.

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
from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf

from mnist_app import InvalidInput, data
from mnist_app.evaluation.results import History
from mnist_app.recipes import Recipe, check_seed
from mnist_app.training.parallel.networks import Networks
from mnist_app.training.parallel.state import Backup

__all__ = ["LARGEST_STACK", "StackProgress", "train_stack", "use_a_thread_a_network"]

LARGEST_STACK = 6
"""Networks that are trained side by side; more do not go faster on few cores."""


@dataclass(frozen=True)
class StackProgress:
    """Where a stack is; as in `Progress`, all its networks being at the same step.

    `val_accuracies` holds one a network where an epoch has ended, and is None elsewhere.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    seconds: float
    val_accuracies: tuple[float, ...] | None = None

    @property
    def fraction(self) -> float:
        """Share of the whole training that is done, in [0, 1]."""
        return ((self.epoch - 1) * self.steps + self.step) / (self.epochs * self.steps)


def use_a_thread_a_network() -> None:
    """Let TensorFlow compute each network on one thread. Has an effect only before its first operation."""
    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_inter_op_parallelism_threads(os.cpu_count() or 1)
        tf.config.threading.set_intra_op_parallelism_threads(1)


def train_stack(
    networks: Sequence[tuple[Recipe, int]],
    *,
    split: data.Split,
    watch: Callable[[StackProgress], None] = lambda progress: None,
    backup: Path | None = None,
) -> tuple[History, ...]:
    """Train networks side by side and return their histories, in the order given. No weights are kept.

    Args:
        networks: recipe and seed of each. The recipes may differ in `l2` and `learning_rate` only.
        split: as `train` takes it.
        watch: called after every 100th batch and at the end of each epoch; what it raises ends the training.
        backup: a folder for the state after each epoch; a training that finds its own there goes on from it.

    Raises:
        InvalidInput: the recipes differ in more, or are no classifiers trained by SGD from logits.
        Diverged: a network's loss became NaN or infinite.
    """
    networks = [(recipe, check_seed(seed)) for recipe, seed in networks]
    _refuse_unequal([recipe for recipe, _ in networks], split)
    use_a_thread_a_network()
    tf.config.experimental.enable_op_determinism()
    stack = Networks(networks, split)
    state = Backup(backup, networks)
    rows = state.restore(stack)
    recipe, steps = networks[0][0], stack.steps
    done = sum(epoch.seconds for epoch in rows[0].epochs) * len(networks)
    began = time.perf_counter()
    for epoch in range(len(rows[0].epochs), recipe.epochs):

        def report(step: int, accuracies: tuple[float, ...] | None = None, epoch: int = epoch) -> None:
            seconds = done + time.perf_counter() - began
            watch(StackProgress(epoch + 1, recipe.epochs, step, steps, seconds, accuracies))

        rows = stack.run_epoch(epoch, rows, report)
        state.save(stack, rows)
    return tuple(rows)


def _refuse_unequal(found: Sequence[Recipe], split: data.Split) -> None:
    first = found[0] if found else None
    same = {recipe.changed(**_same(recipe, first)).fingerprint for recipe in found}
    plain = first and (first.task, first.optimizer, first.clip_probabilities) == ("classify", "sgd", False)
    if not plain or len(same) != 1 or len(found) > LARGEST_STACK or split.validation != first.validation:
        raise InvalidInput(
            "These networks cannot be trained side by side",
            expected=f"1 to {LARGEST_STACK} classifiers, trained by SGD from logits, that differ in l2 and "
            "learning_rate only, and a split as their recipe says",
            found=", ".join(f"{recipe.key} {recipe.fingerprint}" for recipe in found) or "none",
            remedy="Train them one by one.",
        )


def _same(recipe: Recipe, first: Recipe) -> dict[str, object]:
    return {name: first.fields[name] for name in ("learning_rate", "l2") if name in recipe.fields}
