"""What a network's probabilities are good for: to refuse an answer, and to name several digits, such as “3 or 8”.

Such a set holds the true digit with a probability that is guaranteed for images like those of the calibration, which
the network did not learn from: split conformal prediction, by the probability of the digit (Vovk et al. 2005;
Angelopoulos and Bates 2021, arXiv:2107.07511). Refusing: El-Yaniv and Wiener 2010, JMLR 11.
"""

import math

import numpy as np

LEVEL = 0.999  # of the sets on the Draw page. At a level below its accuracy, a network gives empty sets


def risk_coverage(sure: np.ndarray, wrong: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The share of answers given, and of these the share that is wrong, float64 (k,) each, from the surest answer on.

    sure: float (n,), the certainty of each answer; equal ones are given or refused together. wrong: bool (n,).
    """
    order = np.argsort(-sure, kind="stable")
    last = np.flatnonzero(np.append(np.diff(sure[order]) != 0, True))
    return (last + 1) / len(sure), np.cumsum(wrong[order])[last] / (last + 1)


def halves(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the test images that calibrate, and of those that are measured: always the same ones, int64 each."""
    order = np.random.default_rng(0).permutation(n)
    return np.sort(order[::2]), np.sort(order[1::2])


def least_probability(probabilities: np.ndarray, labels: np.ndarray, *, level: float = LEVEL) -> float:
    """What a digit of a set has at least, so that sets hold the true digit with probability `level`, in (0, 1).

    From probabilities (n, 10) and labels (n,) of the calibration; 0, for sets of all digits, where n is too small.
    """
    n = len(labels)
    place = n - math.ceil(round((n + 1) * level, 6))  # rounded because 10 × 0.9 may be a hair more than 9
    return float(np.sort(probabilities[np.arange(n), labels])[place]) if place >= 0 else 0.0


def in_words(members: np.ndarray) -> str:
    """A set, bool (10,), as in “3, 5 or 8”."""
    *most, last = map(str, np.flatnonzero(members)) if members.any() else ["no digit"]
    return f"{', '.join(most)} or {last}" if most else last
