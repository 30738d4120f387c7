"""An image as numbers: from 0 … 255 to float32 in [0, 1], and the label one-hot."""

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from mnist_app import data
from mnist_app.ui import dataset, digit, html, models, page


@st.fragment
def show(reader: models.Classifier) -> None:
    if (chosen := choose(reader)) is None:
        return
    raw = np.rint(chosen.image[..., 0] * 255).astype(np.uint8)
    divided = st.toggle("Divide by 255", key="divided", bind="query-params")
    rows = ""
    for row, values in enumerate(raw):
        rows += "<tr>"
        for column, (value, scaled) in enumerate(zip(values.tolist(), data.as_images(values)[:, 0], strict=True)):
            colours = f"background:#{3 * f'{value:02x}'};color:#{'000' if value > 117 else 'fff'}"
            shown = f"{scaled:.2f}".removeprefix("0")[:3] if divided else value
            title = f"Row {row}, column {column}: {value} / 255 = {scaled}"
            rows += f'<td title="{title}" style="{colours}">{shown}</td>'
        rows += "</tr>"
    about = 'role="region" tabindex="0" aria-label="The image as 28 rows of 28 numbers"'
    st.html(f'<div class="mx-scroll" {about}><table class="hx-pixels">{rows}</table></div>')
    st.markdown(f"**The label {chosen.label}, one-hot:** ten numbers, one for each digit.")
    one_hot = np.eye(10, dtype=int)[chosen.label]
    st.html(table({"Digit": range(10), "Label": one_hot}, marked=chosen.label))


def choose(reader: models.Classifier) -> digit.Chosen | None:
    """The controls that say which digit; None, and the way to the Draw page, where nothing is drawn."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = digit.choose(dataset.test_digits(), reader=reader)
    if chosen is None:
        page.offer_drawing()
    return chosen


def table(lines: Mapping[str, Sequence[object]], *, marked: int | None = None) -> str:
    """`html.table` with room between the numbers, and with minus signs."""
    texts = {title: [str(each).replace("-", "−") for each in cells] for title, cells in lines.items()}
    return f'<div class="mx-scroll hx-table">{html.table(texts, marked=marked)}</div>'
