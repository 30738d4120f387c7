"""Arrays become frozen results: accuracy with its interval, confusion, a guess, a noise curve."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mnist_app import noise
from mnist_app.evaluation.results import NoiseCurve, Proportion

DIGITS = 10


@dataclass(frozen=True)
class Guess:
    """What one network says of one image: the probabilities of the ten digits."""

    probabilities: tuple[float, ...]

    @property
    def digit(self) -> int:
        return self.probabilities.index(self.probability)

    @property
    def probability(self) -> float:
        return max(self.probabilities)


def guesses(probabilities: np.ndarray) -> tuple[Guess, ...]:
    """One guess a row of probabilities (n, 10)."""
    return tuple(Guess(tuple(row)) for row in probabilities.tolist())


def accuracy(probabilities: np.ndarray, labels: np.ndarray) -> Proportion:
    """Share of the n images whose likeliest digit is the label: of float (n, 10), n from 1."""
    return Proportion(float(np.mean(probabilities.argmax(1) == labels)), len(labels))


def confusion(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How often label i (row) was taken for digit j (column): int64 (10, 10)."""
    pairs = labels.astype(np.int64) * DIGITS + probabilities.argmax(1)
    return np.bincount(pairs, minlength=DIGITS * DIGITS).reshape(DIGITS, DIGITS)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities (n, 10) of logits (n, 10)."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def failure_level(levels: Sequence[float], right: Sequence[bool]) -> float | None:
    """The lowest level from which the guess is wrong there and at every higher level; None where it never fails."""
    failed = None
    for level, correct in zip(reversed(levels), reversed(right), strict=True):
        if correct:
            break
        failed = level
    return failed


def noise_curves(
    images: np.ndarray,
    labels: np.ndarray,
    *,
    levels: Sequence[float],
    seed: int,
    denoise: Callable[[np.ndarray], np.ndarray],
    classifiers: Mapping[str, Callable[[np.ndarray], np.ndarray]],
    metadata: Mapping[str, object],
    on_progress: Callable[[float], None] = lambda share: None,
) -> dict[str, NoiseCurve]:
    """One curve a classifier: the images are made noisy and denoised once a level, then classified by each.

    Args:
        images, labels: float32 (n, 28, 28, 1) in [0, 1] and digits (n,).
        levels, seed: of salt-and-pepper noise; the levels rise, in [0, 1].
        classifiers: by model name, images to probabilities (n, 10).
        metadata: the curve's `denoiser` and `data`.
        on_progress: takes the share that is done, in (0, 1].
    """
    correct: dict[str, list[tuple[int, ...]]] = {name: [] for name in classifiers}
    ratios: list[float | None] = []
    for number, level in enumerate(levels, start=1):
        cleaned = denoise(noise.corrupt(images, level=level, seed=seed))
        mean = float(noise.psnr(cleaned, images).mean())
        ratios.append(mean if np.isfinite(mean) else None)
        for name, classify in classifiers.items():
            correct[name].append(tuple(np.diag(confusion(classify(cleaned), labels)).tolist()))
        on_progress(number / len(levels))
    shared = {"kind": "salt-and-pepper", "seed": seed, "levels": tuple(levels), "psnr": tuple(ratios), **metadata}
    counts = tuple(np.bincount(labels, minlength=DIGITS).tolist())
    return {
        name: NoiseCurve(classifier=name, correct=tuple(rows), counts=counts, **shared)
        for name, rows in correct.items()
    }
