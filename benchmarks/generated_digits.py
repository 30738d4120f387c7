"""How far generated digits stand in for MNIST: a CNN that learned from them alone reads MNIST's real test images.

    python -m benchmarks.generated_digits [--epochs 10] [--seeds 3] [--unjudged]

Prints how long the digits take to generate, and for each seed the accuracy of the recipe `cnn` on the 10,000 real test
images, which take no part in its training. Needs MNIST for that judgement alone.
"""

import argparse
import time

import numpy as np

from mnist_app import data, evaluation, recipes, serving, training
from mnist_app.data import generated
from mnist_app.evaluation.results import GENERATED

AT_LEAST = 0.975
"""The accuracy that the digits are to be good for."""


def main() -> None:
    recipe = recipes.get("cnn")
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generated_digits", description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, default=recipe.epochs, help=f"default {recipe.epochs}, as declared")
    parser.add_argument("--seeds", type=int, default=3, help="how many trainings, with seeds from 0 on; default 3")
    parser.add_argument("--unjudged", action="store_true", help="also keep the digits that the judge misreads")
    asked = parser.parse_args()
    real = data.load(name=data.NAME, download=False)
    decoder, judge = generated.decoder(), None if asked.unjudged else generated.classifier()
    networks = *generated.open_decoder(decoder), serving.open_model(judge) if judge else None
    began = time.perf_counter()
    arrays = generated.generate(*networks)
    print(
        f"{len(arrays['x_train']) + len(arrays['x_test']):,} digits in {time.perf_counter() - began:.1f} s", flush=True
    )

    split = data.split(data.of_arrays(arrays, name=GENERATED))
    parts = np.array_split(data.as_images(real.test_images), 10)
    found = []
    for seed in range(asked.seeds):
        model = training.train(recipe.changed(epochs=asked.epochs), split=split, seed=seed).model
        probabilities = np.concatenate([model.predict_on_batch(part) for part in parts])
        accuracy = evaluation.accuracy(probabilities, real.test_labels)
        low, high = accuracy.interval
        found.append(accuracy.value)
        print(
            f"seed {seed}: {accuracy.value:.2%} (95% interval {low:.2%} to {high:.2%}, n = {accuracy.n:,})", flush=True
        )
    print(
        f"trained on generated digits, judged on MNIST's test images: mean {np.mean(found):.2%}, "
        f"{min(found):.2%} to {max(found):.2%} (at least {AT_LEAST:.1%} is wanted)"
    )


if __name__ == "__main__":
    main()
