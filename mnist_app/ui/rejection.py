"""The stored rejection rules of networks that can reject a drawing."""

import streamlit as st

from mnist_app import store
from mnist_app.evaluation.rejection import Rejection


def rules() -> dict[str, Rejection]:
    """The rules by model name, read again as soon as one is added or replaced."""
    return _rules(store.state())


@st.cache_resource(show_spinner=False, max_entries=2)
def _rules(state: tuple) -> dict[str, Rejection]:
    return {rule.model: rule for rule in store.list_rejections()}
