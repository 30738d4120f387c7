"""What the weight-decay sweep costs: the sources' loop, `fit` once a network, beside networks trained side by side.

    python -m benchmarks.sweep_speed [--networks 6] [--epochs 3] [--rounds 2] [--dtype-policy float32]

Loop and group take turns, so that what else the machine does falls on both, each in a process of its own. Seconds are
the whole time from the images in memory to the last history, validation on the 10,000 test images after each epoch
included, divided by networks and epochs; building the graphs falls on them, so that more epochs favour the group.
"""

import argparse
import multiprocessing
import statistics
import time
from concurrent.futures import ProcessPoolExecutor

from mnist_app import data, recipes
from mnist_app.recipes import Recipe

FACTORS = (1e-5, 1e-4)


def time_loop(networks: list[tuple[Recipe, int]]) -> float:
    """Seconds of the loop that a user would write, with Keras's own settings."""
    import keras

    split = data.split(data.load(name=data.NAME))
    images, judged = data.as_images(split.train_images), data.as_images(split.validation_images)
    began = time.perf_counter()
    for recipe, seed in networks:
        keras.utils.set_random_seed(seed)
        regularizer = keras.regularizers.L2(recipe.options["l2"])
        hidden = [
            keras.layers.Dense(units, activation="relu", kernel_regularizer=regularizer)
            for units in recipe.options["hidden"]
        ]
        model = keras.Sequential(
            [
                keras.layers.Input((28, 28, 1)),
                keras.layers.Flatten(),
                *hidden,
                keras.layers.Dense(10, activation="softmax"),
            ]
        )
        optimizer = keras.optimizers.SGD(recipe.learning_rate)
        model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(
            images,
            split.train_labels,
            batch_size=recipe.batch_size,
            epochs=recipe.epochs,
            validation_data=(judged, split.validation_labels),
            verbose=0,
        )
    return time.perf_counter() - began


def time_parallel(networks: list[tuple[Recipe, int]]) -> float:
    """Seconds of `train_parallel`, as `python -m mnist_app sweep` calls it."""
    from mnist_app.training import parallel

    split = data.split(data.load(name=data.NAME))
    began = time.perf_counter()
    for first in range(0, len(networks), parallel.LARGEST_GROUP):
        parallel.train_parallel(networks[first : first + parallel.LARGEST_GROUP], split=split)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweep_speed", description=__doc__.split("\n")[0])
    parser.add_argument("--networks", type=int, default=6, help="networks of a round (default 6)")
    parser.add_argument("--epochs", default="3", help="epochs of each network (default 3)")
    parser.add_argument("--rounds", type=int, default=2, help="turns of each way (default 2)")
    parser.add_argument("--dtype-policy", default="float32", help="of the group; the loop computes in float32")
    asked = parser.parse_args()
    recipe = recipes.get("mlp-500-300").changed(epochs=asked.epochs, jit_compile=False, dtype_policy="float32")
    plain = [(recipe.changed(l2=FACTORS[n % len(FACTORS)]), n // len(FACTORS)) for n in range(asked.networks)]
    grouped = [(each.changed(dtype_policy=asked.dtype_policy), seed) for each, seed in plain]
    ways = {"loop of `fit`": (time_loop, plain), f"side by side, {asked.dtype_policy}": (time_parallel, grouped)}
    seconds = {way: [] for way in ways}
    for _ in range(asked.rounds):
        for way, (measure, networks) in ways.items():
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
                seconds[way].append(process.submit(measure, networks).result() / len(networks) / recipe.epochs)
    loop = statistics.median(seconds["loop of `fit`"])
    print("| way | a network's epoch, s | median | times as fast as the loop |")
    print("| --- | --- | --- | --- |")
    for way, found in seconds.items():
        median = statistics.median(found)
        each = ", ".join(f"{value:.2f}" for value in found)
        print(f"| {way} | {each} | {median:.2f} | {loop / median:.2f} |")


if __name__ == "__main__":
    main()
