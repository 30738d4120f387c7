"""What an epoch costs: in the plain Keras script that the app prints, and in `mnist_app.training`.

    python -m benchmarks.training_speed [KEY …] [--epochs 10] [--images 60000] [--alternatives] [--json]

Same network, images, batches, metrics and validation; the script in float32 without XLA, as Keras does by itself. Each
way has a process of its own, since some settings hold for a whole process. All stay alive and take turns epoch by
epoch, while the others wait, so that what else the machine does falls on all alike. An epoch's seconds are what one
waits for: its steps, its validation, and in ours the backup and the picture of the first layer, as a job of the app
has them. The first turn, which also loads, builds and compiles, stands apart. `--alternatives` adds ours with every
compiler and dtype policy: the recipes' settings are chosen by it.
"""

import argparse
import contextlib
import functools
import itertools
import json
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from mnist_app import InvalidInput, data, recipes
from mnist_app.recipes import TRAINING, Recipe, keras_script

PLAIN = "plain `fit`"


def train_plainly(recipe: Recipe, turn: Callable[[], None], folder: Path) -> None:
    """Run the plain script, with a turn at its beginning and after each epoch."""
    import keras

    class Turns(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            turn()

    fit = keras.Model.fit
    keras.Model.fit = functools.partialmethod(fit, callbacks=[Turns()], verbose=0)
    plain = recipe.changed(jit_compile=False, dtype_policy="float32")
    turn()
    exec(compile(keras_script.write(plain, seed=0), "script.py", "exec"), {"__name__": "__main__"})


def train_as_a_job(recipe: Recipe, turn: Callable[[], None], folder: Path) -> None:
    """Train as a job of the app does, with a turn at its beginning and after each epoch; its backup is in `folder`."""
    from mnist_app import training

    turn()
    split = data.split(data.load(name=data.NAME), validation=recipe.validation)
    training.train(
        recipe, split=split, on_progress=lambda progress, live: turn() if progress.epoch_ended else None, backup=folder
    )


def compare(recipe: Recipe, *, alternatives: bool) -> dict[str, list[float]]:
    """Seconds of each turn, which is an epoch, by way; the first turn also builds."""
    ways = {PLAIN: (train_plainly, recipe), f"ours: {_settings(recipe)}": (train_as_a_job, recipe)}
    if alternatives:
        for jit_compile, dtype_policy in itertools.product((False, True), TRAINING["dtype_policy"].choices):
            with contextlib.suppress(InvalidInput):  # XLA cannot train everything
                other = recipe.changed(jit_compile=jit_compile, dtype_policy=dtype_policy)
                if other != recipe:
                    ways[_settings(other)] = (train_as_a_job, other)
    context = multiprocessing.get_context("spawn")
    seconds, running = {way: [] for way in ways}, {}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as ends:
        for number, (way, asked) in enumerate(ways.items()):
            here, there = context.Pipe()
            arguments = (there, *asked, Path(folder, str(number)))
            process = context.Process(target=_take_turns, args=arguments, daemon=True)
            process.start()
            ends.callback(process.join)
            ends.callback(process.kill)
            running[way] = here
            there.close()
            here.recv()  # it has imported TensorFlow
        for _ in range(recipe.epochs):
            for way, connection in running.items():
                began = time.perf_counter()
                connection.send(None)
                connection.recv()
                seconds[way].append(time.perf_counter() - began)
    return seconds


def _take_turns(connection: Connection, train: Callable, recipe: Recipe, folder: Path) -> None:
    """In a process of its own: say that a turn has ended, and wait for the next one."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        train(recipe, lambda: (connection.send(None), connection.recv()), folder)


def _settings(recipe: Recipe) -> str:
    return f"{'XLA' if recipe.jit_compile else 'graph'}, {recipe.dtype_policy}"


def _figures(seconds: dict[str, list[float]]) -> dict[str, dict[str, object]]:
    figures = {}
    for way, (first, *others) in seconds.items():
        figures[way] = {"first": first, "epochs": others, "minimum": min(others), "median": statistics.median(others)}
    for found in figures.values():
        for statistic in ("minimum", "median"):
            found[f"{statistic}_ratio"] = figures[PLAIN][statistic] / found[statistic]
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training_speed", description=__doc__.split("\n")[0])
    parser.add_argument(
        "keys", nargs="*", metavar="KEY", help="recipes of which there is a script (default: mlp-500-300)"
    )
    parser.add_argument("--epochs", type=int, default=10, help="of each way after its first (default 10)")
    parser.add_argument("--images", default="60000", help="training images used (default 60000)")
    parser.add_argument("--alternatives", action="store_true", help="also with and without XLA, in every dtype policy")
    parser.add_argument("--json", action="store_true", help="every epoch's seconds, as JSON")
    asked = parser.parse_args()
    every = {}
    if not asked.json:
        print("| recipe | way | first turn, s | minimum, s | median, s | ratio of minima | ratio of medians |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
    for key in asked.keys or ["mlp-500-300"]:
        every[key] = _figures(
            compare(
                recipes.get(key).changed(images=asked.images, epochs=asked.epochs + 1), alternatives=asked.alternatives
            )
        )
        for way, found in every[key].items() if not asked.json else ():
            names = ("first", "minimum", "median", "minimum_ratio", "median_ratio")
            cells = (key, way, *(f"{found[name]:.2f}" for name in names))
            print(f"| {' | '.join(cells)} |", flush=True)
    if asked.json:
        print(json.dumps(every, indent=2))


if __name__ == "__main__":
    main()
