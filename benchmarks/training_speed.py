"""What training costs: the plain Keras script that a user would write beside `mnist_app.training`, same network.

    python -m benchmarks.training_speed [KEY …] [--epochs 3] [--rounds 2] [--alternatives]

Plain and ours take turns, so that what else the machine does falls on both, each training in a process of its own, so
that neither's settings reach the other. An epoch's seconds include validation on the 10,000 test images. The first
epoch, which builds and compiles, stands apart; the others give the median. `--alternatives` also times ours with every
compiler and dtype policy: the recipes' settings are chosen by it.
"""

import argparse
import contextlib
import itertools
import multiprocessing
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

import keras

from mnist_app import InvalidInput, data, recipes, training
from mnist_app.recipes import TRAINING, Recipe
from mnist_app.training import architectures


class _Clock(keras.callbacks.Callback):
    """Seconds of each epoch."""

    def on_train_begin(self, logs=None):
        self.seconds, self._last = [], time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        now = time.perf_counter()
        self.seconds.append(now - self._last)
        self._last = now


def time_plain(recipe: Recipe) -> list[float]:
    """Seconds of each epoch of `fit` on float32 arrays, with Keras's own settings."""
    split = data.split(data.load(name=data.NAME))
    keras.utils.set_random_seed(0)
    model = architectures.build(recipe)
    if recipe.optimizer == "adam":
        optimizer = keras.optimizers.Adam(recipe.learning_rate, epsilon=recipe.epsilon)
    else:
        optimizer = keras.optimizers.SGD(
            recipe.learning_rate, momentum=recipe.momentum, nesterov=recipe.nesterov
        )
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    images, labels = data.as_images(split.train_images[: recipe.images]), split.train_labels[: recipe.images]
    judged = data.as_images(split.validation_images), split.validation_labels
    clock = _Clock()
    model.fit(
        images,
        labels,
        batch_size=recipe.batch_size,
        epochs=recipe.epochs,
        validation_data=judged,
        callbacks=[clock],
        verbose=0,
    )
    return clock.seconds


def time_ours(recipe: Recipe) -> list[float]:
    """Seconds of each epoch of `training.train`."""
    return [
        epoch.seconds
        for epoch in training.train(recipe, split=data.split(data.load(name=data.NAME))).history.epochs
    ]


def compare(recipe: Recipe, *, rounds: int, alternatives: bool) -> list[str]:
    """Rows of a Markdown table: plain first, then ours, then the alternatives."""
    ways = {"plain `fit`": (time_plain, recipe), f"ours: {_settings(recipe)}": (time_ours, recipe)}
    if alternatives:
        for jit_compile, dtype_policy in itertools.product((False, True), TRAINING["dtype_policy"].choices):
            with contextlib.suppress(InvalidInput):  # XLA cannot train everything
                other = recipe.changed(jit_compile=jit_compile, dtype_policy=dtype_policy)
                if other != recipe:
                    ways[_settings(other)] = (time_ours, other)
    firsts, others = {way: [] for way in ways}, {way: [] for way in ways}
    for _ in range(rounds):
        for way, (measure, asked) in ways.items():
            first, *rest = _alone(measure, asked)
            firsts[way].append(first)
            others[way] += rest
    plain = statistics.median(others["plain `fit`"] or firsts["plain `fit`"])
    rows = []
    for way in ways:
        median = statistics.median(others[way] or firsts[way])
        cells = (
            recipe.key,
            way,
            f"{statistics.median(firsts[way]):.2f}",
            f"{median:.2f}",
            f"{plain / median:.2f}",
        )
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def _alone(measure: Callable[[Recipe], list[float]], recipe: Recipe) -> list[float]:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(measure, recipe).result()


def _settings(recipe: Recipe) -> str:
    return f"{'XLA' if recipe.jit_compile else 'graph'}, {recipe.dtype_policy}"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.training_speed", description=__doc__.split("\n")[0]
    )
    parser.add_argument("keys", nargs="*", metavar="KEY", help="classifiers (default: all)")
    parser.add_argument("--epochs", default="3", help="epochs of a training (default 3)")
    parser.add_argument("--rounds", type=int, default=2, help="trainings of each kind (default 2)")
    parser.add_argument("--images", default="60000", help="training images used (default 60000)")
    parser.add_argument(
        "--alternatives", action="store_true", help="also with and without XLA, in every dtype policy"
    )
    asked = parser.parse_args()
    classifiers = [key for key, recipe in recipes.RECIPES.items() if recipe.task == "classify"]
    chosen = [
        recipes.get(key).changed(epochs=asked.epochs, images=asked.images) for key in asked.keys or classifiers
    ]
    print("| recipe | way | first epoch, s | other epochs, median s | times as fast as plain |")
    print("| --- | --- | --- | --- | --- |")
    for recipe in chosen:
        print(*compare(recipe, rounds=asked.rounds, alternatives=asked.alternatives), sep="\n", flush=True)


if __name__ == "__main__":
    main()
