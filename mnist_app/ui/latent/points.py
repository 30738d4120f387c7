"""Random points of a latent space as rows of pictures: a row for each rule, with what the classifier says of it."""

import streamlit as st

from mnist_app import ui
from mnist_app.serving import latent
from mnist_app.ui.digits import Digits
from mnist_app.ui.latent import networks, pictures

SHOWN, JUDGED = 12, 100
"""Points of a rule that are shown, and that the classifier is asked about, the shown ones among them."""


def show(network: networks.Autoencoder, digits: Digits | None, judge: ui.Judge, *, seed: int, digit: int) -> None:
    """The rows; without the test images those of the rules that need no codes."""
    codes = networks.codes(network, digits) if digits else None
    for rule in latent.RULES:
        if rule.fitted and codes is None:
            continue
        labels = digits.labels if digits else None
        points = latent.sample(
            rule.key, count=JUDGED, size=network.size, seed=seed, codes=codes, labels=labels, digit=digit
        )
        images = network.decoder.run(points)
        (guesses,) = ui.guess((judge,), images)
        found = pictures.in_words(pictures.sure_of(guesses), judge.label)
        if codes is not None:
            near = latent.to_nearest(points, codes)
            found += f" Median distance to the nearest code of a test image{ui.of(digits.data)}: {near:.1f}."
        title = rule.title.replace("one digit", f"the digit {digit}")
        about = {"title": title, "about": rule.description, "found": found}
        st.html(pictures.film(images[:SHOWN], guesses[:SHOWN], **about))
