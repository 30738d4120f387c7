"""Which numbers, fed to a decoder, become digits, and which become fog? And what lies between two digits?"""

import numpy as np
import streamlit as st

from mnist_app import ui
from mnist_app.serving import latent
from mnist_app.ui import html
from mnist_app.ui.latent import ends, networks, numbers, pictures, place, plane, points

FIRST = (0, 8)  # the test images that a morph starts with


def pick_seed() -> None:
    st.session_state["points_seed"] = int(np.random.default_rng().integers(10_000))


@st.fragment
def show_points() -> None:
    """Random points of the autoencoder's latent space, by one rule after another."""
    if (network := networks.autoencoder("autoencoder")) is None:
        return
    if digits is None:
        ui.offer_mnist()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        digit = st.selectbox("One digit", range(10), index=3, key="around", bind="query-params", width=100)
        seed = st.number_input("Seed", 0, 9999, 0, key="points_seed", bind="query-params", width=130)
        st.button("Draw again", key="points_again", on_click=pick_seed)
    points.show(network, digits, judge, seed=seed, digit=digit)


@st.fragment
def show_morph() -> None:
    """From one digit to another, through the codes and through the pixels."""
    if (network := networks.autoencoder("autoencoder")) is None:
        return
    if digits is None:
        ui.offer_mnist()
    chosen = []
    for column, end, first in zip(st.columns(2), ("from", "to"), FIRST, strict=True):
        with column:
            chosen.append(ends.choose(end, digits=digits, first=first))
    if any(image is None for image in chosen):
        return
    between = network.decoder.run(latent.line(*network.encoder.run(np.stack(chosen))))
    mixed = latent.line(*chosen)
    for title, about, images in (
        ("Through the codes", "The straight line from one code to the other, decoded.", between),
        ("Through the pixels", "The two pictures mixed, pixel by pixel.", mixed),
    ):
        st.html(pictures.film(images, *ui.guess((judge,), images), title=title, about=about))


def show_plane() -> None:
    """All test images in two numbers, and what is decoded between them."""
    if (network := networks.autoencoder("autoencoder-2d")) is None:
        return
    if digits is None:
        ui.offer_mnist()
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        shown = {"default": plane.LAYERS, "key": "layers", "bind": "query-params", "label_visibility": "collapsed"}
        layers = st.pills("Show", plane.LAYERS, selection_mode="multi", **shown)
        stretched = st.toggle(
            "Stretch the middle", value=True, key="stretched", bind="query-params", help=plane.ABOUT_STRETCHING
        )
    area = latent.plane(networks.codes(network, digits), stretched=stretched)
    st.html(plane.style(network, digits, area, layers) + plane.legend())
    place.show(network, area, digits, judge)


@st.fragment
def show_sliders() -> None:
    """A digit and the latent numbers of a conditional decoder."""
    if (decoder := networks.generator("cvae")) is None:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        digit = st.selectbox("Digit", range(10), index=3, key="asked", bind="query-params", width=90)
        numbers.show_buttons(count := decoder.input_shape[0] - latent.DIGITS)
    left, right = st.columns([1, 3], gap="medium")
    with right:
        chosen = numbers.choose(count)
    images = decoder.run(latent.with_digits(chosen, np.arange(latent.DIGITS)))
    (guesses,) = ui.guess((judge,), images)
    with left, st.container(key="generated"):
        guess = guesses[digit]
        read = f"{judge.label} guesses {guess.digit}: {html.share(guess.probability)}"
        st.html(html.pictures([(images[digit], f"A generated {digit}", read)], side="15rem"))
    st.html(pictures.film(images, guesses, title="All ten digits", about="From the same numbers."))


SECTIONS = {"Random points": show_points, "Morph": show_morph, "Two numbers": show_plane, "Sliders": show_sliders}

judge = ui.heading_with_classifier("Generate digits")
digits = ui.test_digits()
section = st.segmented_control(
    "Section", list(SECTIONS), default=next(iter(SECTIONS)), required=True, key="section", bind="query-params",
    label_visibility="collapsed",
)  # fmt: skip
SECTIONS[section]()
ui.notes(
    """
- **Most of the space is empty.** Each number by itself may be one that occurs in codes, and yet their combination never
  does: the uniform points lie far from every code, and the decoder was never trained there. The Gaussian of one digit's
  codes knows which numbers rise and fall together. How do the distances go with the share of sure guesses?
- **Sure is not the same as a digit.** The classifier has only ten answers. Find a picture in which you see no digit and
  of which it is sure.
- **Half-way.** Mixed pixels show two digits at once, one through the other. Is what lies half-way between two codes one
  digit? Morph between two 7s, between a 4 and a 9, between a 0 and a 1: which ways pass through a third digit?
- **Two numbers are few.** Which digits lie on top of each other on the map, and are those the ones that people confuse
  as well? What does the decoder show where no codes lie, and in the middle, where many meet?
- **Neighbours.** Compare a decoded digit with the test image of the nearest code. What of its handwriting is lost?
- **What a number does.** The conditional decoder is told the digit, so that its numbers hold the rest: slant, width,
  thickness. Move one of them and watch all ten digits. Some change hardly anything. Whose digits lie at ±3?
"""
)
