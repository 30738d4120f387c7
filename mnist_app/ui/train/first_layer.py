"""Pictures of what a first layer learned: a grid of weight images or filters, blue below 0, white at 0, red above."""

import math

import numpy as np
import streamlit as st
from PIL import Image

from mnist_app import ExplorerError, jobs
from mnist_app.store import FirstLayer
from mnist_app.ui import html, models

_BLUE, _WHITE, _RED = (33, 102, 172), (247, 247, 247), (178, 24, 43)
_STEPS = 127
"""Colours from white to blue, and as many to red."""
_ASPECT = 9 / 4
"""Units across for one down, so that the grid fits beside a figure."""


def show_first_layer(job: jobs.Job) -> None:
    """The first layer of a training with a slider over its epochs; at its end, the slider follows the training."""
    layer = _stored(job)
    if layer is None:
        return
    epoch = last = job.recipe.epochs if job.active else layer.epochs[-1]
    if last:
        label = "First layer: slide back to epoch 0, before training"
        epoch = st.slider(label, 0, last, last, key=f"epoch_of_{job.id}_{last}", format="epoch %d")
    st.html(grid(layer, epoch=epoch))


def grid(layer: FirstLayer, *, epoch: int) -> str:
    """The layer after that epoch, or after the last one before it that was kept; one scale for all epochs."""
    place = max((at for at, each in enumerate(layer.epochs) if each <= epoch), default=0)
    kernels = layer.kernels[place]
    # Few weights exceed the scale: single large ones would make the others pale.
    scale = float(np.quantile(np.abs(layer.kernels), 0.995)) or 1.0
    units, rows, columns = kernels.shape
    title = f"{units} weight images" if rows == 28 else f"{units} filters of {rows} × {columns}"
    when = f"after epoch {layer.epochs[place]}" if layer.epochs[place] else "before training"
    return (
        f'<figure class="vx vx-clear"><figcaption><b>{title}, {when}.</b> Blue: {-scale:.2g} and below, white: 0, '
        f"red: {scale:.2g} and above.</figcaption>"
        f'<img alt="{title} of the first layer, {when}" src="{_picture(_tiles(kernels / scale))}"></figure>'
    )


def _stored(job: jobs.Job) -> FirstLayer | None:
    if job.model:
        model = models.find(job.model)
        return model.first_layer if model else None
    try:
        return jobs.first_layer(job.id)
    except ExplorerError:  # the job was removed a moment ago, which the page is about to say
        return None


def _tiles(kernels: np.ndarray) -> np.ndarray:
    """Kernels (n, rows, columns) side by side, with one pixel in between, as indices of colours; 0 is none."""
    count, rows, columns = kernels.shape
    across = min(count, math.ceil(math.sqrt(count * _ASPECT)))
    down = math.ceil(count / across)
    sheet = np.zeros((down * across, rows + 1, columns + 1), np.uint8)
    sheet[:count, :rows, :columns] = np.round((np.clip(kernels, -1, 1) + 1) * _STEPS) + 1
    sheet = sheet.reshape(down, across, rows + 1, columns + 1).swapaxes(1, 2)
    return sheet.reshape(down * (rows + 1), across * (columns + 1))[:-1, :-1]


def _picture(colours: np.ndarray) -> str:
    """A picture of indices of colours, as `_tiles` gives them, as an address; where there is none, it is clear."""
    strength = np.linspace(-1, 1, 2 * _STEPS + 1)[:, None]
    ends = np.where(strength < 0, _BLUE, _RED)
    palette = np.round(_WHITE + np.abs(strength) * (ends - np.array(_WHITE))).astype(np.uint8)
    picture = Image.fromarray(colours)
    picture.putpalette([0, 0, 0, *palette.ravel().tolist()])
    return html.data_uri(picture, transparency=0)
