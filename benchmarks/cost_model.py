"""How well `costs` foretells a training on this machine: expected and measured seconds an epoch.

    python -m benchmarks.cost_model [KEY …] [--set FIELD=VALUE] [--images 12000] [--epochs 4]

Each recipe is trained on few images for a few epochs; the first epoch, which compiles, stands apart, the fastest of the
others is compared. The last column is this machine's factor, above 1 where it is slower than the reference machine.
"""

import argparse

from mnist_app import data, recipes, training
from mnist_app.recipes import Recipe, costs


def measure(recipe: Recipe) -> tuple[float, float]:
    """Seconds of the first epoch, and of the fastest of the others."""
    split = data.split(data.load(name=data.NAME), validation=recipe.validation)
    first, *others = (epoch.seconds for epoch in training.train(recipe, split=split).history.epochs)
    return first, min(others)


def row(recipe: Recipe, whole: Recipe) -> str:
    """A row of a Markdown table; `whole` is the recipe with all its images and epochs."""
    first, fastest = measure(recipe)
    expected = costs.epoch_seconds(recipe)
    figures = f"{first:.2f} | {expected:.2f} | {fastest:.2f} | {fastest / expected:.2f}"
    return f"| {recipe.key} | {costs.seconds(whole):.0f} | {figures} |"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cost_model", description=__doc__.split("\n")[0])
    parser.add_argument("keys", nargs="*", metavar="KEY", help="recipes (default: all)")
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="change a field of each")
    parser.add_argument("--images", default="12000", help="training images used (default 12000)")
    parser.add_argument("--epochs", type=int, default=4, help="epochs of a training, 2 or more (default 4)")
    asked = parser.parse_args()
    if asked.epochs < 2:
        parser.error("--epochs: the first epoch compiles, so there must be a second")
    changes = dict(change.split("=", 1) for change in asked.set)
    print("| recipe | whole training, expected s | first epoch, s | expected s | measured s | measured / expected |")
    print("| --- | --- | --- | --- | --- | --- |")
    for key in asked.keys or recipes.RECIPES:
        whole = recipes.get(key).changed(**changes)
        print(row(whole.changed(images=asked.images, epochs=asked.epochs), whole), flush=True)


if __name__ == "__main__":
    main()
