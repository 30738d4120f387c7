"""Handwriting that MNIST hardly has, drawn into its images: strokes added, a gap, or another form altogether."""

from collections.abc import Callable
from dataclasses import dataclass
from math import radians

import numpy as np

from mnist_app.augmentation.strokes import FORMS, add_line, draw_form

OTHER_FORMS = 0.05  # the share of all images that are replaced by one of `FORMS`

_SIDE = 28
_INK = 0.3
_ROWS = np.arange(_SIDE)[None, :, None]
_COLUMNS = np.arange(_SIDE)[None, None, :]


@dataclass(frozen=True)
class Style:
    """A way to write: what it is called, the digits that are written so, and the share of their images that get it."""

    name: str
    digits: tuple[int, ...]
    share: float
    change: Callable[[np.ndarray, np.random.Generator], np.ndarray]


def restyle(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Images float32 (n, 28, 28), some of them in a style of their digit, or several; the others as they are."""
    images = images.copy()
    for style in STYLES:
        having = np.isin(labels, style.digits) & (rng.random(len(labels)) < style.share)
        if len(chosen := np.flatnonzero(having)):
            images[chosen] = style.change(images[chosen], rng)
    for digit, forms in FORMS.items():
        for place in np.flatnonzero((labels == digit) & (rng.random(len(labels)) < OTHER_FORMS)):
            images[place] = draw_form(forms[rng.integers(len(forms))], rng)
    return images


def _slash(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A line through the middle from lower left to upper right; every seventh the other way."""
    count, box = len(images), _Box(images)
    angle = rng.uniform(radians(25), radians(85), count)
    angle = np.where(rng.random(count) < 1 / 7, -angle, angle)
    y = box.top + box.height * rng.uniform(0.4, 0.6, count)
    x = box.left + box.width * rng.uniform(0.4, 0.6, count)
    length = np.hypot(box.height * np.sin(angle), box.width * np.cos(angle)) * rng.uniform(0.6, 1.5, count)
    return add_line(images, rng, through=(y, x), angle=angle, length=length, about=0.5)


def _flag(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    count, box = len(images), _Box(images)
    angle = radians(180) + rng.uniform(radians(25), radians(65), count)
    length = box.height * rng.uniform(0.2, 0.55, count)
    return add_line(images, rng, through=(box.top + 1, box.middle_at(0.05)), angle=angle, length=length, about=0.0)


def _foot(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    count, box = len(images), _Box(images)
    angle, length = rng.uniform(-0.15, 0.15, count), box.height * rng.uniform(0.3, 0.85, count)
    about = rng.uniform(0.35, 0.65, count)
    return add_line(images, rng, through=(box.bottom - 1, box.middle_at(0.95)), angle=angle, length=length, about=about)


def _bar(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    count, box = len(images), _Box(images)
    share = rng.uniform(0.35, 0.65, count)
    angle, length = rng.uniform(-0.2, 0.35, count), box.height * rng.uniform(0.25, 0.7, count)
    about = rng.uniform(0.35, 0.65, count)
    through = box.top + share * box.height, box.middle_at(share)
    return add_line(images, rng, through=through, angle=angle, length=length, about=about)


def _serif(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    count, box = len(images), _Box(images)
    length = box.height * rng.uniform(0.1, 0.3, count)
    angle = radians(270) + rng.uniform(-0.3, 0.3, count)
    return add_line(images, rng, through=(box.top + 1.5, box.left + 0.5), angle=angle, length=length, about=0.0)


def _lost_roof(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The upper right of the digit gone, all of it or from some place on."""
    count, box = len(images), _Box(images)
    bottom = box.top + box.height * rng.uniform(0.12, 0.25, count)
    left = box.left + box.width * rng.uniform(0.3, 0.7, count)
    kept = (bottom[:, None, None] <= _ROWS) | (left[:, None, None] >= _COLUMNS)
    return (images * kept).astype(np.float32)


def _gap(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    count = len(images)
    weights = (images > _INK).reshape(count, -1) * rng.random((count, _SIDE * _SIDE))
    y, x = np.divmod(weights.argmax(axis=1), _SIDE)
    distance = np.hypot(_ROWS - y[:, None, None], _COLUMNS - x[:, None, None])
    radius = rng.uniform(1.0, 2.2, count)[:, None, None]
    return (images * np.clip(distance - radius + 0.5, 0, 1)).astype(np.float32)


STYLES = (
    Style("a slash through the zero", (0,), 0.2, _slash),
    Style("a flag on the one", (1,), 0.12, _flag),
    Style("a foot under the one", (1,), 0.12, _foot),
    Style("a bar through the seven", (7,), 0.2, _bar),
    Style("a serif on the seven", (7,), 0.08, _serif),
    Style("a five without its roof", (5,), 0.06, _lost_roof),
    Style("a loop left open", (0, 4, 6, 8, 9), 0.05, _gap),
)
"""In the order in which they are drawn; a digit may get several."""


class _Box:
    """The edges of the ink of images (n, 28, 28), in pixels, each float (n,)."""

    def __init__(self, images: np.ndarray):
        self._ink = images > _INK
        rows, columns = self._ink.any(axis=2), self._ink.any(axis=1)
        self.top, self.left = rows.argmax(axis=1), columns.argmax(axis=1)
        self.bottom = _SIDE - 1 - rows[:, ::-1].argmax(axis=1)
        self.height = self.bottom - self.top + 1
        self.width = _SIDE - columns[:, ::-1].argmax(axis=1) - self.left

    def middle_at(self, share: float | np.ndarray) -> np.ndarray:
        """The column where the ink of the rows about that share of the height has its middle."""
        row = self.top + share * (self.height - 1)
        near = self._ink & (np.abs(_ROWS - row[:, None, None]) <= 1.5)
        return (near * _COLUMNS).sum(axis=(1, 2)) / np.maximum(near.sum(axis=(1, 2)), 1)
