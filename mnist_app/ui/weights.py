"""Weights as pictures: blue is below 0, white 0, red above."""

import math

import numpy as np
from PIL import Image

from mnist_app.ui import html

_BLUE, _WHITE, _RED = (33, 102, 172), (247, 247, 247), (178, 24, 43)
_STEPS = 127  # colours from white to blue, and as many to red
_ASPECT = 9 / 4  # units across for one down, so that the sheet fits beside a figure


def sheet(kernels: np.ndarray, *, scale: float, alt: str) -> str:
    """An <img> of kernels (n, rows, columns) side by side, with one clear pixel in between.

    `scale` and all above it are the full red.
    """
    picture = Image.fromarray(_tiles(kernels / scale))
    picture.putpalette(_palette())
    return f'<img alt="{html.escape(alt)}" src="{html.data_uri(picture, transparency=0)}">'


def _tiles(kernels: np.ndarray) -> np.ndarray:
    """As indices of colours; 0 is clear."""
    count, rows, columns = kernels.shape
    across = min(count, math.ceil(math.sqrt(count * _ASPECT)))
    down = math.ceil(count / across)
    sheet = np.zeros((down * across, rows + 1, columns + 1), np.uint8)
    sheet[:count, :rows, :columns] = np.round((np.clip(kernels, -1, 1) + 1) * _STEPS) + 1
    sheet = sheet.reshape(down, across, rows + 1, columns + 1).swapaxes(1, 2)
    return sheet.reshape(down * (rows + 1), across * (columns + 1))[:-1, :-1]


def _palette() -> list[int]:
    strength = np.linspace(-1, 1, 2 * _STEPS + 1)[:, None]
    ends = np.where(strength < 0, _BLUE, _RED)
    colours = np.round(_WHITE + np.abs(strength) * (ends - np.array(_WHITE)))
    return [0, 0, 0, *colours.astype(int).ravel().tolist()]
