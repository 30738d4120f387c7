"""The commands that ask trained models, by LiteRT alone: evaluate, predict, noise-curve."""

import dataclasses
import functools
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mnist_app import InvalidInput, data, evaluation, ink, noise, recipes, serving, store
from mnist_app.cli.answers import Answer, columns, on_generated
from mnist_app.cli.listing import called, find_classifier, models_to_ask
from mnist_app.cli.terminal import how_to_use, load_digits, quiet_start, share_done
from mnist_app.serving import denoisers


def evaluate(*, key: str) -> Answer:
    """Accuracy, interval and confusion of a trained model on the 10,000 test images."""
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
    table = columns(("true \\ guess", *map(str, range(10))), rows)
    told = f"95% interval {low:.2%} to {high:.2%}, n = {accuracy.n:,}{on_generated(mnist.name)}"
    return Answer(plain, f"{model.name}: {accuracy.value:.2%} ({told})\n\n{table}")


def predict(*, files: Sequence[str], model: str | None, level: str, denoiser: str, seed: int) -> Answer:
    """The digit in each image file, through the same steps as the canvas; with noise and a denoiser where asked.

    Where a model has a rejection rule, its probabilities are temperature-scaled, and a score says whether it rejects.
    """
    amount, seed = _level(level), recipes.check_seed(seed)
    seen = [(file, ink.centre(ink.ink_of_file(Path(file)))) for file in files]
    models = models_to_ask(model)
    with quiet_start():
        networks = [serving.open_model(each) for each in models]
        cleaner = denoisers.get(denoiser, store.list_models().models)
    rejections = {each.model: each for each in store.list_rejections()}
    rows, plain = [], []
    for number, (file, steps) in enumerate(seen):
        if steps is not None:
            noisy = noise.corrupt(steps.image[np.newaxis], level=amount, seed=seed, indices=[number])
            image = cleaner.run(noisy)
        for each, network in zip(models, networks, strict=True):
            found = {"file": file, "model": each.name, "level": amount, "denoiser": cleaner.key}
            if steps is None:
                rows.append((file, called(each), "–", "no ink found: is the picture empty?"))
                plain.append({**found, "digit": None, "probabilities": None})
                continue
            told = ""
            if rejection := rejections.get(each.name):
                (decision,) = rejection.decide(*network.features(image), image)
                guess = decision.guess
                found |= {"score": decision.score, "threshold": decision.threshold, "rejected": decision.rejected}
                told = f", but looks like no digit: score {decision.score:.1f}" if decision.rejected else ""
            else:
                guess = evaluation.guesses(network.run(image))[0]
            rows.append((file, called(each), str(guess.digit), f"{guess.probability:.1%}{told}"))
            plain.append({**found, "digit": guess.digit, "probabilities": list(guess.probabilities)})
    return Answer(plain, columns(("file", "model", "digit", "probability"), rows))


def noise_curve(*, denoiser: str, classifier: str, levels: Sequence[str], seed: int, spread: bool) -> Answer:
    """Accuracy and PSNR of noisy test images after a denoiser, level by level; stored for the noise page.

    Curves over other levels or with another seed than the page's are printed only, and so are, where several are asked
    for, those of a classifier that was trained on other data than these test images are from.
    """
    chosen = tuple(sorted({_level(level) for level in levels})) if levels else noise.LEVELS
    stored = chosen == noise.LEVELS and recipes.check_seed(seed) == 0
    if stored:
        store.prepare_results("noise curve")
    mnist = load_digits()
    every = store.list_models().models
    models = models_to_ask(classifier)
    with quiet_start():
        cleaners = (*denoisers.CLASSICAL, *denoisers.trained(every)) if denoiser == "all" else None
        cleaners = cleaners or (denoisers.get(denoiser, every),)
        networks = {model.name: serving.open_model(model) for model in models}
    if stored and not any(model.card.data == mnist.name for model in models):
        raise InvalidInput(
            "These curves would be measured on other digits than their classifier was trained on",
            expected=models[0].card.data,
            found=mnist.name,
            remedy=how_to_use(models[0].card.data),
        )
    images = data.as_images(mnist.test_images)
    curves, finished = [], []
    for cleaner in cleaners:
        with share_done(f"noise curve of {cleaner.key}") as watch:
            found = evaluation.noise_curves(
                images,
                mnist.test_labels,
                levels=chosen,
                corrupt=functools.partial(_salt_and_pepper, seed=seed),
                denoise=cleaner.run,
                classifiers={name: network.run for name, network in networks.items()},
                psnr=noise.psnr,
                about={"denoiser": cleaner.key, "kind": "salt-and-pepper", "seed": seed},
                watch=watch,
            )
        for model in models:
            files = {"classifier": model.card.files[store.SERVING_FILE]}
            files |= {"denoiser": cleaner.checksum} if cleaner.checksum else {}
            curve = dataclasses.replace(found[model.name], files=tuple(sorted(files.items())), data=mnist.name)
            curves.append(curve)
            if stored and model.card.data == mnist.name:
                finished.append(curve)
    for curve in finished:
        store.save_noise_curve(curve, for_spread=spread)
    rows = [
        (curve.denoiser, curve.classifier, *(f"{share.value:.2%}" for share in curve.accuracies)) for curve in curves
    ]
    table = columns(("denoiser", "classifier", *(f"{level:g}" for level in chosen)), rows)
    told = ""
    if mnist.name != data.NAME:
        told = f"\n\nn = {len(images):,}{on_generated(mnist.name)}. Only classifiers trained on these have it stored."
    return Answer([curve.to_json() for curve in curves], table + told)


def _salt_and_pepper(images: np.ndarray, level: float, *, seed: int) -> np.ndarray:
    return noise.corrupt(images, level=level, seed=seed)


def _level(text: str) -> float:
    try:
        level = float(text)
    except ValueError:
        level = -1.0
    if not 0 <= level <= 1:
        raise InvalidInput(
            "The noise level cannot be used",
            expected="a number from 0 to 1",
            found=text,
            remedy="0 is no noise, 1 is nothing but noise.",
        )
    return level
