"""Rows of generated pictures, each with what the classifier reads in it, and the rows of random points."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from mnist_app.evaluation import Guess
from mnist_app.evaluation.results import Proportion
from mnist_app.serving import latent
from mnist_app.ui import dataset, models
from mnist_app.ui.html import escape, picture, share
from mnist_app.ui.latent import networks

SURE = 0.9
"""The probability from which on a guess counts as sure."""

SHOWN, MEASURED = 12, 100
"""Points of a rule that are shown, and that the classifier reads, the shown ones among them."""


def row(images: np.ndarray, guesses: Sequence[Guess], *, title: str, about: str, result: str = "") -> str:
    """A row of pictures, float32 (n, 28, 28, 1), with a guess under each; it wraps on a narrow screen.

    title, about, result: what the row shows, how it was made, and what was measured, as plain text.
    """
    numbered = enumerate(zip(images, guesses, strict=True), start=1)
    frames = "".join(_frame(image, f"{title}, picture {number}", guess) for number, (image, guess) in numbered)
    measured = f'<div class="lx-about">{escape(result)}</div>' if result else ""
    return (
        f'<section class="lx" aria-label="{escape(title)}"><b>{escape(title)}</b> '
        f'<span class="lx-about">{escape(about)}</span>{measured}'
        f'<div class="lx-film" style="--frames:{len(images)}">{frames}</div></section>'
    )


def show_points(
    network: networks.Autoencoder,
    digits: dataset.Digits | None,
    classifier: models.Classifier,
    *,
    seed: int,
    digit: int,
) -> None:
    """A row for each rule for random points; without the test images those of the rules that need no codes."""
    codes = networks.codes(network, digits) if digits else None
    labels = digits.labels if digits else None
    for rule in latent.RULES:
        if rule.fitted and codes is None:
            continue
        points = latent.sample(
            rule.key, count=MEASURED, size=network.size, seed=seed, codes=codes, labels=labels, digit=digit
        )
        images = network.decoder.run(points)
        guesses = models.guess(classifier, images)
        result = sure_in_words(guesses, classifier.label)
        if codes is not None:
            distance = latent.to_nearest(points, codes)
            result += f" Median distance to the nearest code of a test image{dataset.of(digits.data)}: {distance:.1f}."
        title = rule.title.replace("one digit", f"the digit {digit}")
        st.html(row(images[:SHOWN], guesses[:SHOWN], title=title, about=rule.description, result=result))


def sure_in_words(guesses: Sequence[Guess], label: str) -> str:
    """The share of sure guesses of the classifier of that label, with its n and its interval."""
    sure = sum(guess.probability >= SURE for guess in guesses)
    share_of_all = Proportion(sure / len(guesses), len(guesses))
    low, high = share_of_all.interval
    return (
        f"{label} is at least {SURE:.0%} sure of {sure} of {len(guesses)}: {share_of_all.value:.0%} "
        f"(95% interval {low:.0%} to {high:.0%})."
    )


def _frame(image: np.ndarray, name: str, guess: Guess) -> str:
    probability = share(guess.probability)
    return (
        f"<figure>{picture(image, alt=f'{name}: guess {guess.digit}, {probability}')}"
        f"<figcaption>{guess.digit}<small>{escape(probability)}</small></figcaption></figure>"
    )
