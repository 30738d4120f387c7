"""The Draw page's cards, the steps from the drawing to the network's input, and the replay of the drawing."""

from collections.abc import Sequence

import numpy as np

from mnist_app import ink
from mnist_app.evaluation import Guess
from mnist_app.ui import dataset, html, models

CANVAS = 280
"""Pixels of the canvas's side."""


def about(classifier: models.Classifier) -> str:
    """Its size and its accuracy."""
    card = classifier.model.card
    return f"{card.parameters:,} parameters, test accuracy {card.test.value:.2%}{dataset.on(card.data)}"


def best_card(classifier: models.Classifier, image: np.ndarray) -> tuple[str, bool]:
    """The large card for an image float32 (28, 28, 1), and whether the network rejects the image."""
    title = classifier.label, about(classifier)
    rule = models.served().rejections.get(classifier.model.name)
    if rule is None:
        (guess,) = models.guess(classifier, image[None])
        return html.large_card(*title, guess), False
    (decision,) = rule.decide(*classifier.network.features(image[None]), image[None])
    card = html.large_card(*title, decision.guess, decision=decision, temperature=rule.temperature)
    return card, decision.rejected


def small_card(classifier: models.Classifier, image: np.ndarray) -> tuple[str, str, Guess]:
    """One of `html.cards` for an image float32 (28, 28, 1)."""
    return classifier.label, about(classifier), *models.guess(classifier, image[None])


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


def replay_rows(
    classifiers: Sequence[models.Classifier], inputs: Sequence[np.ndarray | None]
) -> list[tuple[str, list[Guess | None]]]:
    """Each network's name and its guess for each input; they agree with what the cards say."""
    rows = []
    for classifier in classifiers:
        guesses = models.guess_each(classifier, inputs)
        if rule := models.served().rejections.get(classifier.model.name):
            guesses = [each and rule.guesses(np.array([each.probabilities]))[0] for each in guesses]
        rows.append((classifier.label, guesses))
    return rows


def replay_table(
    inputs: Sequence[np.ndarray | None], rows: Sequence[tuple[str, Sequence[Guess | None]]], *, now: int
) -> str:
    """Moments of a drawing as columns: what the networks saw, and what each guessed; a surer guess is more opaque.

    Args:
        inputs: the input (28, 28, 1) at each moment, None while there was too little ink.
        rows: for each network its title and its guess at each moment.
        now: the column that is marked.
    """

    def cell(column: int, content: object, attributes: str = "") -> str:
        mark = ' class="mx-now" aria-current="step"' if column == now else ""
        return f"<td{mark}{attributes}>{content}</td>"

    def guessed(column: int, guess: Guess | None) -> str:
        if guess is None:
            return cell(column, "·")
        title = f' title="{html.escape(html.share(guess.probability))}"'
        return cell(column, guess.digit, f"{title} {html.confidence(guess)}")

    heads = "".join(
        cell(column, "·" if image is None else html.picture(image, alt=f"Input at moment {column + 1}"))
        for column, image in enumerate(inputs)
    )
    lines = "".join(
        f'<tr><th scope="row">{html.escape(title)}</th>{"".join(map(guessed, range(len(guesses)), guesses))}</tr>'
        for title, guesses in rows
    )
    return (
        '<div class="mx mx-scroll" role="region" tabindex="0" aria-label="Guesses while the drawing grew">'
        f'<table class="mx-replay"><tr><th scope="row">Input</th>{heads}</tr>{lines}</table></div>'
    )
