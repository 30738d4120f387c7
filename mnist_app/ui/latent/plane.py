"""The map of a latent space of two numbers: what is decoded at each place, and where the test images' codes lie."""

import base64
import io

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw, ImageFont

from mnist_app.serving.latent import DIGITS, Plane
from mnist_app.ui.digits import Digits
from mnist_app.ui.latent import networks

DECODED, TESTS = "Decoded digits", "Codes of the test images"
LAYERS = (DECODED, TESTS)

ABOUT_STRETCHING = (
    "Most codes lie close together, and some far away. Each number is drawn as the inverse hyperbolic sine of its "
    "distance from the median: even near the middle of the map, like a logarithm far from it."
)

SIDE = 20
"""Tiles in a row and in a column."""

COLOURS = (
    "#56B4E9", "#E69F00", "#00C48F", "#F0E442", "#FF7F50", "#C49BFF", "#FF9ECF", "#9FE870", "#5C8DFF", "#D9D9D9",
)  # fmt: skip
"""One a digit, each with a contrast of at least 6 : 1 to black; the digits themselves stand on the map besides."""

_PIXELS = 1120  # of the picture's side: 40 tiles of 28 pixels, sharp on a telephone as well


def style(network: networks.Autoencoder, digits: Digits, area: Plane, layers: list[str]) -> str:
    """The map as a CSS variable, --map, for the container of key "plane": `pointer` shows it as its background."""
    given = (
        network.model.name,
        tuple(sorted(network.model.card.files.items())),
        digits.labels,
        tuple(layers),
        area.stretched,
    )
    return f"<style>.st-key-plane {{--map:url({_picture(*given, network, digits, area)})}}</style>"


def legend() -> str:
    """Which colour is which digit."""
    chips = "".join(f'<span><i style="background:{colour}"></i>{digit}</span>' for digit, colour in enumerate(COLOURS))
    return (
        "<style>.lx-legend {display:flex; flex-wrap:wrap; gap:.2rem .8rem; font-size:.9rem} .lx-legend i "
        "{display:inline-block; width:.8rem; height:.8rem; border-radius:50%; margin-right:.25rem; "
        "outline:1px solid #808080; vertical-align:-.05rem}</style>"
        f'<div class="lx-legend" role="img" aria-label="Legend: a colour for each digit from 0 to 9">{chips}</div>'
    )


@st.cache_resource(show_spinner="Drawing the map …", max_entries=8)
def _picture(
    name: str, files: tuple, labels: np.ndarray, layers: tuple[str, ...], stretched: bool,
    _network: networks.Autoencoder, _digits: Digits, _area: Plane,
) -> str:  # fmt: skip
    """The map as a data URI."""
    drawn = Image.new("RGB", (_PIXELS, _PIXELS))
    if DECODED in layers:
        rows = _network.decoder.run(_area.tiles(SIDE)).reshape(SIDE, SIDE, 28, 28).transpose(0, 2, 1, 3)
        # Dimmed under the codes, which would not be seen on white.
        grey = np.uint8(np.round(np.clip(rows, 0, 1) * (150 if TESTS in layers else 255))).reshape(SIDE * 28, SIDE * 28)
        drawn.paste(Image.fromarray(grey).resize(drawn.size, Image.Resampling.BILINEAR).convert("RGB"))
    if TESTS in layers:
        _mark(ImageDraw.Draw(drawn), _area.places(networks.codes(_network, _digits)) * _PIXELS, labels)
    content = io.BytesIO()
    drawn.save(content, "WEBP", quality=80)
    return f"data:image/webp;base64,{base64.b64encode(content.getvalue()).decode()}"


def _mark(pen: ImageDraw.ImageDraw, places: np.ndarray, labels: np.ndarray) -> None:
    """A dot for each code, and each digit's name in the middle of its codes."""
    for (x, y), label in zip(places.tolist(), labels.tolist(), strict=True):
        pen.ellipse((x - 3, y - 3, x + 3, y + 3), fill=COLOURS[label])
    font = ImageFont.load_default(44)
    for digit in range(DIGITS):
        of_digit = places[labels == digit]
        if len(of_digit):
            middle = tuple(np.median(of_digit, axis=0).tolist())
            pen.text(middle, str(digit), "#fff", font, anchor="mm", stroke_width=6, stroke_fill="#000")
