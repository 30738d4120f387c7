"""The answers to "why this guess?", each a part of the page: what it shows, in words and pictures."""

import zlib
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import streamlit as st

from mnist_app.evaluation import explanation
from mnist_app.ui import dataset, draw, html, moving, weights
from mnist_app.ui.html import share
from mnist_app.ui.inside import editor, opened, pictures
from mnist_app.ui.inside.opened import Reading

NEAREST = 10


def show_layers(reading: Reading, digits: dataset.Digits | None) -> None:
    """What stands between the image and the ten probabilities."""
    if pictures.numbered(reading.network, "Conv2D"):
        _show_maps(reading, digits)
    elif pictures.hidden(reading.network):
        _show_units(reading)
    else:
        st.markdown(
            "Between pixels and logits this network only multiplies and adds. So all its layers together are ten "
            "**templates**: one weight for each pixel and digit. Blue is below 0, white 0, red above."
        )
        st.html(pictures.templates(reading))


def _show_units(reading: Reading) -> None:
    guess = reading.guess.digit
    # Another guess is another widget, which starts from that guess.
    key = f"speaks_for_{guess}"
    digit = st.selectbox("What speaks for", range(10), guess, key=key, bind="query-params", width=120)
    st.markdown(
        f"These units change the logit of {digit} most. The number under a picture is **the unit's part** of the "
        "logit: its activation × its weight for this digit. A unit of an earlier layer reaches the logit by many "
        "paths through active units. Its weight is the sum over these paths, each the product of its weights. "
        "**The picture** shows the weights from the pixels to the unit. Blue is below 0, white 0, red above."
    )
    for place in reversed(pictures.hidden(reading.network)):
        st.html(pictures.units(reading, place, digit, pictures.strongest(reading, place, digit)))


@st.fragment
def _show_maps(reading: Reading, digits: dataset.Digits | None) -> None:
    network, detail, marked, strongest = reading.network, "", set(), ""
    if digits:
        strongest = f" and what it answers most in {opened.PATCHES_AMONG:,} test images{dataset.of(digits.data)}"
    if picked := pictures.numbered(network, "Conv2D").get(st.query_params.get("filter", "")):
        (place, unit), found, marked = picked, [], {picked}
        if digits:
            found = opened.patches(reading.version, place, digits.data, network, digits.images)[unit]
        detail = pictures.filter_detail(network, place, unit, found)
    st.markdown(
        "Each picture is one map: black is 0, white the largest number of the layer. **Click a filter** of a "
        f"convolution for its weights{strongest}. Units of dense layers, and maps with numbers below 0, have "
        "colours: blue below 0, white 0, red above."
    )
    moving.show(pictures.maps(reading, marked=marked, detail=detail), key="maps", on_press=_pick_filter)


def _pick_filter() -> None:
    st.query_params["filter"] = str(st.session_state["maps"]["press"])


def show_ink(reading: Reading, digits: dataset.Digits | None) -> None:
    digit, side = reading.guess.digit, explanation.SQUARE
    fall, covered = explanation.occlude(reading.network.logits, reading.image, digit)
    covered, scale = replace(reading, image=covered), max(1.0, float(np.abs(fall).max()))
    st.markdown(
        f"A black square of {side} × {side} pixels covers the ink at one place after another. Red: without this ink "
        f"the log-odds of {digit} fall, so it speaks **for** {digit}. Blue: they rise, so it speaks **against** "
        f"{digit}. The colours end at ±{scale:.1f}. The log-odds of a probability p are log(p / (1 − p)): 0 for 50%, "
        "2.2 for 90%, 6.9 for 99.9%."
    )
    map = weights.sheet(fall[None], scale=scale, alt=f"Which ink speaks for {digit}")
    most = f"The square that costs most. {covered.log_odds(digit)}. The guess: {covered.guess.digit}"
    shown = [(reading.image, "The image", f"The image. {reading.log_odds(digit)}"), (map, "", "Which ink matters")]
    st.html(html.pictures([*shown, (covered.image, "Ink covered", most)]))


