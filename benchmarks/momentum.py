"""What momentum, schedule and L2 bring to MLP 500-300: `python -m benchmarks.momentum`.

Trains the replicates of `differences.CHANGES` that are not stored yet, on the test images, and prints the table. With
`--choose` it repeats the choice of rate and factor on held-out images, two seeds each, and stores nothing.
"""

import argparse
import statistics

from mnist_app import data, recipes, store
from mnist_app.evaluation import differences
from mnist_app.training import parallel

GRID = (
    *((0.03, 1e-4), (0.03, 5e-4)),
    *((0.1, 1e-4), (0.1, 2e-4), (0.1, 5e-4), (0.1, 1e-3)),
    *((0.2, 1e-4), (0.2, 2e-4), (0.2, 5e-4)),
)
"""Learning rates and L2 factors that the choice was made from."""


def choose(mnist: data.Mnist) -> None:
    """Print the held-out accuracy of each rate and factor."""
    ours = recipes.get("mlp-500-300-momentum").changed(validation="held-out")
    print(f"{'rate':>5} {'L2':>6}  accuracy on held-out images, mean of 2 seeds")
    for rate, l2 in GRID:
        networks = [(ours.changed(learning_rate=rate, l2=l2), seed) for seed in (0, 1)]
        found = parallel.train_parallel(networks, split=data.split(mnist, validation="held-out"))
        accuracies = [history.epochs[-1].val_accuracy for history in found]
        listed = ", ".join(f"{accuracy:.4f}" for accuracy in accuracies)
        print(f"{rate:5g} {l2:6g}  {statistics.fmean(accuracies):.5f} ({listed})", flush=True)


def fill(mnist: data.Mnist) -> None:
    """Train and store the replicates that are missing, a row at a time."""
    stored = {replicate.name for replicate in store.replicates.list()}
    for title, recipe in differences.CHANGES:
        absent = [(recipe, seed) for seed in differences.SEEDS if store.name_of(recipe, seed) not in stored]
        if absent:
            print(f"{title}: training {len(absent)} networks", flush=True)
            for (trained, seed), history in zip(
                absent, parallel.train_parallel(absent, split=data.split(mnist)), strict=True
            ):
                seconds = sum(epoch.seconds for epoch in history.epochs)
                store.replicates.save(store.Replicate(trained, seed, history, seconds, mnist.name))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--choose", action="store_true")
    given = parser.parse_args()
    mnist = data.load(name=data.NAME)
    if given.choose:
        choose(mnist)
        return
    fill(mnist)
    table = differences.change_columns(differences.changes(store.replicates.list()))
    for row in zip(*table.values(), strict=True):
        print("  ".join(f"{value:8.3f}" if isinstance(value, float) else str(value) for value in row))


if __name__ == "__main__":
    main()
