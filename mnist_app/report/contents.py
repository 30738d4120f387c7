"""What a report shows, computed from the stored networks: curves, tables, confusion matrix, pictures."""

import base64
import io
from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from PIL import Image

from mnist_app import Unavailable, data, evaluation, figures, noise, recipes, serving, store
from mnist_app.evaluation import comparison, differences, sweep
from mnist_app.evaluation.results import MNIST
from mnist_app.figures.noise_curves import REPORTED
from mnist_app.recipes import layers
from mnist_app.serving import denoisers, latent

WIDTH = 680
"""Pixels of a figure: the width of A4 without its margins."""
NOISY = 4
"""Test images under noise."""
GENERATED = 12
"""Digits that the decoder makes by each rule."""

_RULES = ("unit", "gaussian")
_SWEEP = sweep.Order(next(iter(sweep.FACTOR_SETS.values())), (0, 1, 2), 40, "test")


def collect(chosen: Sequence[store.StoredModel]) -> dict[str, object]:
    """The names that `report.html` uses. Raises Damaged."""
    every = store.list_models().models
    runs = comparison.arrange(model.run for model in chosen)
    styles = comparison.styles(runs)
    test = _test_images()
    best = max((model for model in chosen if model.served), key=_merit, default=None)
    return {
        "dense": _group([run for run in runs.values() if not _convolutional(run)], styles),
        "convolutional": _group([run for run in runs.values() if _convolutional(run)], styles),
        "rows": [
            _row(run, next(model for model in chosen if model.run.label == run.label)) for run in runs.values()
        ],
        "digits": test and _digits(*test),
        "decay": _weight_decay(),
        "confusion": test and best and _confusion(best, *test),
        **_denoising(every, best, test),
    }


def _test_images() -> tuple[np.ndarray, np.ndarray, str] | None:
    try:
        mnist = data.load(download=False)
    except Unavailable:
        return None
    return data.as_images(mnist.test_images), mnist.test_labels, mnist.name


def _merit(model: store.StoredModel) -> tuple[bool, float]:
    return model.card.data == MNIST, model.card.test.value


def _convolutional(run: comparison.Run) -> bool:
    return any(layer.kind == "Conv2D" for layer in layers.plan(run.recipe))


def _group(runs: Sequence[comparison.Run], styles: Mapping[str, int]) -> dict[str, object] | None:
    """The layers of each network, and the curves of all in one figure for accuracy and one for loss."""
    if not runs:
        return None
    curves = [figures.Curve(run.label, run.history, styles[run.label], run.reported, run.data) for run in runs]
    plans = {run.label: layers.plan(run.recipe) for run in runs}
    return {
        "plans": [(label, plan, sum(layer.parameters for layer in plan)) for label, plan in plans.items()],
        "accuracy": _figure(figures.epochs(curves, view="Close-up", reported=True)),
        "loss": _figure(figures.epochs(curves, view="Loss")),
    }


def _row(run: comparison.Run, model: store.StoredModel) -> dict[str, object]:
    declared = run.recipe.key in recipes.RECIPES  # of another one only its own script knows how it is trained
    command = recipes.command(run.recipe, seed=run.seed) if declared else ""
    return {"run": run, "name": model.name, "versions": model.card.versions, "command": command}


def _digits(images: np.ndarray, labels: np.ndarray, name: str) -> dict[str, object]:
    """The first test image of each digit, and the first of them in numbers."""
    first = [int(np.flatnonzero(labels == digit)[0]) for digit in range(evaluation.DIGITS)]
    return {
        "name": name,
        "pictures": [(_picture(images[index]), digit) for digit, index in enumerate(first)],
        "one_hot": np.eye(evaluation.DIGITS, dtype=int)[labels[first[3]]].tolist(),
        "row": np.round(images[first[3]][14, :, 0] * 255).astype(int).tolist(),
    }


def _weight_decay() -> dict[str, object] | None:
    replicates = store.replicates.list(data=MNIST)
    points = sweep.points(_SWEEP, replicates)
    if not any(point.n for point in points):
        return None
    figure = figures.weight_decay(
        points,
        epochs=_SWEEP.epochs,
        validation=_SWEEP.validation,
        reported=True,
        ours=differences.ours(replicates, validation=_SWEEP.validation),
    )
    drawn = [point for point in points if point.n]
    return {"figure": _figure(figure), "points": drawn, "reported": sweep.REPORTED}


