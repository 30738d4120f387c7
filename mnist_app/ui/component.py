"""Parts of a page that the browser runs: the script and the style beside a module, as a component of Streamlit."""

import functools
from collections.abc import Callable
from pathlib import Path

import streamlit as st

_RENEW = Path(__file__).with_name("renew.js")  # for scripts that change HTML in place


@functools.cache
def of(module: str, html: str, *, style: str = "", isolated: bool = True) -> Callable:
    """What shows the component of the file `module`, by its .js and its .css or `style`; it needs Streamlit's runtime.

    isolated: whether the page's own style stays outside.
    """
    css = Path(module).with_name(style) if style else Path(module).with_suffix(".css")
    js = _RENEW.read_text("utf-8") + Path(module).with_suffix(".js").read_text("utf-8")
    name, styled = f"mnist_app_{Path(module).stem}", {"css": css.read_text("utf-8")} if css.exists() else {}
    return st.components.v2.component(name, html=html, js=js, isolate_styles=isolated, **styled)
