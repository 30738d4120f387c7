"""Training images varied afresh in every epoch: turned, sheared, bent, thinner or thicker, in other handwriting.

MNIST was written by people who filled in a form; who draws on a screen writes otherwise, for example with a slash
through the zero.
"""

import numpy as np

from mnist_app.augmentation.handwriting import OTHER_FORMS, STYLES, Style, restyle

_SIDE, _MIDDLE, _BOX = 28, 14.0, 20.0
_INK = 0.2  # pixels darker than this belong to the digit's box

_TURN = 0.22  # radians, to either side, as the others
_SHEAR = 0.22
_STRETCH = 0.16  # logarithm of the aspect
_SIZE = 0.12  # logarithm of the scale
_SHIFT = 1.5  # pixels

_LEAST = 0.15  # each image is moved by a share of all these, between this and 1

_BEND = 0.6  # pixels, standard deviation of the displacement at the nodes of a coarse grid
_NODES = 5

_BLUR = 0.65  # pixels, standard deviation
_THINNEST, _THICKEST = 0.58, 0.17  # the blurred ink that becomes half black


def augment(images: np.ndarray, labels: np.ndarray, *, kind: str, rng: np.random.Generator) -> np.ndarray:
    """Images uint8 (n, 28, 28) of digits (n,), each in another form of its digit: float32 (n, 28, 28) in [0, 1].

    `kind`: "none"; "affine" for affine maps and another stroke thickness; "pen" for these, smooth bending and `STYLES`,
    which depend on the labels.
    """
    pixels = np.divide(images, np.float32(255), dtype=np.float32)
    if kind == "none" or not len(pixels):
        return pixels
    if kind == "pen":
        pixels = restyle(pixels, np.asarray(labels), rng)
    return _thicken(_warp(pixels, rng, bend=kind == "pen"), rng)


def _warp(images: np.ndarray, rng: np.random.Generator, *, bend: bool) -> np.ndarray:
    """Images float32 (n, 28, 28), fitted into 20×20 and centred by mass as MNIST is, then mapped at random.

    The fitting matters where strokes were added: what is drawn on a screen is fitted with them, and shrinks.
    """
    count = len(images)
    size, middle = _boxes(images)
    strength = rng.uniform(_LEAST, 1, count).astype(np.float32)
    turn, shear = strength * _uniform(rng, _TURN, count), strength * _uniform(rng, _SHEAR, count)
    stretch = np.exp(strength * _uniform(rng, _STRETCH, count) / 2)
    stretched = np.maximum(size[:, 0] / stretch, size[:, 1] * stretch)
    scale = _BOX / stretched * np.exp(strength * _uniform(rng, _SIZE, count))
    cosine, sine = np.cos(turn), np.sin(turn)
    # From a place in the new image to one in the old: turned, sheared, then back to the old size.
    rows = np.stack([cosine, -sine], axis=1) / (scale / stretch)[:, None]
    columns = np.stack([sine + shear * cosine, cosine - shear * sine], axis=1) / (scale * stretch)[:, None]
    shift = strength[:, None] * _uniform(rng, _SHIFT, (count, 2))
    places = np.arange(_SIDE, dtype=np.float32) - _MIDDLE
    y, x = places[None, :, None] - shift[:, 0, None, None], places[None, None, :] - shift[:, 1, None, None]
    from_y = rows[:, 0, None, None] * y + rows[:, 1, None, None] * x + middle[:, 0, None, None]
    from_x = columns[:, 0, None, None] * y + columns[:, 1, None, None] * x + middle[:, 1, None, None]
    if bend:
        from_y, from_x = from_y + _smooth(rng, strength), from_x + _smooth(rng, strength)
    return _sample(images, from_y, from_x)


def _thicken(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Strokes made thinner or thicker by up to about a pixel, each image by its own amount; every fifth stays."""
    blurred = _blur(_blur(images, 1), 2)
    threshold = rng.uniform(_THICKEST, _THINNEST, (len(images), 1, 1)).astype(np.float32)
    threshold *= np.maximum(blurred.max(axis=(1, 2), keepdims=True), 1e-3)
    steepness = rng.uniform(1.6, 4.0, (len(images), 1, 1)).astype(np.float32)
    changed = np.clip(0.5 + (blurred - threshold) * steepness, 0, 1)
    changed *= np.clip(blurred * 12, 0, 1)  # paper stays white where the threshold is low
    return np.where(rng.random((len(images), 1, 1)) < 0.2, images, changed)


def _boxes(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Height and width of the ink, float32 (n, 2), and its centre of mass (y, x), float32 (n, 2)."""
    ink = images > _INK
    sizes, middles, mass = [], [], images.sum(axis=(1, 2)) + 1e-6
    for axis in (1, 2):
        lines = ink.any(axis=3 - axis)
        first, last = lines.argmax(axis=1), _SIDE - lines[:, ::-1].argmax(axis=1)
        sizes.append(np.where(lines.any(axis=1), last - first, _BOX))
        middles.append(images.sum(axis=3 - axis) @ np.arange(_SIDE, dtype=np.float32) / mass)
    return np.stack(sizes, axis=1).astype(np.float32), np.stack(middles, axis=1)


def _smooth(rng: np.random.Generator, strength: np.ndarray) -> np.ndarray:
    """Displacements that vary slowly over the image, pixels, float32 (n, 28, 28), by the strengths (n,)."""
    nodes = strength[:, None, None] * rng.normal(0, _BEND, (len(strength), _NODES, _NODES)).astype(np.float32)
    places = np.linspace(0, _SIDE - 1, _NODES)
    # Gaussian bumps about the nodes, (28, nodes); their squares sum to one at each pixel, so all pixels move alike.
    weights = np.exp(-0.5 * ((np.arange(_SIDE)[:, None] - places) / (0.6 * places[1])) ** 2)
    weights = (weights / np.sqrt((weights**2).sum(axis=1, keepdims=True))).astype(np.float32)
    return weights @ nodes @ weights.T


def _sample(images: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The images at places between pixels, bilinear; outside there is paper."""
    padded = np.pad(images, ((0, 0), (1, 2), (1, 2))).reshape(-1)
    width = _SIDE + 3
    y, x = np.clip(y + 1, 0, _SIDE + 1), np.clip(x + 1, 0, _SIDE + 1)
    top, left = y.astype(np.int32), x.astype(np.int32)
    down, right = y - top.astype(np.float32), x - left.astype(np.float32)
    at = np.arange(len(images), dtype=np.int32)[:, None, None] * (width * width) + top * width + left
    upper = padded[at] * (1 - right) + padded[at + 1] * right
    lower = padded[at + width] * (1 - right) + padded[at + width + 1] * right
    return upper * (1 - down) + lower * down


def _blur(images: np.ndarray, axis: int) -> np.ndarray:
    tail = np.exp(-0.5 / _BLUR**2)
    middle, beside = np.float32(1 / (1 + 2 * tail)), np.float32(tail / (1 + 2 * tail))
    blurred = images * middle
    before, after = (slice(None),) * axis + (slice(1, None),), (slice(None),) * axis + (slice(None, -1),)
    blurred[before] += beside * images[after]
    blurred[after] += beside * images[before]
    return blurred


def _uniform(rng: np.random.Generator, reach: float, shape: int | tuple[int, ...]) -> np.ndarray:
    return rng.uniform(-reach, reach, shape).astype(np.float32)