def _confusion(
    model: store.StoredModel, images: np.ndarray, labels: np.ndarray, name: str
) -> dict[str, object]:
    probabilities = serving.open_model(model).run(images)
    counts = evaluation.confusion(probabilities, labels)
    wrong = counts * (1 - np.eye(len(counts), dtype=int))
    truth, guess = np.unravel_index(wrong.argmax(), wrong.shape)
    return {
        "label": model.run.label,
        "model": model.name,
        "data": name,
        "counts": counts.tolist(),
        "most": max(1, int(wrong.max())),
        "often": (int(truth), int(guess), int(wrong.max())),
        "accuracy": evaluation.accuracy(probabilities, labels),
    }


def _denoising(
    every: Sequence[store.StoredModel], best: store.StoredModel | None, test: tuple | None
) -> dict[str, object]:
    """The stored noise curves of a chosen network, pictures at eleven levels, and digits made by the decoder alone."""
    model = min(
        (model for model in every if model.card.recipe.key == "autoencoder" and model.served),
        key=lambda model: not model.card.as_declared,
        default=None,
    )
    found = {"autoencoder": model and model.run.label, "films": None, "generated": None, "noise_curve": None}
    if best:
        found["noise_curve"] = _noise_curve(best, every)
    if model and test:
        found["generated"] = _generated(model, *test[:2])
        found["films"] = best and _films(model, best, *test[:2])
    return found


def _noise_curve(reader: store.StoredModel, every: Sequence[store.StoredModel]) -> dict[str, object]:
    """Figure and table of what is stored; without a figure where no curve is."""
    cleaners = (*denoisers.CLASSICAL, *denoisers.trained(tuple(every), damaged=[]))
    stored = {curve.denoiser: curve for curve in store.noise_curves.list() if curve.classifier == reader.name}
    lines = [
        figures.NoiseLine(each.title, stored[each.key], style)
        for style, each in enumerate(cleaners)
        if each.key in stored
    ]
    found = {"figure": None, "reader": reader.run.label, "model": reader.name}
    if not lines:
        return found
    rows = []
    for line in lines:
        rows.append((line.title, [share.value for share in line.curve.accuracies]))
        if line.curve.denoiser in REPORTED:
            rows.append((f"C, {line.title}", REPORTED[line.curve.denoiser]))
    figure = _figure(figures.noise_accuracy(lines, classifier=reader.run.label))
    return found | {"figure": figure, "rows": rows, "n": lines[0].curve.accuracies[0].n}


def _films(
    model: store.StoredModel, reader: store.StoredModel, images: np.ndarray, labels: np.ndarray
) -> list[dict[str, object]]:
    """Test images at eleven levels of noise, as they are and denoised, each with the reader's guess."""
    clean = np.repeat(images[:NOISY], len(noise.LEVELS), axis=0)
    truth = np.repeat(labels[:NOISY], len(noise.LEVELS))
    noisy = noise.corrupt(clean, level=noise.LEVELS * NOISY, indices=np.arange(NOISY).repeat(len(noise.LEVELS)))
    films = []
    for title, pictures in (("noisy", noisy), ("denoised", serving.open_model(model).run(noisy))):
        guesses = serving.open_model(reader).run(pictures).argmax(1)
        read = [
            (_picture(picture), int(guess), guess == digit)
            for picture, guess, digit in zip(pictures, guesses, truth, strict=True)
        ]
        for place in range(NOISY):
            frames = read[place * len(noise.LEVELS) :][: len(noise.LEVELS)]
            films.append({"place": place, "title": title, "label": int(labels[place]), "frames": frames})
    return sorted(films, key=lambda film: film["place"])


def _generated(
    model: store.StoredModel, images: np.ndarray, labels: np.ndarray
) -> list[tuple[latent.Rule, list[str]]]:
    codes = serving.open_model(model, store.ENCODER_FILE).run(images)
    decoder = serving.open_model(model, store.DECODER_FILE)
    made = []
    for rule in latent.RULES:
        if rule.key in _RULES:
            points = latent.sample(
                rule.key, count=GENERATED, size=codes.shape[1], seed=0, codes=codes, labels=labels
            )
            made.append((rule, [_picture(picture) for picture in decoder.run(points)]))
    return made


def _picture(image: np.ndarray) -> str:
    """The address of a PNG that holds an image (28, 28, 1) in [0, 1], black on white as ink on paper."""
    content = io.BytesIO()
    ink = np.round(255 * (1 - np.clip(image[..., 0], 0, 1))).astype(np.uint8)
    Image.fromarray(ink).save(content, "PNG")
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"


def _figure(figure: go.Figure) -> str:
    """HTML without plotly's code, which the page holds once."""
    printed = go.Figure(figure).update_layout(width=WIDTH, template="plotly_white")
    return printed.to_html(full_html=False, include_plotlyjs=False, config={"displayModeBar": False})
