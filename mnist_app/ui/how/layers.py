"""The layers of a network that the visitor sizes, with the arithmetic of its parameters."""

import streamlit as st

from mnist_app import InvalidInput
from mnist_app.recipes import RECIPES, layers
from mnist_app.ui import html, page
from mnist_app.ui.train import diagram

_KINDS = {"Dense layers": "mlp-64-64", "Convolutions first": "cnn"}
_SIZES = {"filters": "Filters of the convolutions", "hidden": "Units of the hidden layers"}


@st.fragment
def show() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        recipe, sizes = RECIPES[_KINDS[page.choice("Network", _KINDS, key="sized")]], {}
        for name in _SIZES.keys() & recipe.options.keys():
            first = ",".join(map(str, recipe.options[name]))
            state = {"key": f"{recipe.key}_{name}", "bind": "query-params", "live": True}
            sizes[name] = st.text_input(_SIZES[name], first, max_chars=40, width=220, **state)
    try:
        plan = layers.plan(recipe.changed(**sizes))
    except InvalidInput as error:
        st.error(html.as_markdown(str(error)))
        return
    st.html(diagram.diagram(plan))
    st.table(diagram.layer_table(plan), hide_index=True, border="horizontal", alt="The network's layers")
