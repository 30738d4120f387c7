"""What each part of `cnn-best` brings: `python -m benchmarks.augmentation`.

Trains it several times, one change after the other, on the first 50,000 training images, shortened to a few epochs, and
judges it on the 10,000 held-out ones and on the drawings of `benchmarks.pen_habits`. One seed each: on held-out images
differences below about 0.1 percentage points say nothing.
"""

import argparse

import numpy as np

from benchmarks.pen_habits import HABIT, WAYS, draw
from mnist_app import data, recipes, training
from mnist_app.recipes.fields import as_text

ROWS = (
    ("cnn", {}),
    ("cnn-best", {"augmentation": "none", "batch_normalization": False}),
    ("cnn-best", {"augmentation": "none"}),
    ("cnn-best", {"augmentation": "affine"}),
    ("cnn-best", {}),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--drawings", type=int, default=50, help="of each way to write a habit (default 50)")
    given = parser.parse_args()
    split = data.split(data.load(name=data.NAME), validation="held-out")
    rng = np.random.default_rng(0)
    habits = [way for way, (_, kind, _) in WAYS.items() if kind == HABIT]
    drawn = np.stack([draw(way, rng) for way in habits for _ in range(given.drawings)])
    digits = np.repeat([WAYS[way][0] for way in habits], given.drawings)
    print(
        f"{given.epochs} epochs, seed 0: accuracy on 10,000 held-out images, and on {len(drawn):,} drawings of habits"
    )
    for key, changes in ROWS:
        recipe = recipes.get(key).changed(epochs=given.epochs, validation="held-out", **changes)
        trained = training.train(recipe, split=split, seed=0)
        read = trained.model.predict(drawn, verbose=0).argmax(axis=1) == digits
        listed = ", ".join(f"{name}={as_text(value)}" for name, value in changes.items()) or "as it is"
        held_out = trained.history.epochs[-1].val_accuracy
        print(f"{key}, {listed}: {held_out:.2%}, {read.mean():.1%}, {trained.seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
