"""The map of two latent numbers: what is decoded at each place, where the codes of test images lie, and a point.

Two sliders and the square that is dragged show one state, that of the sliders. While the pointer is held, the digit
follows it. The sliders take its place when it is let go: each of their values is a step in the browser's history.
While one position is on its way to the server and back, no other is sent: on a slow line the digit follows later.
"""

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw, ImageFont

from mnist_app.evaluation import explanation
from mnist_app.serving import latent
from mnist_app.serving.latent import Plane
from mnist_app.ui import component, dataset, html, models
from mnist_app.ui.latent.networks import Autoencoder

DECODED, TESTS = "Decoded digits", "Codes of the test images"
LAYERS = (DECODED, TESTS)

ABOUT_STRETCHING = (
    "Most codes lie close together, and a few lie far away. The map shows each number as the inverse hyperbolic sine "
    "of its distance from the median: almost linear near the middle, like a logarithm far from it."
)

SIDE = 20  # tiles in a row and in a column

COLOURS = (
    "#56B4E9", "#E69F00", "#00C48F", "#F0E442", "#FF7F50", "#C49BFF", "#FF9ECF", "#9FE870", "#5C8DFF", "#D9D9D9",
)  # fmt: skip
"""One a digit, each with a contrast of at least 6 : 1 to black; the digits themselves stand on the map besides."""

SQUARE = "plane_square"
NUMBERS = ("first_number", "second_number")

_PIXELS = 1120  # of the picture's side: 40 tiles of 28 pixels, sharp on a telephone as well
_HELD = "plane_held"  # the code under the pointer, while it is held
_STEP = 0.1
_HTML = """<div class="area" role="application" tabindex="0"
 aria-label="Map of two numbers: drag, or press the arrow keys, to move the point"><i class="point"></i>
<span class="lens"></span></div>"""


def background(network: Autoencoder, area: Plane, layers: list[str]) -> str:
    """The map as a CSS variable, --map, for the container of key "plane": so it is not sent again with each step."""
    picture = _picture(network.version, tuple(layers), area.stretched, network, area)
    return f"<style>.st-key-plane {{--map:url({picture})}}</style>"


def legend() -> str:
    chips = "".join(f'<span><i style="background:{colour}"></i>{digit}</span>' for digit, colour in enumerate(COLOURS))
    return f'<div class="lx-legend" role="img" aria-label="Legend: a colour for each digit from 0 to 9">{chips}</div>'


@st.fragment
def show(network: Autoencoder, area: Plane, classifier: models.Classifier) -> None:
    """The map and its point, and beside it the digit decoded there: all that a drag changes."""
    left, right = st.columns(2, gap="medium")
    digits = network.digits
    with right:
        code = _choose_code(area)
        image = network.decoder.run(code[None])[0]
        at = f"Decoded at ({code[0]:.1f}, {code[1]:.1f})"
        (index,), (distance,) = explanation.nearest(network.codes, code, count=1)
        name = f"test image {index}{dataset.of(digits.data)}, a {digits.labels[index]}"
        near = f"The nearest code is {distance:.1f} away. It is the code of {name}"
        st.html(html.pictures([(image, at, at), (digits.images[index], near, near)], side="8rem"))
        st.html(html.cards([(classifier.label, "", *models.guess(classifier, image[None]))]))
    with left, st.container(key="plane"):
        (x, y), picture = area.places(code[None])[0].round(4).tolist(), html.picture(image, alt=at)
        # `left` and `top` are shares of the square's width and height; it answers them too, `moving` while it is held.
        data = {"left": x, "top": y, "picture": picture}
        component.of(__file__, _HTML)(key=SQUARE, data=data, on_at_change=lambda: _follow(area))


def _choose_code(area: Plane) -> np.ndarray:
    """The sliders; returns the code to be decoded, float32 (2,)."""
    names = ("First number", "Second number")
    code = [
        st.slider(name, low, high, round(middle, 1), _STEP, key=key, bind="query-params", on_change=_let_go)
        for name, key, low, high, middle in zip(names, NUMBERS, area.low, area.high, area.middle, strict=True)
    ]
    return np.array(st.session_state.get(_HELD, code), np.float32)


def _follow(area: Plane) -> None:
    at = st.session_state[SQUARE]["at"]
    code = area.code_at(at["left"], at["top"])
    if at["moving"]:
        st.session_state[_HELD] = code
        return
    _let_go()
    for key, number, low, high in zip(NUMBERS, code.tolist(), area.low, area.high, strict=True):
        st.session_state[key] = min(high, max(low, round(number, 1)))


def _let_go() -> None:
    st.session_state.pop(_HELD, None)


@st.cache_resource(show_spinner="Drawing the map …", max_entries=8)
def _picture(version: tuple, layers: tuple[str, ...], stretched: bool, _network: Autoencoder, _area: Plane) -> str:
    """The map as a data URI."""
    picture = Image.new("RGB", (_PIXELS, _PIXELS))
    if DECODED in layers:
        tiles = _network.decoder.run(_area.tiles(SIDE)).reshape(SIDE, SIDE, 28, 28).transpose(0, 2, 1, 3)
        # Dimmed under the codes, which would not be seen on white.
        brightest = 150 if TESTS in layers else 255
        grey = np.uint8(np.round(np.clip(tiles, 0, 1) * brightest)).reshape(SIDE * 28, SIDE * 28)
        picture.paste(Image.fromarray(grey).resize(picture.size, Image.Resampling.BILINEAR).convert("RGB"))
    if TESTS in layers:
        _draw_codes(ImageDraw.Draw(picture), _area.places(_network.codes) * _PIXELS, _network.digits.labels)
    return html.data_uri(picture, "WEBP", quality=80)


def _draw_codes(pen: ImageDraw.ImageDraw, places: np.ndarray, labels: np.ndarray) -> None:
    """A dot for each code, and each digit's name in the middle of its codes."""
    for (x, y), label in zip(places.tolist(), labels.tolist(), strict=True):
        pen.ellipse((x - 3, y - 3, x + 3, y + 3), fill=COLOURS[label])
    font = ImageFont.load_default(44)
    for digit in range(latent.DIGITS):
        of_digit = places[labels == digit]
        if len(of_digit):
            middle = tuple(np.median(of_digit, axis=0).tolist())
            pen.text(middle, str(digit), "#fff", font, anchor="mm", stroke_width=6, stroke_fill="#000")
