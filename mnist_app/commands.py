"""What the command line can do: each function is a command, and answers in JSON values and in text.

TensorFlow is imported by those commands alone that train or download.
"""

import contextlib
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnist_app import ExplorerError, data, evaluation, ink, layers, serving, store
from mnist_app import recipes as recipes_module


class InvalidArgument(ExplorerError):
    """An argument of a command cannot be used."""


@dataclass(frozen=True)
class Answer:
    """A command's answer: JSON values for programs, text for a person."""

    plain: object
    text: str


def recipes(*, markdown: bool = False) -> Answer:
    """Every recipe with its parameters, its sources' figures and, where it was trained, the measured ones."""
    trained = _trained_by_key()
    rows, plain = [], []
    for recipe in recipes_module.RECIPES.values():
        model = trained.get(recipe.key)
        parameters = layers.count_parameters(recipe)
        reported = ", ".join(f"{figure.source} {figure.accuracy:.2%}" for figure in recipe.reported)
        measured = seconds = difference = "–"
        if model:
            low, high = model.card.test.interval
            measured = f"{model.card.test.value:.2%} ({low:.2%}–{high:.2%})"
            seconds = f"{model.card.seconds:.0f}"
            if recipe.reported:
                difference = f"{100 * (model.card.test.value - recipe.reported[0].accuracy):+.2f}"
        rows.append((recipe.key, f"{parameters:,}", str(recipe.epochs), seconds, measured, reported or "–", difference))
        plain.append(
            {
                **recipe.to_json(),
                "parameters": parameters,
                "fingerprint": recipe.fingerprint,
                "test_accuracy": model.card.test.value if model else None,
                "seconds": model.card.seconds if model else None,
            }
        )
    heads = ("recipe", "parameters", "epochs", "seconds", "test accuracy (95 %)", "reported", "difference, pp")
    return Answer(plain, _markdown(heads, rows) if markdown else _columns(heads, rows))


def train(*, key: str, seed: int, epochs: str | None, changes: Sequence[str], no_weights: bool) -> Answer:
    """Train a recipe, changed as asked, judge it on the test images, and store it."""
    fields = dict(_assignment(change) for change in changes)
    if epochs is not None:
        fields["epochs"] = epochs
    recipe = recipes_module.get(key).changed(**fields)
    if not 0 <= seed < 2**31:
        raise InvalidArgument("The seed cannot be used", expected="0 to 2147483647", found=str(seed))
    layers.plan(recipe)
    mnist = data.load()
    with _quiet_start():
        from mnist_app import training
    with store.saving(recipe, seed=seed) as draft, _progress_bar(recipe.key) as watch:
        split = data.split(mnist, held_out=10_000 if recipe.validation == "held-out" else 0)
        trained = training.train(recipe, split=split, seed=seed, watch=watch)
        with _quiet_start():
            paths = draft.folder / store.KERAS_FILE, draft.folder / store.SERVING_FILE
            training.export(trained.model, draft.folder, keras_file=paths[0].name, serving_file=paths[1].name)
            network = serving.Network(paths[1], name=store.name_of(recipe, seed))
        test = evaluation.accuracy(network.run(data.as_images(mnist.test_images)), mnist.test_labels)
        if no_weights:
            for path in paths:
                path.unlink()
        card = draft.finish(
            history=trained.history,
            parameters=layers.count_parameters(recipe),
            seconds=trained.seconds,
            data=data.NAME,
            test=test,
        )
    name = store.name_of(recipe, seed)
    low, high = test.interval
    text = (
        f"{recipe.title}: test accuracy {test.value:.2%} (95 % interval {low:.2%} to {high:.2%}, n = {test.n:,}), "
        f"{card.seconds:.0f} s. Stored as {store.own_folder() / name}"
    )
    return Answer({"name": name, **card.to_json()}, text)


def evaluate(*, key: str) -> Answer:
    """Accuracy, interval and confusion of a trained model on the 10,000 test images."""
    model = _model(key)
    mnist = data.load()
    with _quiet_start():
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
        "confusion": counts.tolist(),
        "seconds": round(seconds, 3),
    }
    rows = [(str(digit), *map(str, row)) for digit, row in enumerate(counts)]
    table = _columns(("true \\ guess", *map(str, range(10))), rows)
    text = f"{model.name}: {accuracy.value:.2%} (95 % interval {low:.2%} to {high:.2%}, n = {accuracy.n:,})\n\n{table}"
    return Answer(plain, text)


