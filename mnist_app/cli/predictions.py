"""The commands that ask trained classifiers, by LiteRT alone: about the test images, and about image files."""

import time
from pathlib import Path

import click
import numpy as np

from mnist_app import data, evaluation, ink, noise, serving, store
from mnist_app.cli.answers import SEED, Answer, Command, interval, level, table
from mnist_app.cli.models import find_classifier, find_classifiers
from mnist_app.cli.terminal import load_digits
from mnist_app.evaluation.rejection import Rejection
from mnist_app.serving import denoisers


@click.command(cls=Command)
@click.argument("key")
def evaluate(*, key: str) -> Answer:
    """Classify the 10,000 test images with the model KEY: a recipe's key, or the name of a model's folder."""
    model = find_classifier(key)
    mnist = load_digits()
    network = serving.open_model(model)
    began = time.perf_counter()
    probabilities = network.run(data.as_images(mnist.test_images))
    seconds = time.perf_counter() - began
    accuracy = evaluation.accuracy(probabilities, mnist.test_labels)
    counts = evaluation.confusion(probabilities, mnist.test_labels)
    plain = {
        "model": model.name,
        "accuracy": accuracy.value,
        "interval": accuracy.interval,
        "n": accuracy.n,
        "data": mnist.name,
        "confusion": counts.tolist(),
        "seconds": round(seconds, 3),
    }
    rows = [(digit, *row) for digit, row in enumerate(counts)]
    confusion = table(("true \\ guess", *map(str, range(10))), rows)
    reliability = interval(accuracy, mnist.name)
    return plain, f"{model.name}: {accuracy.value:.2%} ({reliability})\n\n{confusion}"


@click.command(cls=Command)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--model", metavar="KEY", help="A recipe's key, a model's folder, or `all` (default: the most accurate).")
@click.option("--level", type=level, default=0, help="Add salt-and-pepper noise of this level first.")
@click.option("--denoiser", default="none", metavar="KEY", help="Clean the noisy image with this denoiser.")
@click.option("--seed", type=SEED, default=0, help="Decides the noise.")
def predict(*, files: tuple[str, ...], model: str | None, level: float, denoiser: str, seed: int) -> Answer:
    """Guess the digit in each image FILE, of any size, dark on light or light on dark.

    Of several digits that do not touch each is guessed, row by row, from left to right.

    The file takes the same steps as a drawing on the canvas. A calibrated model's probabilities are temperature-scaled,
    and it says where the image looks like no digit.
    """
    found = {file: ink.find_digits(ink.ink_of_file(Path(file))) or ((None,),) for file in files}
    centred = [(file, steps) for file in files for row in found[file] for steps in row]
    models = find_classifiers(model)
    networks = [serving.open_model(each) for each in models]
    cleaner = denoisers.get(denoiser, store.list_models().models)
    rejections = {each.model: each for each in store.rejections.list()}
    rows, plain = [], []
    for number, (file, steps) in enumerate(centred):
        image = None
        if steps is not None:
            noisy = noise.corrupt(steps.image[np.newaxis], level=level, seed=seed, indices=[number])
            image = cleaner.run(noisy)
        for each, network in zip(models, networks, strict=True):
            guess, text = _guess(network, rejections.get(each.name), image)
            rows.append((file, each.name, "–" if image is None else guess["digit"], text))
            plain.append({"file": file, "model": each.name, "level": level, "denoiser": cleaner.key, **guess})
    return plain, table(("file", "model", "digit", "probability"), rows)


def _guess(network: serving.Network, rule: Rejection | None, image: np.ndarray | None) -> tuple[dict, str]:
    """What a network says of an image (1, 28, 28, 1): for programs, and as text. None is a picture without ink."""
    if image is None:
        return {"digit": None, "probabilities": None}, "no ink found: is the picture empty?"
    if rule is None:
        (guess,) = evaluation.guesses(network.run(image))
        return {"digit": guess.digit, "probabilities": guess.probabilities}, f"{guess.probability:.1%}"
    (decision,) = rule.decide(*network.features(image), image)
    guess, text = decision.guess, f"{decision.guess.probability:.1%}"
    if decision.rejected:
        text += f", but looks like no digit: score {decision.score:.1f}"
    judged = {name: getattr(decision, name) for name in ("score", "threshold", "rejected")}
    return {**judged, "digit": guess.digit, "probabilities": guess.probabilities}, text
