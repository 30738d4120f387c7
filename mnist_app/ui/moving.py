"""HTML shown again and again with other numbers: its bars move, where `st.html` would make all elements anew."""

import functools
from collections.abc import Callable
from pathlib import Path

import streamlit as st


def show(markup: str, *, key: str) -> None:
    """Text that comes from files must be escaped already."""
    _component()(key=key, data={"html": markup})


@functools.cache
def _component() -> Callable:
    """Registered at its first use, because that needs Streamlit's runtime."""
    js = Path(__file__).with_suffix(".js").read_text("utf-8")
    html = '<div class="mx-moving"></div>'
    return st.components.v2.component("mnist_app_moving", html=html, js=js, isolate_styles=False)
