"""Are probabilities what they say? Expected calibration error, and temperature scaling that lowers it.

A temperature T above 1 makes a network less sure, one below 1 surer, and never changes its guess: softmax(log p / T)
(Guo et al. 2017, arXiv:1706.04599). The networks here learn from all training images. So T is found on one half of the
test images and measured on the other, and the other way round. The T in use is the mean of the two.
"""

from dataclasses import dataclass

import numpy as np

from mnist_app.evaluation import softmax

BINS = 15  # of equal width, as in Guo et al.
RESAMPLES = 500  # of the images, with replacement, for the interval of a calibration error

_RANGE = (-3.0, 3.0)  # of log T: T from 0.05 to 20
_TINY = 1e-20


@dataclass(frozen=True)
class Bin:
    """The n images whose guess has a probability in (low, high]: their mean probability, and how many are right."""

    low: float
    high: float
    n: int
    probability: float
    right: int


@dataclass(frozen=True)
class Reliability:
    """The rising bins that hold any of n images, and the expected calibration error with its 95 % interval.

    `error`: |mean probability − share that is right|, the mean over the bins weighted by their images; in [0, 1].
    """

    n: int
    error: float
    interval: tuple[float, float]
    bins: tuple[Bin, ...]


@dataclass(frozen=True)
class Calibration:
    """The temperature in use, the two that were found on half of the images each, and the errors before and after."""

    temperature: float
    halves: tuple[float, float]
    before: Reliability
    after: Reliability


def temperature_scale(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities float (n, 10) at a temperature above 0: float32 (n, 10); the order of the digits stays."""
    return softmax(_logs(probabilities) / temperature).astype(np.float32)


def find_temperature(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The temperature at which probabilities (n, 10) have the lowest mean negative log-likelihood of labels (n,)."""
    from scipy.optimize import minimize_scalar
    from scipy.special import logsumexp

    logs = _logs(probabilities)
    of_labels = logs[np.arange(len(labels)), labels]

    def loss(log_temperature: float) -> float:
        scale = np.exp(-log_temperature)
        return float(np.mean(logsumexp(scale * logs, axis=1) - scale * of_labels))

    return float(np.exp(minimize_scalar(loss, bounds=_RANGE, method="bounded", options={"xatol": 1e-6}).x))


def reliability(probabilities: np.ndarray, labels: np.ndarray, *, seed: int = 0) -> Reliability:
    """The bins and the expected calibration error, its interval resampled with that seed."""
    sure = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    places = np.clip(np.ceil(sure * BINS).astype(int) - 1, 0, BINS - 1)
    n = len(labels)

    def error(chosen: np.ndarray) -> float:
        gaps = np.bincount(places[chosen], (right - sure)[chosen], minlength=BINS)
        return float(np.abs(gaps).sum() / n)

    rng = np.random.default_rng(seed)
    resampled = [error(rng.integers(0, n, n)) for _ in range(RESAMPLES)]
    bins = []
    for place in np.unique(places).tolist():
        inside = places == place
        counts = int(inside.sum()), float(sure[inside].mean()), int(right[inside].sum())
        bins.append(Bin(place / BINS, (place + 1) / BINS, *counts))
    low, high = np.quantile(resampled, [0.025, 0.975])
    return Reliability(n, error(np.arange(n)), (float(low), float(high)), tuple(bins))


def cross_fit(probabilities: np.ndarray, labels: np.ndarray, *, seed: int = 0) -> Calibration:
    """Temperature, and calibration before and after, each image scaled by what was found on the other half."""
    order = np.random.default_rng(seed).permutation(len(labels))
    halves = order[::2], order[1::2]
    temperatures = [find_temperature(probabilities[half], labels[half]) for half in halves]
    scaled = np.empty(probabilities.shape, np.float32)
    for half, temperature in zip(halves, reversed(temperatures), strict=True):
        scaled[half] = temperature_scale(probabilities[half], temperature)
    return Calibration(
        temperature=float(np.mean(temperatures)),
        halves=tuple(temperatures),
        before=reliability(probabilities, labels, seed=seed),
        after=reliability(scaled, labels, seed=seed),
    )


def _logs(probabilities: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(probabilities.astype(np.float64), _TINY))
