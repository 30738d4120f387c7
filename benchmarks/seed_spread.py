"""How much of a figure is the seed's: a classifier trained with several seeds, by us and by a plain Keras script.

    python -m benchmarks.seed_spread KEY [--seeds 6]

Final accuracy on the 10,000 test images, as the sources report it: mean ± standard deviation over the seeds, and each.
"""

import argparse
import statistics

import keras

from mnist_app import data, recipes, training
from mnist_app.recipes import Recipe
from mnist_app.training import architectures


def ours(recipe: Recipe, split: data.Split, seed: int) -> float:
    """Final validation accuracy of `training.train`."""
    return training.train(recipe, split=split, seed=seed).history.epochs[-1].val_accuracy


def plain(recipe: Recipe, split: data.Split, seed: int) -> float:
    """Final validation accuracy of Keras's own `fit` on float32 arrays, with fresh first weights each time."""
    del seed  # with a seed, `fit` repeats one order of the images in every epoch, which no script of the sources did
    keras.backend.clear_session()
    model = architectures.build(recipe)
    optimizers = {"adam": keras.optimizers.Adam, "sgd": keras.optimizers.SGD}
    model.compile(
        optimizers[recipe.optimizer](recipe.learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    judged = data.as_images(split.validation_images), split.validation_labels
    images = data.as_images(split.train_images)
    fitted = model.fit(
        images,
        split.train_labels,
        batch_size=recipe.batch_size,
        epochs=recipe.epochs,
        validation_data=judged,
        verbose=0,
    )
    return fitted.history["val_accuracy"][-1]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.seed_spread", description=__doc__.split("\n")[0])
    parser.add_argument("key", metavar="KEY", help="a classifier's key")
    parser.add_argument("--seeds", type=int, default=6, help="how many (default 6)")
    asked = parser.parse_args()
    recipe, split = recipes.get(asked.key), data.split(data.load(name=data.NAME))
    # Plain first: once operations are deterministic, which ours asks for, they are so for the whole process.
    for name, way in (("plain `fit`", plain), ("ours", ours)):
        found = [way(recipe, split, seed) for seed in range(asked.seeds)]
        each = ", ".join(f"{accuracy:.2%}" for accuracy in found)
        print(f"{name}: {statistics.mean(found):.2%} ± {statistics.stdev(found):.2%} ({each})", flush=True)


if __name__ == "__main__":
    main()
