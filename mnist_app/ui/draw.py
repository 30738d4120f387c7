"""The Draw page's cards, the steps from the drawing to the network's input, and the replay of the drawing."""

import functools
import threading
from collections.abc import Callable, Sequence

import numpy as np

from mnist_app import ink
from mnist_app.evaluation import Guess
from mnist_app.ui import dataset, html, models

CANVAS = 280
"""Pixels of the canvas's side."""

_TURN = threading.RLock()


def in_turn(fragment: Callable) -> Callable:
    """Visitors' runs of the function one after another: at once they fight for Python's lock, and all are late."""

    @functools.wraps(fragment)
    def take_turn(*arguments: object) -> None:
        with _TURN:
            fragment(*arguments)

    return take_turn


def about(classifier: models.Classifier) -> str:
    card = classifier.model.card
    return f"{card.parameters:,} parameters, test accuracy {card.test.value:.2%}{dataset.on(card.data)}"


def best_card(classifier: models.Classifier, image: np.ndarray) -> tuple[str, bool]:
    """The large card for an image float32 (28, 28, 1), and whether the network rejects the image."""
    title, rule = (classifier.label, about(classifier)), classifier.rule
    if rule is None:
        return html.large_card(*title, *models.guess(classifier, image[None])), False
    (decision,) = rule.decide(*classifier.network.features(image[None]), image[None])
    card = html.large_card(*title, decision.guess, decision=decision, temperature=rule.temperature)
    return card, decision.rejected


def input_steps(steps: ink.Steps, shrunk: np.ndarray) -> str:
    """The steps from the canvas to the 28×28 numbers, as pictures."""
    left, top, right, bottom = steps.box
    rows, columns = steps.scaled.shape
    shown = [
        (steps.ink, "The drawing", f"1. The ink: {CANVAS} × {CANVAS}"),
        (steps.cropped, "The drawing, cropped", f"2. Cropped to the ink: {right - left} × {bottom - top}"),
        (steps.scaled, "The drawing, scaled", f"3. Scaled into 20 × 20, same aspect ratio: {columns} × {rows}"),
        (steps.centred, "The centred input", "4. Its centre of mass in the middle of 28 × 28"),
        (shrunk, "The drawing, shrunk whole", "Without centring: the whole canvas shrunk to 28 × 28"),
    ]
    return html.pictures(shown)


def replay(classifiers: Sequence[models.Classifier], moments: np.ndarray, *, plain: bool, now: int) -> str:
    """Moments of a drawing as columns: what the networks saw, and what each guessed; a surer guess is more opaque.

    moments: ink float32 (n, h, w); the last one is the whole drawing. plain: whether the networks see it shrunk and
    not centred. now: the column that is marked. Where there is too little ink, no network guesses.
    """
    steps = [ink.centre(moment) for moment in moments]
    seen = [column for column, step in enumerate(steps) if step]
    images = np.stack([ink.shrink(moments[column]) if plain else steps[column].image for column in seen])
    inputs = [
        html.picture(image, alt=f"Input at moment {column + 1}")
        for column, image in zip(seen, images, strict=True)
    ]
    rows = [(each.label, list(map(_guessed, _guesses(each, images)))) for each in classifiers]
    table = ""
    for title, cells in [("Input", inputs), *rows]:
        table += _line(title, dict(zip(seen, cells, strict=True)), len(moments), now)
    return (
        '<div class="mx mx-scroll" role="region" tabindex="0" aria-label="Guesses while the drawing grew">'
        f'<table class="mx-replay">{table}</table></div>'
    )


def _guesses(classifier: models.Classifier, images: np.ndarray) -> tuple[Guess, ...]:
    """They agree with what the cards say."""
    if classifier.rule is None:
        return models.guess(classifier, images)
    return classifier.rule.guesses(classifier.network.run(images))


def _guessed(guess: Guess) -> str:
    title = html.escape(html.share(guess.probability))
    return f'<span title="{title}" {html.confidence(guess)}>{guess.digit}</span>'


def _line(title: str, cells: dict[int, str], count: int, now: int) -> str:
    mark = ' class="mx-now" aria-current="step"'
    columns = (f"<td{mark if column == now else ''}>{cells.get(column, '·')}</td>" for column in range(count))
    return f'<tr><th scope="row">{html.escape(title)}</th>{"".join(columns)}</tr>'
