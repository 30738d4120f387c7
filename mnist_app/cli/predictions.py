"""The commands that ask trained classifiers, by LiteRT alone: about the test images, and about image files."""

import time
from pathlib import Path

import click
import numpy as np

from mnist_app import data, evaluation, ink, noise, serving, store
from mnist_app.cli.answers import LEVEL, SEED, Answer, command, table, test_images
from mnist_app.cli.models import find_classifier, find_classifiers, short_name
from mnist_app.cli.terminal import load_digits, quiet_start
from mnist_app.serving import denoisers


@command()
@click.argument("key")
def evaluate(*, key: str) -> Answer:
    """Classify the 10,000 test images with the model KEY: a recipe's key, or the name of a model's folder."""
    model = find_classifier(key)
    mnist = load_digits()
    with quiet_start():
        network = serving.open_model(model)
    began = time.perf_counter()
    probabilities = network.run(data.as_images(mnist.test_images))
    seconds = time.perf_counter() - began
    accuracy = evaluation.accuracy(probabilities, mnist.test_labels)
    counts = evaluation.confusion(probabilities, mnist.test_labels)
    low, high = accuracy.interval
    plain = {
        "model": model.name,
        "accuracy": accuracy.value,
        "interval": [low, high],
        "n": accuracy.n,
        "data": mnist.name,
        "confusion": counts.tolist(),
        "seconds": round(seconds, 3),
    }
    rows = [(str(digit), *map(str, row)) for digit, row in enumerate(counts)]
    confusion = table(("true \\ guess", *map(str, range(10))), rows)
    interval = f"95% interval {low:.2%} to {high:.2%}, {test_images(accuracy.n, mnist.name)}"
    return Answer(plain, f"{model.name}: {accuracy.value:.2%} ({interval})\n\n{confusion}")


@command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--model", metavar="KEY", help="A recipe's key, a model's folder, or `all` (default: the most accurate).")
@click.option("--level", type=LEVEL, default=0, help="Add salt-and-pepper noise of this level first.")
@click.option("--denoiser", default="none", metavar="KEY", help="Clean the noisy image with this denoiser.")
@click.option("--seed", type=SEED, default=0, help="Decides the noise.")
def predict(*, files: tuple[str, ...], model: str | None, level: float, denoiser: str, seed: int) -> Answer:
    """Guess the digit in each image FILE, of any size, dark on light or light on dark.

    The file takes the same steps as a drawing on the canvas. A calibrated model's probabilities are temperature-scaled,
    and it says where the image looks like no digit.
    """
    centred = [(file, ink.centre(ink.ink_of_file(Path(file)))) for file in files]
    models = find_classifiers(model)
    with quiet_start():
        networks = [serving.open_model(each) for each in models]
        cleaner = denoisers.get(denoiser, store.list_models().models)
    rejections = {each.model: each for each in store.rejections.list()}
    rows, plain = [], []
    for number, (file, steps) in enumerate(centred):
        if steps is not None:
            noisy = noise.corrupt(steps.image[np.newaxis], level=level, seed=seed, indices=[number])
            image = cleaner.run(noisy)
        for each, network in zip(models, networks, strict=True):
            answer = {"file": file, "model": each.name, "level": level, "denoiser": cleaner.key}
            if steps is None:
                rows.append((file, short_name(each), "–", "no ink found: is the picture empty?"))
                plain.append({**answer, "digit": None, "probabilities": None})
                continue
            remark = ""
            if rejection := rejections.get(each.name):
                (decision,) = rejection.decide(*network.features(image), image)
                guess = decision.guess
                answer |= {"score": decision.score, "threshold": decision.threshold, "rejected": decision.rejected}
                if decision.rejected:
                    remark = f", but looks like no digit: score {decision.score:.1f}"
            else:
                guess = evaluation.guesses(network.run(image))[0]
            rows.append((file, short_name(each), str(guess.digit), f"{guess.probability:.1%}{remark}"))
            plain.append({**answer, "digit": guess.digit, "probabilities": list(guess.probabilities)})
    return Answer(plain, table(("file", "model", "digit", "probability"), rows))
