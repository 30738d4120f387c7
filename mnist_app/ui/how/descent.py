"""One weight that learns: a gradient step, and weight decay as a pull.

The network has one weight w and sees three images with an input of 1. Two of them are the digit, one is not. It gives
the probability p = 1 / (1 + e^−w). So its mean cross-entropy has the gradient p − 2/3, and its minimum at w = ln 2.
"""

import numpy as np
import streamlit as st

from mnist_app.ui.how.plot import plot

_RATES = (0.1, 0.3, 1.0, 3.0, 5.0, 10.0, 20.0, 30.0)
_END = 8.0


def loss(w: np.ndarray, l2: float) -> np.ndarray:
    """Mean cross-entropy of the three images at weights float (n,), and the penalty L2 × w²."""
    return (2 * np.logaddexp(0, -w) + np.logaddexp(0, w)) / 3 + l2 * w**2


@st.fragment
def show(*, decay: bool) -> None:
    """The loss over the weight, and one step; with `decay`, the penalty is on a slider as well."""
    name = "decay" if decay else "step"
    left, right = st.columns([2, 3], gap="large")
    with left:
        rate = st.select_slider("Learning rate", _RATES, 1.0, key=f"{name}_rate", bind="query-params")
        w = st.slider("Weight w", -_END, _END, -3.0, 0.01, key=f"{name}_weight", bind="query-params")
        l2 = st.slider("L2 factor", 0.0, 0.3, 0.05, 0.01, key="decay_l2", bind="query-params") if decay else 0.0
        slope, pull = 1 / (1 + np.exp(-w)) - 2 / 3, 2 * l2 * w
        after = w - rate * (slope + pull)
        before, then = loss(np.array([w, after]), l2)
        penalty = f"Gradient of the penalty: 2 × {l2:g} × {w:g} = {pull:.3f}  \n" if decay else ""
        words = (
            f"Gradient of the loss: p − 2/3 = {slope + 2 / 3:.3f} − 0.667 = {slope:.3f}  \n{penalty}"
            f"New weight: {w:g} − {rate:g} × ({slope + pull:.3f}) = **{after:.3f}**  \n"
            f"Loss: {before:.4f} before, **{then:.4f}** after. It {'falls' if then < before else 'does not fall'}."
        )
        st.markdown(words.replace("-", "−"))
        st.button("Take this step", key=f"{name}_taken", on_click=_go_to, args=(f"{name}_weight", after))
    line = np.linspace(-_END, _END, 161)
    curves = {"loss": (line, loss(line, 0))}
    if decay:
        curves |= {"penalty": (line, l2 * line**2), "both": (line, loss(line, l2))}
    curves |= {"before": ([w], [before]), "after": ([after], [then])}
    right.html(plot(curves, x="weight w", y="loss", within=((-_END, _END), (0, 6))))


def _go_to(key: str, weight: float) -> None:
    st.session_state[key] = round(min(_END, max(-_END, weight)), 2)
