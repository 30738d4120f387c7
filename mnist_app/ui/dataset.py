"""The digits that pages show and measure with: MNIST, or generated digits, and then a banner that says so."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from mnist_app import Damaged, Unavailable, data, store
from mnist_app.data import arrival, generated
from mnist_app.evaluation.results import GENERATED, MNIST
from mnist_app.ui import html

_ABOUT_GENERATED = (
    "Two networks that came with the app made these digits: a decoder drew them, and LeNet-5 read each one correctly. "
    "So LeNet-5's accuracy on them means nothing. The pages show these digits, train on them and measure with them. "
    "Every result says so, and stands apart from results on MNIST."
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
    """The digits that pages work with, without a download: MNIST, else generated ones; None where there are neither."""
    try:
        if not data.asked_for_generated() and data.find():
            return MNIST
    except Unavailable:
        return None
    return GENERATED if _decoder(store.state()) else None


def test_digits() -> Digits | None:
    """The test images of the digits that `name` says, one copy for all sessions; None where there are none."""
    which = name()
    if which is None:
        return None
    source = data.find() if which == MNIST else _decoder(store.state()).card.files[store.SERVING_FILE]
    return _test_digits(which, str(source))


def on(data: str) -> str:
    """What is added to an accuracy on the test images of that data, in a sentence: nothing for MNIST's."""
    return "" if data == MNIST else f" on {data}"


def of(data: str) -> str:
    """What is added to a number of test images of that data: nothing for MNIST's."""
    return "" if data == MNIST else f" of the {data}"


def show_banner() -> None:
    """Where generated digits stand in for MNIST, say so, and how to get MNIST, or how far it is on its way."""
    if name() != GENERATED:
        return
    if arrival.progress() is not None:
        _show_arrival()
        return
    asked = data.asked_for_generated()
    why = f"`{data.PATH_VARIABLE}={data.ONLY_GENERATED}` is set." if asked else "MNIST is not on this machine."
    with st.container(horizontal=True, vertical_alignment="center"):
        text = f"{why} **This page uses generated digits, not MNIST.** Results that came with the app are on MNIST."
        st.warning(text, icon=":material/warning:", width="stretch")
        with st.popover("What that means" if asked else "Get MNIST"):
            st.markdown(_ABOUT_GENERATED)
            if not asked:
                _show_download()


def offer_mnist() -> None:
    """Say that MNIST is needed, and offer its download; the banner offers it already where there is one."""
    st.info("This needs the images of MNIST, which are not on this machine.")
    if name() != GENERATED:
        _show_download()


@st.fragment(run_every=1)
def _show_arrival() -> None:
    """How much of MNIST is here; the whole page runs again when it has come, or when this try has ended."""
    if (share := arrival.progress()) is None:
        st.rerun()
    st.caption(f"MNIST is being downloaded: {share:.0%} of 11 MB. Until it is here, this page uses generated digits.")


def _show_download() -> None:
    st.markdown(
        f"Download it (11 MB), or set the environment variable `{data.PATH_VARIABLE}` to Keras's `mnist.npz` before "
        "you start the app. The app itself tries it from time to time."
    )
    if st.button("Download MNIST", key="download_mnist", disabled=data.offline()):
        try:
            with st.spinner("Downloading MNIST …"):
                data.download()
        except (Unavailable, Damaged) as error:
            st.error(html.as_markdown(str(error)))
        else:
            st.rerun()


@st.cache_resource(show_spinner=False, max_entries=2)
def _decoder(state: int) -> store.StoredModel | None:
    return generated.decoder()


@st.cache_resource(show_spinner="Opening the digits …", max_entries=1)
def _test_digits(name: str, version: str) -> Digits | None:
    try:
        loaded = data.load(name=name)
    except (Unavailable, Damaged) as error:
        st.warning(html.as_markdown(str(error)), icon=":material/warning:")
        return None
    images = data.as_images(loaded.test_images)
    images.flags.writeable = False
    return Digits(images, loaded.test_labels, loaded.name)
