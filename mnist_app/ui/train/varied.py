"""What a network with augmentation is trained on: images as they are, and some of the forms that they are given."""

import numpy as np
import streamlit as st

from mnist_app import augmentation, ui
from mnist_app.recipes import Recipe
from mnist_app.ui import html

_ACROSS = 12
_SEED = "varied"
_STYLE = """<style>
.vx img {width:100%; max-width:46rem; image-rendering:pixelated; border-radius:0; display:block}
</style>"""


@st.fragment
def show_varied(recipe: Recipe) -> None:
    """A row for each digit: one image as it is, then as it is varied in one epoch after another."""
    if recipe.augmentation == "none":
        return
    with st.expander("What it is trained on: every image in another form in each epoch"):
        digits = ui.test_digits()
        if digits is None:
            st.markdown("The images that are varied are not on this machine.")
            return
        rng = np.random.default_rng(st.session_state.setdefault(_SEED, 0))
        chosen = [rng.choice(np.flatnonzero(digits.labels == digit)) for digit in np.unique(digits.labels)]
        images = np.round(digits.images[chosen, :, :, 0] * 255).astype(np.uint8)
        sheet = varied(images, digits.labels[chosen], kind=recipe.augmentation, rng=rng)
        picture = html.picture(sheet, alt="Digits, a row each: first as it is, then in twelve other forms")
        st.html(f'{_STYLE}<div class="vx">{picture}</div>')
        st.button("Other images", key="vary_again", on_click=_next)
        st.markdown(
            f"{_told(recipe.augmentation)} These are test images{ui.of(digits.data)}, varied for this sheet alone: "
            "only training images are varied for the network."
        )


def varied(images: np.ndarray, labels: np.ndarray, *, kind: str, rng: np.random.Generator) -> np.ndarray:
    """A sheet, float32 in [0, 1]: a row for each of the images uint8 (n, 28, 28), of the digits int (n,)."""
    columns = [np.divide(images, np.float32(255), dtype=np.float32)]
    columns += [augmentation.augment(images, labels, kind=kind, rng=rng) for _ in range(_ACROSS)]
    return np.concatenate(np.concatenate(np.stack(columns, axis=1), axis=1), axis=1)


def _told(kind: str) -> str:
    """What the sheet shows, in words."""
    moves = "Each is turned, sheared, stretched and moved a little, and drawn with a thinner or thicker pen."
    if kind == "affine":
        return f"Left: images as they are. {moves}"
    habits = "; ".join(f"{habit.name}, {habit.share:.0%}" for habit in augmentation.STYLES)
    return (
        f"Left: images as they are. {moves} It is bent as well, and some get a habit that pens have and MNIST hardly "
        f"has. Of the images of these digits: {habits}. {augmentation.OTHER_FORMS:.0%} of all images are replaced by "
        "another form of the digit, such as an open 4 or a 3 with a flat roof."
    )


def _next() -> None:
    st.session_state[_SEED] += 1
