"""Whether bfloat16 leaves the accuracy where it was: the recipes that use it, trained in both precisions.

    python -m benchmarks.precision [KEY …] [--seeds 5] [--epochs N]

Accuracy is on the last 10,000 training images, which are not trained on; the test images select nothing. A seed gives
both precisions the same first weights and order of images, so that the difference within a seed says most: its mean,
its standard deviation over the seeds, and the 95 % interval of the mean by Student's t.
"""

import argparse
import math
import statistics

from mnist_app import data, recipes, training
from mnist_app.recipes import Recipe

_T95 = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}
"""Student's t, two-sided 95 %, by the number of seeds."""


def accuracies(recipe: Recipe, split: data.Split, *, dtype_policy: str, seeds: range) -> list[float]:
    """Final validation accuracy for each seed."""
    asked = recipe.changed(dtype_policy=dtype_policy)
    return [training.train(asked, split=split, seed=seed).history.epochs[-1].val_accuracy for seed in seeds]


def compare(recipe: Recipe, split: data.Split, *, seeds: range) -> str:
    """A row of a Markdown table, in percent and percentage points."""
    single = accuracies(recipe, split, dtype_policy="float32", seeds=seeds)
    half = accuracies(recipe, split, dtype_policy="mixed_bfloat16", seeds=seeds)
    differences = [100 * (b - a) for a, b in zip(single, half, strict=True)]
    mean, deviation = statistics.mean(differences), statistics.stdev(differences)
    reach = _T95[len(seeds)] * deviation / math.sqrt(len(seeds))
    cells = (
        recipe.key,
        str(recipe.epochs),
        str(len(seeds)),
        f"{100 * statistics.mean(single):.2f} ± {100 * statistics.stdev(single):.2f}",
        f"{100 * statistics.mean(half):.2f} ± {100 * statistics.stdev(half):.2f}",
        f"{mean:+.3f} ± {deviation:.3f}",
        f"{mean - reach:+.3f} to {mean + reach:+.3f}",
    )
    return f"| {' | '.join(cells)} |"


def main() -> None:
    using = [key for key, recipe in recipes.RECIPES.items() if recipe.dtype_policy == "mixed_bfloat16"]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.precision", description=__doc__.split("\n")[0])
    parser.add_argument("keys", nargs="*", metavar="KEY", help="recipes (default: those that use bfloat16)")
    parser.add_argument("--seeds", type=int, choices=sorted(_T95), default=5, help="how many (default 5)")
    parser.add_argument("--epochs", help="epochs of a training (default: the recipe's)")
    parser.add_argument("--images", default="50000", help="training images used (default 50000)")
    asked = parser.parse_args()
    changes = {"images": asked.images, "validation": "held-out"} | ({"epochs": asked.epochs} if asked.epochs else {})
    chosen = [recipes.get(key).changed(**changes) for key in asked.keys or using]
    split = data.split(data.load(name=data.NAME), validation="held-out")
    print("| recipe | epochs | seeds | float32, % | bfloat16, % | difference, pp | 95 % interval, pp |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for recipe in chosen:
        print(compare(recipe, split, seeds=range(asked.seeds)), flush=True)


if __name__ == "__main__":
    main()
