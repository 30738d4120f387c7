"""Every kind of noise: what its level means, and how it is applied."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mnist_app.noise.field import PIXELS, SIDE, normal_quantile, poisson_quantile, uniform


@dataclass(frozen=True)
class Noise:
    """One kind of noise; `description` says in one sentence what the level means.

    `apply` takes pixels float32 (m, 784) in [0, 1], levels float64 (m, 1) in [0, 1] and bits uint64 (m, 786): the
    images' fields, one column per pixel and two for the image as a whole. It returns new pixels, unchanged at level 0.
    """

    title: str
    description: str
    apply: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def _salt_and_pepper(pixels, levels, bits):
    """As in the report of group 67 (2022) of a university data-science assignment, task 4."""
    # The upper 53 bits are the uniform that says whether a pixel flips, the lowest bit the coin that says to what: bits
    # of one draw, but disjoint, so the coin is fair among the flipped pixels of each level and never changes with it.
    flipped = (bits[:, :PIXELS] >> np.uint64(11)) < (levels * 2**53).astype(np.uint64)
    coin = (bits[:, :PIXELS] & np.uint64(1)).astype(np.float32)
    return np.where(flipped, coin, pixels)


def _gaussian(pixels, levels, bits):
    """The usual additive noise (MNIST-C, Mu & Gilmer 2019) never hides the image, so here the image fades as well."""
    levels = levels.astype(np.float32)
    noise = normal_quantile(uniform(bits[:, :PIXELS])).astype(np.float32)
    return np.clip((1 - levels) * pixels + levels * noise, 0, 1)


def _shot(pixels, levels, bits):
    """Poisson counts; MNIST-C's 60, 25, 12, 5 and 3 photons are the levels 0.11, 0.17, 0.22, 0.31 and 0.37."""
    # A level below a millionth would ask for more photons than float64 can count, and changes nothing visible.
    photons = ((1 - levels) / np.maximum(levels, 1e-6)) ** 2
    lit = pixels > 0
    counts = np.zeros(pixels.shape)
    counts[lit] = poisson_quantile(uniform(bits[:, :PIXELS][lit]), (pixels * photons)[lit])
    seen = np.minimum(counts / np.maximum(photons, 1e-40), 1)
    return np.where(levels > 0, seen, pixels).astype(np.float32)


def _occlusion(pixels, levels, bits):
    """The grey square of Zeiler & Fergus (2014), grown from a random point."""
    # The block shrinks towards a random point: its side is √level of the frame's, so its area is the level.
    side = np.sqrt(levels)
    start = uniform(bits[:, PIXELS:]) * SIDE * (1 - side)
    edges = np.arange(SIDE)
    # The part of each row and column that the block covers; edges between two pixels make the slide smooth.
    rows, columns = (
        np.clip(np.minimum(edges + 1, begin + side * SIDE) - np.maximum(edges, begin), 0, 1)
        for begin in (start[:, :1], start[:, 1:])
    )
    hidden = (rows[:, :, None] * columns[:, None, :]).reshape(pixels.shape).astype(np.float32)
    return (1 - hidden) * pixels + hidden * np.float32(0.5)


NOISES = {
    "salt-and-pepper": Noise(
        "Salt and pepper",
        "Each pixel independently, with probability equal to the level, becomes black or white with equal probability.",
        _salt_and_pepper,
    ),
    "gaussian": Noise(
        "Gaussian",
        "The image fades as 1 − level while normal noise of mean 0 and standard deviation equal to the level is added, "
        "and the sum is cut off at black and white; at level 1 only noise is left.",
        _gaussian,
    ),
    "shot": Noise(
        "Shot (Poisson)",
        "A white pixel receives ((1 − level) / level)² photons on average, so that its noise divided by its brightness "
        "is level / (1 − level); at level 1 there is no light and all is black.",
        _shot,
    ),
    "occlusion": Noise(
        "Occlusion",
        "A grey square covers a share of the area equal to the level; it grows from a random point until, at level 1, "
        "it hides everything.",
        _occlusion,
    ),
}
"""Every kind of noise by its key. A further kind is one function and one entry."""
