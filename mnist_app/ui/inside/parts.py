"""The answers to "why this guess?", each a part of the page: what it shows, in words and pictures."""

import numpy as np
import streamlit as st

from mnist_app.evaluation import explanation
from mnist_app.ui import dataset, moving, weights
from mnist_app.ui.html import picture, share
from mnist_app.ui.inside import opened, pictures
from mnist_app.ui.inside.opened import Reading

NEAREST = 10


def show_layers(reading: Reading, digits: dataset.Digits | None) -> None:
    """What stands between the image and the ten probabilities."""
    if pictures.filters(reading.network):
        _show_maps(reading, digits)
    elif pictures.hidden(reading.network):
        _show_units(reading)
    else:
        st.markdown(
            "Between pixels and logits this network only multiplies and adds. So all its layers together are ten "
            "**templates**: one weight for each pixel and digit. Blue is below 0, white 0, red above."
        )
        st.html(pictures.templates(reading.network, reading.outputs, reading.image))


def _show_units(reading: Reading) -> None:
    guess = reading.guess.digit
    asked = {f"The guess, {guess}": guess} | {f"The digit {each}": each for each in range(10)}
    digit = asked[st.selectbox("What speaks for", asked, key=f"for_{guess}", width=160)]
    st.markdown(
        f"The units that raise or lower the logit of {digit} most. **A unit's part** is what it gives × how much each "
        "1 of that raises the logit: for the last hidden layer one weight, for an earlier one the sum over all ways "
        "through units above 0. **The pictures** are the weights of the pixels in a unit's sum: for the first layer "
        "its own, for a later one those by the same ways. Blue is below 0, white 0, red above."
    )
    for place in reversed(pictures.hidden(reading.network)):
        st.html(pictures.units(reading.network, reading.outputs, place, digit))


@st.fragment
def _show_maps(reading: Reading, digits: dataset.Digits | None) -> None:
    network, detail = reading.network, ""
    if picked := pictures.filters(network).get(st.query_params.get("filter", "")):
        (place, unit), found = picked, []
        if digits:
            found = opened.patches(reading.version, place, digits.data, network, digits.images)[unit]
        detail = pictures.filter_detail(network, place, unit, found)
    st.markdown(
        "Each picture is one map: black is 0, white the largest number of the layer. **Click a filter** of a "
        f"convolution for its weights, and for what it answers most in {opened.PATCHES_AMONG:,} test images."
    )
    moving.show(
        pictures.maps(network, reading.outputs, opened=picked, detail=detail), key="maps", on_press=_pick_filter
    )


def _pick_filter() -> None:
    st.query_params["filter"] = st.session_state["maps"]["press"]


def show_ink(reading: Reading, digits: dataset.Digits | None) -> None:
    digit, side = reading.guess.digit, explanation.SQUARE
    found = explanation.occlude(reading.network.logits, reading.image, digit)
    after, scale = opened.guess(reading.network, found.darkest), max(1.0, float(np.abs(found.fall).max()))
    st.markdown(
        f"A black square of {side} × {side} pixels covers the ink at one place after another. Red: without this ink "
        f"the log-odds of {digit} fall, so it speaks **for** {digit}. Blue: they rise, so it speaks **against** "
        f"{digit}. The colours end at ±{scale:.1f}. The log-odds of a probability p are log(p / (1 − p))."
    )
    falls = f"{share(reading.guess.probability)} → {share(after.probabilities[digit])}"
    darkest = f"The square that costs most. {digit}: {falls}. The guess: {after.digit}"
    st.html(
        pictures.row(
            (picture(reading.image, alt="The image"), "The image"),
            (
                weights.sheet(found.fall[None], scale=scale, alt=f"Which ink speaks for {digit}"),
                "Which ink matters",
            ),
            (picture(found.darkest, alt="The image without the ink that matters most"), darkest),
        )
    )


def show_nearest(reading: Reading, digits: dataset.Digits | None) -> None:
    if digits is None:
        dataset.offer_mnist()
        return
    features, images, labels = opened.training(reading.version, digits.data, reading.network)
    found, distances = explanation.nearest(features, reading.outputs[-2].ravel(), count=NEAREST)
    same = int((labels[found] == reading.guess.digit).sum())
    st.markdown(
        f"Before the last layer, an image is {features.shape[1]:,} numbers to this network. These {NEAREST} of "
        f"{len(labels):,} training images{dataset.of(digits.data)} are nearest to the image by these numbers. "
        f"**{same} of {NEAREST}** show a {reading.guess.digit}, which is the guess."
    )
    shown = [
        (picture(images[each] / 255, alt=f"Training image {each}"), f"{labels[each]}, {distance:.1f} away")
        for each, distance in zip(found, distances, strict=True)
    ]
    st.html(pictures.row(*shown, side="5.5rem"))


def show_change(reading: Reading, digits: dataset.Digits | None) -> None:
    changed = opened.changed(reading.version, reading.image, reading.network)
    if changed is None:
        st.info(
            f"None found within {explanation.MOST_CHANGES} pixels. Another way to look could still find one."
        )
        return
    before, after = reading.guess, opened.guess(reading.network, changed)
    difference = (changed - reading.image)[..., 0]
    white, black = int((difference > 0).sum()), int((difference < 0).sum())
    st.markdown(
        f"**{white + black} pixels** change the guess from {before.digit} ({share(before.probability)}) to "
        f"{after.digit} ({share(after.probability)}): {white} made white, {black} made black. They were found one "
        "after another, each time the pixel that brings another digit nearest. Fewer may be enough."
    )
    st.html(
        pictures.row(
            (picture(reading.image, alt="Before"), f"Before: {before.digit}, {share(before.probability)}"),
            (weights.sheet(difference[None], scale=1, alt="The changes"), "Red: made white. Blue: made black"),
            (picture(changed, alt="After"), f"After: {after.digit}, {share(after.probability)}"),
        )
    )
