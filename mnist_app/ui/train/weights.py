"""Pictures of what a first layer learned: a grid of weight images or filters, blue below 0, white at 0, red above."""

import base64
import io
import math

import numpy as np
import streamlit as st
from PIL import Image

from mnist_app import ExplorerError, jobs
from mnist_app.store import FirstLayer
from mnist_app.ui.train import outcome

_BLUE, _WHITE, _RED = (33, 102, 172), (247, 247, 247), (178, 24, 43)
_STEPS = 127
"""Colours from white to blue, and as many to red."""
_ASPECT = 9 / 4
"""Units across for one down, so that the grid fits beside a figure."""


def show_first_layer(job: jobs.Job) -> None:
    """The first layer of a training with a slider over its epochs; at its end, the slider follows the training."""
    found = _snapshots(job)
    if found is None:
        return
    last = job.recipe.epochs if job.active else found.epochs[-1]
    if last:
        label = "First layer: slide back to epoch 0, before training"
        epoch = st.slider(label, 0, last, last, key=f"epoch_of_{job.id}_{last}", format="epoch %d")
    else:
        epoch = last
    st.html(grid(found, epoch=epoch))


def grid(first_layer: FirstLayer, *, epoch: int) -> str:
    """The layer after that epoch, or after the last one before it that was kept; one scale for all epochs."""
    place = max((at for at, each in enumerate(first_layer.epochs) if each <= epoch), default=0)
    kernels = first_layer.kernels[place]
    scale = _scale(first_layer.kernels)
    data = base64.b64encode(_png(_tiles(kernels / scale))).decode()
    units, rows, columns = kernels.shape
    shown = f"{units} weight images" if rows == 28 else f"{units} filters of {rows} × {columns}"
    when = f"after epoch {first_layer.epochs[place]}" if first_layer.epochs[place] else "before training"
    return (
        f'<figure style="margin:0"><figcaption style="font-size:.85rem;margin-bottom:.3rem"><b>{shown}, {when}.</b> '
        f"Blue: {-scale:.2g} and below, white: 0, red: {scale:.2g} and above.</figcaption>"
        f'<img alt="{shown} of the first layer, {when}" src="data:image/png;base64,{data}" '
        f'style="image-rendering:pixelated;border-radius:0;width:100%;display:block"></figure>'
    )


def _snapshots(job: jobs.Job) -> FirstLayer | None:
    if job.model:
        model = outcome.stored(job.model)
        return model.first_layer if model else None
    try:
        return jobs.first_layer(job.id)
    except ExplorerError:  # the job was removed a moment ago, which the page is about to say
        return None


def _scale(kernels: np.ndarray) -> float:
    """A size that few weights exceed, so that single large ones do not make the others pale."""
    return float(np.quantile(np.abs(kernels), 0.995)) or 1.0


def _tiles(kernels: np.ndarray) -> np.ndarray:
    """Kernels (n, rows, columns) side by side, with one pixel in between, as numbers of colours; 0 is none."""
    count, rows, columns = kernels.shape
    across = min(count, math.ceil(math.sqrt(count * _ASPECT)))
    down = math.ceil(count / across)
    sheet = np.zeros((down * across, rows + 1, columns + 1), np.uint8)
    sheet[:count, :rows, :columns] = np.round((np.clip(kernels, -1, 1) + 1) * _STEPS) + 1
    sheet = sheet.reshape(down, across, rows + 1, columns + 1).swapaxes(1, 2)
    return sheet.reshape(down * (rows + 1), across * (columns + 1))[:-1, :-1]


def _png(colours: np.ndarray) -> bytes:
    """A picture of numbers of colours, as `_tiles` gives them; where there is none, the page shines through."""
    strength = np.linspace(-1, 1, 2 * _STEPS + 1)[:, None]
    ends = np.where(strength < 0, _BLUE, _RED)
    palette = np.round(_WHITE + np.abs(strength) * (ends - np.array(_WHITE))).astype(np.uint8)
    picture = Image.fromarray(colours)
    picture.putpalette([0, 0, 0, *palette.ravel().tolist()])
    content = io.BytesIO()
    picture.save(content, "PNG", transparency=0)
    return content.getvalue()
