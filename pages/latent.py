"""Which numbers, fed to a decoder, become digits, and which become fog? And what lies between two digits?"""

import numpy as np
import streamlit as st

from mnist_app.serving import latent
from mnist_app.ui import dataset, html, models, page
from mnist_app.ui.latent import controls, networks, plane, rows

FIRST = (0, 8)  # the test images that a morph starts with


def open_autoencoder(key: str) -> networks.Autoencoder | None:
    network = networks.autoencoder(key, digits)
    if network and digits is None:
        dataset.offer_mnist()
    return network


@st.fragment
def show_points() -> None:
    """Random points of the autoencoder's latent space, by one rule after another."""
    if network := open_autoencoder("autoencoder"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            digit = st.selectbox("One digit", range(10), index=3, key="around", bind="query-params", width=100)
            seed = st.number_input("Seed", 0, 9999, 0, key="points_seed", bind="query-params", width=130)
            st.button("Draw again", key="points_again", on_click=page.pick, args=("points_seed", 9999))
        rows.show_points(network, classifier, seed=seed, digit=digit)


@st.fragment
def show_morph() -> None:
    if (network := open_autoencoder("autoencoder")) is None:
        return
    ends = []
    for column, end, first in zip(st.columns(2), ("from", "to"), FIRST, strict=True):
        with column:
            ends.append(controls.choose_end(end, digits=digits, first=first))
    if any(image is None for image in ends):
        return
    decoded = network.decoder.run(latent.line(*network.encoder.run(np.stack(ends))))
    mixed = latent.line(*ends)
    for title, about, images in (
        ("Through the codes", "The straight line from one code to the other, decoded.", decoded),
        ("Through the pixels", "The two pictures mixed, pixel by pixel.", mixed),
    ):
        st.html(rows.row(images, models.guess(classifier, images), title=title, about=about))


def show_map() -> None:
    """All test images in two numbers, and what is decoded between them."""
    network = open_autoencoder("autoencoder-2d")
    if network is None or digits is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        layers = st.pills(
            "Show", plane.LAYERS, selection_mode="multi", default=plane.LAYERS, key="layers", bind="query-params",
            label_visibility="collapsed",
        )  # fmt: skip
        stretched = st.toggle(
            "Stretch the middle", value=True, key="stretched", bind="query-params", help=plane.ABOUT_STRETCHING
        )
    area = latent.plane(network.codes, stretched=stretched)
    st.html(plane.background(network, area, layers) + plane.legend())
    plane.show(network, area, classifier)


@st.fragment
def show_sliders() -> None:
    """A digit and the latent numbers of a conditional decoder."""
    if (decoder := networks.generator("cvae")) is None:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        digit = st.selectbox("Digit", range(10), index=3, key="asked", bind="query-params", width=90)
        count = decoder.input_shape[0] - latent.DIGITS
        for name, deviation in (("Random", 1), ("Zero", 0)):
            st.button(name, key=f"latents_{name.lower()}", on_click=controls.set_latents, args=(count, deviation))
    left, right = st.columns([1, 3], gap="medium")
    with right:
        latents = controls.choose_latents(count)
    images = decoder.run(latent.with_digits(latents, np.arange(latent.DIGITS)))
    guesses = models.guess(classifier, images)
    with left, st.container(key="generated"):
        guess = guesses[digit]
        caption = f"{classifier.label} guesses {guess.digit}: {html.share(guess.probability)}"
        st.html(html.pictures([(images[digit], f"A generated {digit}", caption)], side="15rem"))
    st.html(rows.row(images, guesses, title="All ten digits", about="From the same numbers."))


SECTIONS = {"Random points": show_points, "Morph": show_morph, "Two numbers": show_map, "Sliders": show_sliders}

classifier = page.heading_with_classifier("Generate digits")
digits = dataset.test_digits()
section = page.choice("Section", SECTIONS, key="section", label_visibility="collapsed")
SECTIONS[section]()
page.notes(__file__)
