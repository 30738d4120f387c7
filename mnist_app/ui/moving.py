"""HTML shown again and again with other numbers: its bars move, where `st.html` would make all elements anew."""

import functools
from collections.abc import Callable
from pathlib import Path

import streamlit as st

RENEW = Path(__file__).with_name("renew.js")  # a part of each component that changes HTML in place


def show(markup: str, *, key: str, on_press: Callable[[], None] = lambda: None) -> None:
    """Text that comes from files must be escaped already.

    An element with `data-press` can be pressed. `on_press` is called, and in that run `st.session_state[key]["press"]`
    is what a browser says that its `data-press` was: check it.
    """
    _component()(key=key, data={"html": markup}, on_press_change=on_press)


@functools.cache
def _component() -> Callable:
    """Registered at its first use, because that needs Streamlit's runtime."""
    js = RENEW.read_text("utf-8") + Path(__file__).with_suffix(".js").read_text("utf-8")
    html = '<div class="mx-moving"></div>'
    return st.components.v2.component("mnist_app_moving", html=html, js=js, isolate_styles=False)
