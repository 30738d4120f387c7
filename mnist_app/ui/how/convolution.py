"""One convolution step by step on an image: window, products, sum, bias, ReLU; then pooling and dropout."""

import numpy as np
import streamlit as st

from mnist_app.recipes import RECIPES, layers
from mnist_app.recipes.layer import Plan
from mnist_app.serving.layers import Layers
from mnist_app.ui import html, models, page
from mnist_app.ui.how.numbers import choose, table

KERNELS = {
    "Left edges": ((-1, 0, 1), (-1, 0, 1), (-1, 0, 1)),
    "Upper edges": ((-1, -1, -1), (0, 0, 0), (1, 1, 1)),
    "Outlines": ((-1, -1, -1), (-1, 8, -1), (-1, -1, -1)),
}


def convolve(image: np.ndarray, kernel: np.ndarray, *, bias: float, stride: int, padding: str) -> tuple:
    """What the convolution of an image (28, 28, 1) gives, (n, n), and a dictionary of its "Max" and "Average" pool."""
    pooled = {}
    for pooling in ("Max", "Average"):
        plan, settings = Plan(), {"filters": 1, "kernel_size": 3, "padding": padding, "activation": "relu"}
        plan.add("Conv2D", strides=stride, **settings)
        plan.add(f"{pooling}Pooling2D", pool_size=2, padding="valid")
        weights = {0: (kernel[..., None, None], np.array([bias]))}
        output, pooled[pooling] = (each[0, ..., 0] for each in Layers(tuple(plan), weights).outputs(image[None]))
    return output, pooled


@st.fragment
def show(reader: models.Classifier) -> None:
    if (chosen := choose(reader)) is None:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kernel = np.array(KERNELS[page.choice("Kernel", KERNELS, key="kernel")])
        stride = int(page.choice("Stride", ("1", "2"), key="stride"))
        padding = page.choice("Padding", ("valid", "same"), key="edges")
        bias = st.slider("Bias", -2.0, 2.0, 0.0, 0.1, key="bias", bind="query-params", width=150)
    output, pooled = convolve(chosen.image, kernel, bias=bias, stride=stride, padding=padding)
    # What Keras's "same" puts around the image.
    lost = max((len(output) - 1) * stride + 3 - 28, 0)
    padded = np.pad(chosen.image[..., 0], (lost // 2, lost - lost // 2))
    left, right = st.columns(2, gap="medium")
    with left:
        row = st.slider("Output row", 0, 27, 6, key="out_row", bind="query-params")
        column = st.slider("Output column", 0, 27, 5, key="out_column", bind="query-params")
        row, column = min(row, len(output) - 1), min(column, len(output) - 1)
        top, start = stride * row, stride * column
        products = (window := padded[top : top + 3, start : start + 3]) * kernel
        texts = [np.char.mod("%.2f", each + 0.0).tolist() for each in (window, kernel, products)]
        rows = enumerate(zip(*texts, strict=True))
        st.caption("Window × kernel = products")
        st.html(table({f"Row {top + at}": [*w, "×", *k, "=", *p] for at, (w, k, p) in rows}))
        total = float(products.sum())
        st.markdown(f"Sum {total:.2f}, with the bias {total + bias:.2f}, ReLU: **{output[row, column]:.2f}**")
    frames = _framed(padded, "Input", top, start, 3) + _framed(output, "Output", row, column, 1)
    right.html(f'<div class="mx mx-row" style="--side:min(14rem,40vw)">{frames}</div>')
    _show_pooling(pooled, top=output.max() or 1)
    first = layers.plan(RECIPES["cnn"])[0]
    outputs = int(np.prod(first.output_shape))
    dense = (28 * 28 + 1) * outputs
    st.markdown(
        f"**What a convolution saves.** {first.title} has {first.arithmetic} = {first.parameters:,} parameters "
        f"and gives {outputs:,} numbers. A dense layer that gives as many has 784 × {outputs:,} + {outputs:,} = "
        f"{dense:,} parameters: **{dense / first.parameters:,.0f} times** as many."
    )


def _show_pooling(pooled: dict[str, np.ndarray], *, top: float) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        rate = st.slider("Dropout rate", 0.0, 0.9, 0.5, 0.1, key="drop_rate", bind="query-params", width=300)
        st.button("Drop others", key="drop_others")
    kept = np.random.default_rng().random(pooled["Max"].shape) >= rate
    shown = {f"{name} pooling: {len(each)} × {len(each)}": each for name, each in pooled.items()}
    words = f"Dropout after max pooling: {1 - kept.mean():.0%} are 0, the others × {1 / (1 - rate):.2f}"
    shown[words] = pooled["Max"] * kept / (1 - rate)
    st.html(html.pictures([(each / top, name, name) for name, each in shown.items()], side="9rem"))


def _framed(image: np.ndarray, name: str, row: int, column: int, size: int) -> str:
    """The image, its largest number white, with a frame around `size` × `size` pixels."""
    words, places = f"{name}: {len(image)} × {len(image)}", (column, row, size, size)
    left, top, width, height = (f"{100 * each / len(image):.2f}%" for each in places)
    frame = f'<i style="left:{left};top:{top};width:{width};height:{height}"></i>'
    picture = html.picture(image / (image.max() or 1), alt=words)
    return f'<figure><div class="hx-framed">{picture}{frame}</div><figcaption>{words}</figcaption></figure>'