def predict(*, files: Sequence[str], model: str | None) -> Answer:
    """The digit in each image file, through the same steps as the canvas."""
    seen = [(file, ink.centre(ink.ink_of_file(Path(file)))) for file in files]
    models = _models_to_ask(model)
    with _quiet_start():
        networks = [serving.open_model(each) for each in models]
    rows, plain = [], []
    for file, steps in seen:
        for each, network in zip(models, networks, strict=True):
            if steps is None:
                rows.append((file, each.card.recipe.key, "–", "no ink found: is the picture empty?"))
                plain.append({"file": file, "model": each.name, "digit": None, "probabilities": None})
                continue
            guess = evaluation.guesses(network.run(steps.image[np.newaxis]))[0]
            rows.append((file, each.card.recipe.key, str(guess.digit), f"{guess.probability:.1%}"))
            plain.append(
                {"file": file, "model": each.name, "digit": guess.digit, "probabilities": list(guess.probabilities)}
            )
    return Answer(plain, _columns(("file", "model", "digit", "probability"), rows))


def download() -> Answer:
    """Fetch MNIST into Keras's cache, by Keras."""
    with _quiet_start():
        from mnist_app import training
    try:
        path = training.download_mnist()
    except Exception as error:  # Keras raises a bare Exception when the address cannot be reached
        raise data.MnistUnavailable(
            "MNIST could not be downloaded",
            expected=data.DOWNLOAD_ADDRESS,
            found=" ".join(str(error).split()) or type(error).__name__,
            remedy=f"Check the network, or set {data.PATH_VARIABLE} to a copy of mnist.npz.",
        ) from error
    return Answer({"path": str(path)}, f"MNIST is at {path}")


def _assignment(change: str) -> tuple[str, str]:
    name, equals, value = change.partition("=")
    if not equals:
        raise InvalidArgument(
            "--set cannot be used", expected="field=value", found=change, remedy="For example --set hidden=100,50."
        )
    return name.strip(), value.strip()


def _trained_by_key() -> dict[str, store.StoredModel]:
    """For each recipe the model that was trained exactly as it says, with the lowest seed."""
    found: dict[str, store.StoredModel] = {}
    for model in sorted(store.list_models().models, key=lambda model: model.card.seed):
        recipe = recipes_module.RECIPES.get(model.card.recipe.key)
        if recipe and recipe.fingerprint == model.card.recipe.fingerprint:
            found.setdefault(recipe.key, model)
    return found


def _model(key: str) -> store.StoredModel:
    """By recipe key (as the recipe says, lowest seed), or by the folder's name."""
    if key in recipes_module.RECIPES:
        by_key = _trained_by_key()
        if key not in by_key:
            raise store.NotTrained(
                f"{key} has not been trained yet", remedy=f"Train it: `python -m mnist_app train {key}`."
            )
        return by_key[key]
    names = {model.name for model in store.list_models().models}
    if key not in names:
        recipes_module.get(key)
    return store.load(key)


def _models_to_ask(key: str | None) -> list[store.StoredModel]:
    if key not in (None, "all"):
        return [_model(key)]
    served = [model for model in store.list_models().models if model.served and model.card.recipe.task == "classify"]
    if not served:
        raise store.NotTrained(
            "No trained model is here", remedy="Train one: `python -m mnist_app train mlp-64-64` takes seconds."
        )
    ranked = sorted(served, key=lambda model: -model.card.test.value)
    return ranked if key == "all" else ranked[:1]


@contextlib.contextmanager
def _quiet_start() -> Iterator[None]:
    """TensorFlow and LiteRT greet on the error stream from C++; a command's errors are to stand there alone."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


@contextlib.contextmanager
def _progress_bar(title: str) -> Iterator:
    """On a terminal a bar that is drawn over and over; elsewhere a line for each epoch."""
    live = sys.stderr.isatty()

    def watch(progress) -> None:
        left = progress.seconds / progress.fraction - progress.seconds
        figures = f"loss {progress.loss:.4f}  accuracy {progress.accuracy:.2%}"
        if progress.val_accuracy is not None:
            figures += f"  validation {progress.val_accuracy:.2%}"
        epoch = f"{title}  epoch {progress.epoch}/{progress.epochs}"
        if live:
            done = round(24 * progress.fraction)
            bar = "█" * done + "░" * (24 - done)
            print(f"\r\x1b[K{epoch} {bar} {figures}  {_duration(left)} left", end="", file=sys.stderr, flush=True)
        elif progress.val_accuracy is not None:
            print(f"{epoch}  {figures}  {_duration(left)} left", file=sys.stderr, flush=True)

    try:
        yield watch
    finally:
        if live:
            print(file=sys.stderr)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _columns(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (heads, *rows)]
    return "\n".join(line.rstrip() for line in lines)


def _markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
