"""Rows of generated pictures, each with what the classifier reads in it, and the rows of random points."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from mnist_app.evaluation import Guess
from mnist_app.evaluation.results import Proportion
from mnist_app.serving import latent
from mnist_app.ui import dataset, models
from mnist_app.ui.html import escape, picture, share
from mnist_app.ui.latent.networks import Autoencoder

SURE = 0.9  # the probability from which on a guess counts as sure
SHOWN, MEASURED = 12, 100  # points of a rule that are shown, and that the classifier reads, the shown ones among them


def row(images: np.ndarray, guesses: Sequence[Guess], *, title: str, about: str) -> str:
    """A row of pictures, float32 (n, 28, 28, 1), with a guess under each; it wraps on a narrow screen."""
    frames = ""
    for number, (image, guess) in enumerate(zip(images, guesses, strict=True), start=1):
        probability = share(guess.probability)
        alt = f"{title}, picture {number}: guess {guess.digit}, {probability}"
        caption = f"<figcaption>{guess.digit}<small>{escape(probability)}</small></figcaption>"
        frames += f"<figure>{picture(image, alt=alt)}{caption}</figure>"
    return (
        f'<section class="lx" aria-label="{escape(title)}"><b>{escape(title)}</b> '
        f'<span class="lx-about">{escape(about)}</span>'
        f'<div class="lx-film" style="--frames:{len(images)}">{frames}</div></section>'
    )


def show_points(network: Autoencoder, classifier: models.Classifier, *, seed: int, digit: int) -> None:
    """A row for each rule for random points; without the test images those of the rules that need no codes."""
    digits, codes = network.digits, network.codes
    for rule in latent.RULES:
        if rule.fitted and codes is None:
            continue
        size, labels = network.decoder.input_shape[0], digits and digits.labels
        points = latent.sample(rule.key, count=MEASURED, size=size, seed=seed, codes=codes, labels=labels, digit=digit)
        images = network.decoder.run(points)
        guesses = models.guess(classifier, images)
        sure = sum(guess.probability >= SURE for guess in guesses)
        low, high = Proportion(sure / MEASURED, MEASURED).interval
        about = (
            f"{rule.description} {classifier.label} is at least {SURE:.0%} sure of {sure} of {MEASURED}: "
            f"{sure / MEASURED:.0%} (95% interval {low:.0%} to {high:.0%})."
        )
        if digits:
            of, distance = dataset.of(digits.data), latent.to_nearest(points, codes)
            about += f" Median distance to the nearest code of a test image{of}: {distance:.1f}."
        title = rule.title.replace("one digit", f"the digit {digit}")
        st.html(row(images[:SHOWN], guesses[:SHOWN], title=title, about=about))
