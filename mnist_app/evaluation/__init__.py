"""Arrays become frozen results: accuracy with its interval, confusion, a guess, a noise curve."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mnist_app import InvalidInput
from mnist_app.evaluation.results import NoiseCurve, Proportion

DIGITS = 10


@dataclass(frozen=True)
class Guess:
    """What one network says of one image: probabilities of the ten digits, the likeliest being `digit`."""

    probabilities: tuple[float, ...]

    @property
    def digit(self) -> int:
        return self.probabilities.index(self.probability)

    @property
    def probability(self) -> float:
        return max(self.probabilities)


def guesses(probabilities: np.ndarray) -> tuple[Guess, ...]:
    """One guess a row of probabilities (n, 10). Raises InvalidInput."""
    _check(probabilities)
    return tuple(Guess(tuple(row)) for row in probabilities.tolist())


def accuracy(probabilities: np.ndarray, labels: np.ndarray) -> Proportion:
    """Share of the n images whose likeliest digit is the label.

    Raises InvalidInput, InvalidInput or InvalidInput.
    """
    _check_pair(probabilities, labels)
    return Proportion(float(np.mean(probabilities.argmax(1) == labels)), len(labels))


def confusion(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How often label i (row) was taken for digit j (column): int64 (10, 10).

    Raises InvalidInput, InvalidInput or InvalidInput.
    """
    _check_pair(probabilities, labels)
    pairs = labels.astype(np.int64) * DIGITS + probabilities.argmax(1)
    return np.bincount(pairs, minlength=DIGITS * DIGITS).reshape(DIGITS, DIGITS)


def failure_level(levels: Sequence[float], right: Sequence[bool]) -> float | None:
    """The lowest level from which the guess is wrong there and at every higher level; None where it never fails.

    A guess that is wrong at a low level and right again at a higher one has not failed there.
    """
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
    corrupt: Callable[[np.ndarray, float], np.ndarray],
    denoise: Callable[[np.ndarray], np.ndarray],
    classifiers: Mapping[str, Callable[[np.ndarray], np.ndarray]],
    psnr: Callable[[np.ndarray, np.ndarray], np.ndarray],
    about: Mapping[str, object],
    watch: Callable[[float], None] = lambda share: None,
) -> dict[str, NoiseCurve]:
    """One curve a classifier: the images are corrupted and denoised once a level, then judged by each.

    Args:
        images, labels: float32 (n, 28, 28, 1) in [0, 1] and digits (n,).
        levels: rising, in [0, 1].
        corrupt: images and a level to noisy images.
        denoise: noisy images to cleaner ones.
        classifiers: by model name, images to probabilities (n, 10).
        psnr: images and their references to dB (n,).
        about: the curve's `denoiser`, `kind` and `seed`.
        watch: told the share that is done, in (0, 1].
    """
    counts = np.bincount(labels, minlength=DIGITS)
    correct: dict[str, list[tuple[int, ...]]] = {name: [] for name in classifiers}
    ratios: list[float | None] = []
    for number, level in enumerate(levels, start=1):
        cleaned = denoise(corrupt(images, level))
        mean = float(psnr(cleaned, images).mean())
        ratios.append(mean if np.isfinite(mean) else None)
        for name, classify in classifiers.items():
            probabilities = classify(cleaned)
            _check_pair(probabilities, labels)
            right = labels[probabilities.argmax(1) == labels]
            correct[name].append(tuple(np.bincount(right, minlength=DIGITS).tolist()))
        watch(number / len(levels))
    return {
        name: NoiseCurve(
            **about,
            classifier=name,
            levels=tuple(levels),
            correct=tuple(rows),
            counts=tuple(counts.tolist()),
            psnr=tuple(ratios),
        )
        for name, rows in correct.items()
    }


def _check_pair(probabilities: np.ndarray, labels: np.ndarray) -> None:
    if labels.ndim != 1 or len(probabilities) != len(labels) or not len(labels):
        raise InvalidInput(
            "Probabilities and labels do not belong together",
            expected="(n, 10) and (n,) with the same n, not 0",
            found=f"{probabilities.shape} and {labels.shape}",
            remedy="Pass the labels of the very images that were classified.",
        )
    _check(probabilities)
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= DIGITS:
        raise InvalidInput(
            "These labels are no digits",
            expected="whole numbers from 0 to 9",
            found=f"{labels.dtype} from {labels.min()} to {labels.max()}",
        )


def _check(probabilities: np.ndarray) -> None:
    if probabilities.ndim != 2 or probabilities.shape[1] != DIGITS or not np.isfinite(probabilities).all():
        numbers = "finite" if np.isfinite(probabilities).all() else "NaN or infinite"
        raise InvalidInput(
            "These are no probabilities of the ten digits",
            expected="finite numbers of shape (n, 10)",
            found=f"{numbers} numbers of shape {probabilities.shape}",
            remedy="A network whose weights are no longer numbers has to be trained again.",
        )
