"""The digits that pages show and measure with: MNIST, or generated ones, and then the banner that says so."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from mnist_app import Damaged, Unavailable, data, store
from mnist_app.data import generated
from mnist_app.evaluation.results import GENERATED, MNIST

_HOW_TO_GET_IT = (
    f"Set the environment variable `{data.PATH_VARIABLE}` to Keras's `mnist.npz` before starting the app, or download "
    "it (11 MB)."
)

_KEPT_APART = (
    "Two networks that came with the app made them: a decoder drew them, and LeNet-5 read each one as the digit that "
    "it stands for; so LeNet-5's accuracy on them means nothing. They are what pages show, train on and measure with. "
    "What comes of it says so, and is kept apart from results on MNIST."
)


@dataclass(frozen=True)
class Digits:
    """The 10,000 test images, float32 (n, 28, 28, 1) in [0, 1], and their labels int64 (n,); read-only.

    `data` is their name: "MNIST" or "generated digits".
    """

    images: np.ndarray
    labels: np.ndarray
    data: str = MNIST


def name() -> str | None:
    """The digits that pages work with, without a download: MNIST, else generated ones; None where there are neither.

    There are none either where MNIST_APP_DATA names a path that does not exist.
    """
    if not data.asked_for_generated():
        try:
            if data.find():
                return MNIST
        except Unavailable:
            return None
    return GENERATED if _decoder(store.state()) else None


def test_digits() -> Digits | None:
    """The test images of the digits that `name` says, one copy for all sessions; None where there are none."""
    found = name()
    if found == GENERATED:
        return _test_digits(found, _decoder(store.state()).card.files[store.SERVING_FILE])
    return _test_digits(found, str(data.find())) if found else None


def on(name: str) -> str:
    """What is added to an accuracy on the test images of that data, in a sentence: nothing for MNIST's."""
    return "" if name == MNIST else f" on {name}"


def of(name: str) -> str:
    """What is added to a number of test images of that data: nothing for MNIST's."""
    return "" if name == MNIST else f" of the {name}"


def show_banner() -> None:
    """Above every page, where generated digits stand in for MNIST: that they do, and how to get MNIST."""
    if name() != GENERATED:
        return
    asked = data.asked_for_generated()
    why = f"`{data.PATH_VARIABLE}={data.ONLY_GENERATED}` is set." if asked else "MNIST is not on this machine."
    with st.container(horizontal=True, vertical_alignment="center"):
        told = f"{why} **This page uses generated digits, not MNIST.** Results that came with the app are of MNIST."
        st.warning(told, icon="⚠️", width="stretch")
        with st.popover("What that means" if asked else "Get MNIST"):
            st.markdown(_KEPT_APART)
            if not asked:
                st.markdown(_HOW_TO_GET_IT)
                _download_button()


def offer_mnist() -> None:
    """Say how to get MNIST, and get it at the press of a button; what the banner says already is not said again."""
    if name() == GENERATED:
        st.info("This needs MNIST itself, which is not on this machine.")
        return
    st.info(f"This needs the images of MNIST, which are not on this machine. {_HOW_TO_GET_IT}")
    _download_button()


def _download_button() -> None:
    if st.button("Download MNIST", key="download_mnist"):
        try:
            with st.spinner("Downloading MNIST …"):
                data.download()
        except (Unavailable, Damaged) as error:
            st.error(str(error))
        else:
            st.rerun()


@st.cache_resource(show_spinner=False, max_entries=2)
def _decoder(state: tuple) -> store.StoredModel | None:
    return generated.decoder()


@st.cache_resource(show_spinner="Opening the digits …", max_entries=1)
def _test_digits(name: str, version: str) -> Digits | None:
    try:
        found = data.load(name=name)
    except (Unavailable, Damaged) as error:
        st.warning(str(error), icon="⚠️")
        return None
    images = data.as_images(found.test_images)
    images.flags.writeable = False
    return Digits(images, found.test_labels, found.name)
