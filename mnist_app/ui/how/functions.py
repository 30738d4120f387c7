"""ReLU, softmax and cross-entropy on sliders."""

import numpy as np
import streamlit as st

from mnist_app.ui import html, models
from mnist_app.ui.how.numbers import choose, table
from mnist_app.ui.how.plot import plot

_LOGITS = {"3": 2.0, "5": 1.0, "8": -1.0}
_LEAST = 0.001  # the probability at which the curve of the loss begins


@st.fragment
def show_activations() -> None:
    left, right = st.columns(2, gap="large")
    with left:
        z = st.slider("Sum z of a unit", -5.0, 5.0, 1.5, 0.1, key="relu_of", bind="query-params")
        relu, line = max(0.0, z), np.linspace(-5, 5, 81)
        st.markdown(f"ReLU: max(0, {z:.1f}) = **{relu:.1f}**. For comparison: tanh {z:.1f} = {np.tanh(z):.3f}")
        curves = {"ReLU": (line, np.maximum(line, 0)), "tanh": (line, np.tanh(line)), "here": ([z], [relu])}
        st.html(plot(curves, x="sum z", y="output", within=((-5, 5), (-1.5, 5))))
    with right:
        logits = []
        for digit, first in _LOGITS.items():
            key = f"logit_{digit}"
            logits.append(st.slider(f"Output for {digit}", -5.0, 5.0, first, 0.1, key=key, bind="query-params"))
        powers = np.exp(logits)
        shares = powers / powers.sum()
        rows = {"Digit": [*_LOGITS, "sum"], "Output z": [*logits, ""]}
        for name, each in (("eᶻ", powers), ("Softmax", shares)):
            rows[name] = [*np.char.mod("%.3f", each), f"{each.sum():.3f}"]
        st.html(table(rows, marked=int(shares.argmax())))


@st.fragment
def show_loss(reader: models.Classifier) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        p = st.slider("Probability p", _LEAST, 1.0, 0.5, _LEAST, key="p", bind="query-params")
        st.markdown(f"Loss = −ln {p:.3f} = **{0 - np.log(p):.3f}**")
        line = np.geomspace(_LEAST, 1, 81)
        curves = {"−ln p": (line, -np.log(line)), "here": ([p], [-np.log(p)])}
        st.html(plot(curves, x="probability p of the right digit", y="loss", within=((0, 1), (0, 7))))
    with right:
        if (chosen := choose(reader)) is None:
            return
        probabilities = models.guess(reader, chosen.image[None])[0].probabilities
        loss = f"{0 - np.log(probabilities[chosen.label]):.3g}"  # never −0
        rows = {"Digit": ["probability p", "label y", "−y × ln p"]}
        for digit, p in enumerate(probabilities):
            right = digit == chosen.label
            rows[str(digit)] = [html.escape(html.share(p)), int(right), f"<b>{loss}</b>" if right else 0]
        st.html(table(rows))
        st.markdown(f"The loss of this image, by {html.as_markdown(reader.label)}: **{loss}**")
