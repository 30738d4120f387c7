"""How far generated digits stand in for MNIST: a CNN that learned from them alone reads MNIST's real test images.

    python -m benchmarks.generated_digits [--epochs 18] [--unjudged]

Prints how long the digits take to generate, and the accuracy of the recipe `cnn` on the 10,000 real test images, which
take no part in its training. Needs MNIST for that judgement alone.
"""

import argparse
import time

import numpy as np

from mnist_app import data, evaluation, recipes, serving, training
from mnist_app.data import generated
from mnist_app.evaluation.results import GENERATED

AT_LEAST = 0.964
"""The accuracy that the digits are to be good for."""


def main() -> None:
    recipe = recipes.get("cnn")
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.generated_digits", description=__doc__.split("\n")[0]
    )
    parser.add_argument(
        "--epochs", type=int, default=recipe.epochs, help=f"default {recipe.epochs}, as declared"
    )
    parser.add_argument("--unjudged", action="store_true", help="also keep the digits that the judge misreads")
    asked = parser.parse_args()
    real = data.load(name=data.NAME, download=False)
    decoder, judge = generated.decoder(), None if asked.unjudged else generated.classifier()
    networks = serving.open_model(decoder), serving.open_model(judge) if judge else None
    began = time.perf_counter()
    arrays = generated.generate(*networks)
    print(
        f"{len(arrays['x_train']) + len(arrays['x_test']):,} digits in {time.perf_counter() - began:.1f} s",
        flush=True,
    )

    split = data.split(data.of_arrays(arrays, name=GENERATED))
    model = training.train(recipe.changed(epochs=asked.epochs), split=split).model
    parts = np.array_split(data.as_images(real.test_images), 10)
    accuracy = evaluation.accuracy(
        np.concatenate([model.predict_on_batch(part) for part in parts]), real.test_labels
    )
    low, high = accuracy.interval
    print(
        f"trained on generated digits, judged on MNIST's test images: {accuracy.value:.2%} "
        f"(95% interval {low:.2%} to {high:.2%}, n = {accuracy.n:,}; at least {AT_LEAST:.1%} is wanted)"
    )


if __name__ == "__main__":
    main()
