"""Training images of a network with augmentation: the originals, and some of their variants."""

import numpy as np
import streamlit as st

from mnist_app import augmentation
from mnist_app.recipes import Recipe
from mnist_app.ui import dataset, html

_VARIANTS = 12
_SEED = "varied"


@st.fragment
def show_augmented(recipe: Recipe) -> None:
    """A row for each digit: an original image, then its variants from one epoch after another."""
    if recipe.augmentation == "none":
        return
    with st.expander("What it is trained on: in each epoch another variant of every image"):
        digits = dataset.test_digits()
        if digits is None:
            st.markdown("This needs the images of MNIST, which are not on this machine.")
            return
        rng = np.random.default_rng(st.session_state.setdefault(_SEED, 0))
        indices = [rng.choice(np.flatnonzero(digits.labels == digit)) for digit in np.unique(digits.labels)]
        images = np.round(digits.images[indices, :, :, 0] * 255).astype(np.uint8)
        sheet = variants(images, digits.labels[indices], kind=recipe.augmentation, rng=rng)
        alt = "Digits, a row each: first the original, then twelve variants"
        st.html(f'<div class="vx vx-sheet">{html.picture(sheet, alt=alt)}</div>')
        st.button("Other images", key="vary_again", on_click=_next)
        st.markdown(
            f"{_in_words(recipe.augmentation)} These are test images{dataset.of(digits.data)}, changed for this "
            "picture only: the network trains on variants of training images."
        )


def variants(images: np.ndarray, labels: np.ndarray, *, kind: str, rng: np.random.Generator) -> np.ndarray:
    """A sheet, float32 in [0, 1]: a row for each of the images uint8 (n, 28, 28), of the digits int (n,)."""
    columns = [np.divide(images, np.float32(255), dtype=np.float32)]
    columns += [augmentation.augment(images, labels, kind=kind, rng=rng) for _ in range(_VARIANTS)]
    return np.concatenate(np.concatenate(np.stack(columns, axis=1), axis=1), axis=1)


def _in_words(kind: str) -> str:
    text = (
        "The left column shows the original images. Each variant is turned, sheared, stretched and moved a little, and "
        "drawn with a thinner or thicker pen."
    )
    if kind == "affine":
        return text
    styles = "; ".join(f"{style.name}, {style.share:.0%}" for style in augmentation.STYLES)
    return (
        f"{text} It is bent as well. Some variants get a style of handwriting that is rare in MNIST. Shares of the "
        f"images of these digits: {styles}. {augmentation.OTHER_FORMS:.0%} of all images are replaced by another form "
        "of the digit, such as an open 4 or a 3 with a flat roof."
    )


def _next() -> None:
    st.session_state[_SEED] += 1