def show_nearest(reading: Reading, digits: dataset.Digits | None) -> None:
    if digits is None:
        dataset.offer_mnist()
        return
    features, images, labels = opened.training(reading.version, digits.data, reading.network)
    found, distances = explanation.nearest(features, reading.outputs[-2].ravel(), count=NEAREST)
    same = int((labels[found] == reading.guess.digit).sum())
    st.markdown(
        f"The layer before the last turns an image into {features.shape[1]:,} numbers (features). Of {len(labels):,} "
        f"training images{dataset.of(digits.data)}, these {NEAREST} have the most similar numbers: the smallest "
        f"Euclidean distance. **{same} of {NEAREST}** show a {reading.guess.digit}, which is the guess."
    )
    shown = [
        (images[each] / 255, f"Training image {each}", f"{labels[each]}, distance {distance:.1f}")
        for each, distance in zip(found, distances, strict=True)
    ]
    st.html(html.pictures(shown, side="5.5rem"))


def show_change(reading: Reading, digits: dataset.Digits | None) -> None:
    changed = opened.changed(reading.version, reading.image, reading.network)
    if changed is None:
        st.info(f"None found within {explanation.MOST_CHANGES} pixels. Another way to look could still find one.")
        return
    difference = (changed - reading.image)[..., 0]
    white, black = int((difference > 0).sum()), int((difference < 0).sum())
    guesses = reading.guess, replace(reading, image=changed).guess
    before, after = (f"{each.digit} ({share(each.probability)})" for each in guesses)
    st.markdown(
        f"**{white + black} pixels** change the guess from {before} to {after}: {white} made white, {black} made "
        "black. They were found one after another, each time the pixel that brings another digit nearest. Fewer may be "
        "enough."
    )
    map = weights.sheet(difference[None], scale=1, alt="The changes")
    shown = [(reading.image, "Before", f"Before: {before}"), (map, "", "Red: made white. Blue: made black")]
    st.html(html.pictures([*shown, (changed, "After", f"After: {after}")]))


@st.fragment
@draw.in_turn
def show_what_if(before: Reading, digits: dataset.Digits | None) -> None:
    """The same question for an image that is changed by brush, and for a network with other weights."""
    digit, count = before.guess.digit, st.session_state.get("what_if_count", 0)
    key = f"edited_{count}_{zlib.crc32(before.image)}"
    numbers = pictures.numbered(before.network, "Conv2D", "Dense") if pictures.hidden(before.network) else {}
    cut = frozenset(numbers[each] for each in st.session_state.get("cut", ()) if each in numbers)
    left, right = st.columns([3, 5], gap="medium")
    with right:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            noise = st.slider("Noise in the weights", 0.0, 2.0, 0.0, 0.05, key="weight_noise", bind="query-params")
            options = {"key": "weight_seed", "bind": "query-params", "width": 110, "disabled": not noise}
            seed = st.number_input("Seed", 0, 9999, 0, **options)
        with st.container(horizontal=True, vertical_alignment="center"):
            biases = not st.toggle("All biases 0", key="no_biases", bind="query-params")
            st.button("Put back", icon=":material/undo:", key="put_back", on_click=_put_back)
    network = before.network.changed(cut=cut, noise=noise, biases=biases, seed=seed)
    after = replace(before, network=network, image=editor.changed(before.image, key=key))
    with right:
        said = [(name, each.log_odds(digit), each.guess) for name, each in (("Before", before), ("After", after))]
        moving.show(html.cards(said), key="what_if_cards")
    about = "**Draw in the image** to change it. Noise of 1 has the standard deviation of a layer's own weights."
    if numbers:
        about += " **Click a unit or a filter** to cut it out: it gives 0 from then on."
    st.markdown(about)
    if pictures.numbered(network, "Conv2D"):
        markup = pictures.maps(after, marked=cut)
    elif places := pictures.hidden(network):
        tops = [(place, pictures.strongest(before, place, digit)) for place in reversed(places)]
        markup = "".join(pictures.units(after, place, digit, shown, cut=cut) for place, shown in tops)
    else:
        markup = pictures.templates(after)
    moving.show(markup, key="what_if", on_press=lambda: _toggle(numbers))
    with left:
        editor.show(before.image, key=key)


def _toggle(numbers: Mapping[str, tuple[int, int]]) -> None:
    if (pressed := str(st.session_state["what_if"]["press"])) in numbers:
        st.session_state["cut"] = st.session_state.get("cut", set()) ^ {pressed}


def _put_back() -> None:
    st.session_state["what_if_count"] = st.session_state.get("what_if_count", 0) + 1
    st.session_state.update(cut=set(), weight_noise=0.0, weight_seed=0, no_biases=False)
