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
from mnist_app.recipes.layer import Plan
from mnist_app.serving import denoisers, latent

WIDTH = 680  # pixels of a figure: the width of A4 without its margins
NOISY = 4  # test images under noise
GENERATED = 12  # digits that the decoder makes by each rule

_RULES = ("unit", "gaussian")
_SWEEP = sweep.Order(next(iter(sweep.FACTOR_SETS.values())), (0, 1, 2), 40, "test")


def collect(chosen: Sequence[store.StoredModel]) -> dict[str, object]:
    """The names that `report.html` uses. Raises Damaged."""
    every = store.list_models().models
    by_label = {model.run.label: model for model in chosen}
    runs = comparison.arrange(model.run for model in chosen)
    plans = {label: layers.plan(run.recipe) for label, run in runs.items()}
    convolves = {label for label, plan in plans.items() if any(layer.kind == "Conv2D" for layer in plan)}
    mnist = _test_digits()
    usable = [model for model in chosen if model.served]
    reader = max(usable, key=lambda model: (model.card.data == MNIST, model.card.test.value), default=None)
    autoencoder = store.first("autoencoder", every)
    return {
        "dense": _group(runs, {label: plan for label, plan in plans.items() if label not in convolves}),
        "convolutional": _group(runs, {label: plan for label, plan in plans.items() if label in convolves}),
        "models": [by_label[label] for label in runs],
        "command": recipes.command,
        "declared": recipes.RECIPES,
        "digits": mnist and _digits(mnist),
        "decay": _weight_decay(),
        "factor": sweep.as_text,
        "reader": reader,
        "confusion": mnist and reader and _confusion(reader, mnist),
        "autoencoder": autoencoder,
        "films": mnist and reader and autoencoder and _films(autoencoder, reader, mnist),
        "noise_curve": reader and _noise_curve(reader, every),
        "generated": mnist and autoencoder and _generated(autoencoder, mnist),
    }


def _test_digits() -> data.Mnist | None:
    try:
        return data.load(download=False)
    except Unavailable:
        return None


def _group(runs: Mapping[str, comparison.Run], plans: Mapping[str, Plan]) -> dict[str, object] | None:
    """The layers of each network, and the curves of all in one figure for accuracy and one for loss."""
    if not plans:
        return None
    styles, shown = comparison.styles(runs), [runs[label] for label in plans]
    curves = [figures.Curve(run.label, run.history, styles[run.label], run.reported, run.data) for run in shown]
    return {
        "plans": plans,
        "accuracy": _figure(figures.epochs(curves, view="Close-up", reported=True)),
        "loss": _figure(figures.epochs(curves, view="Loss")),
    }


def _digits(mnist: data.Mnist) -> dict[str, object]:
    """The first test image of each digit, and the 3 in numbers."""
    first = [int(np.flatnonzero(mnist.test_labels == digit)[0]) for digit in range(evaluation.DIGITS)]
    pictures = [_picture(image) for image in data.as_images(mnist.test_images[first])]
    return {"name": mnist.name, "pictures": pictures, "row": mnist.test_images[first[3]][14].tolist()}


def _weight_decay() -> dict[str, object] | None:
    replicates = store.replicates.list(data=MNIST)
    points = sweep.points(_SWEEP, replicates)
    drawn = [point for point in points if point.n]
    if not drawn:
        return None
    figure = figures.weight_decay(
        points,
        epochs=_SWEEP.epochs,
        validation=_SWEEP.validation,
        reported=True,
        ours=differences.ours(replicates, validation=_SWEEP.validation),
    )
    return {"figure": _figure(figure), "points": drawn, "reported": sweep.REPORTED}


def _confusion(reader: store.StoredModel, mnist: data.Mnist) -> dict[str, object]:
    probabilities = serving.open_model(reader).run(data.as_images(mnist.test_images))
    counts = evaluation.confusion(probabilities, mnist.test_labels)
    wrong = counts * (1 - np.eye(len(counts), dtype=int))
    return {
        "counts": counts.tolist(),
        "often": np.argwhere(wrong == max(wrong.max(), 1)).tolist(),
        "accuracy": evaluation.accuracy(probabilities, mnist.test_labels),
    }


def _noise_curve(reader: store.StoredModel, every: Sequence[store.StoredModel]) -> dict[str, object] | None:
    """Figure and lines of what is stored."""
    cleaners = (*denoisers.CLASSICAL, *denoisers.trained(tuple(every), damaged=[]))
    stored = {curve.denoiser: curve for curve in store.noise_curves.list() if curve.classifier == reader.name}
    lines = [
        figures.NoiseLine(each.title, stored[each.key], style)
        for style, each in enumerate(cleaners)
        if each.key in stored
    ]
    if not lines:
        return None
    figure = figures.noise_accuracy(lines, classifier=reader.run.label)
    return {"figure": _figure(figure), "lines": lines, "reported": REPORTED}


def _films(autoencoder: store.StoredModel, reader: store.StoredModel, mnist: data.Mnist) -> list[tuple]:
    """The first test images at eleven levels of noise, as they are and denoised: label, title, (picture, guess)s."""
    films = []
    for index, image in enumerate(data.as_images(mnist.test_images[:NOISY])):
        clean = np.repeat(image[None], len(noise.LEVELS), axis=0)
        noisy = noise.corrupt(clean, level=noise.LEVELS, indices=[index] * len(clean))
        for title, pictures in (("noisy", noisy), ("denoised", serving.open_model(autoencoder).run(noisy))):
            guesses = serving.open_model(reader).run(pictures).argmax(1).tolist()
            frames = list(zip(map(_picture, pictures), guesses, strict=True))
            films.append((int(mnist.test_labels[index]), title, frames))
    return films


def _generated(autoencoder: store.StoredModel, mnist: data.Mnist) -> list[tuple[latent.Rule, list[str]]]:
    codes = serving.open_model(autoencoder, store.ENCODER_FILE).run(data.as_images(mnist.test_images))
    decoder = serving.open_model(autoencoder, store.DECODER_FILE)
    made = []
    for rule in latent.RULES:
        if rule.key in _RULES:
            points = latent.sample(rule.key, count=GENERATED, size=codes.shape[1], seed=0, codes=codes)
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
