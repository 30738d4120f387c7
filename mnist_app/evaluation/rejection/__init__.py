"""When a classifier should reject an image as out of distribution: a rule that is fitted once, then stored."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from mnist_app.evaluation import Guess, calibration, guesses
from mnist_app.evaluation.calibration import Calibration
from mnist_app.evaluation.rejection import distance
from mnist_app.evaluation.results import Proportion

MOST_REJECTED = 0.01  # of the test images, as a share
SURE = 0.99  # a guess of this probability or more is a sure one
SAMPLE = 20_000  # training images that the score is fitted to, at most


@dataclass(frozen=True)
class RejectionRate:
    """Of n images of a kind: how many are rejected, and how many get a sure guess.

    That is by softmax alone, and now: not rejected and still `SURE` at the temperature.
    """

    kind: str
    n: int
    rejected: int
    sure_before: int
    sure_now: int

    @property
    def share(self) -> Proportion:
        return Proportion(self.rejected / self.n, self.n)


@dataclass(frozen=True)
class Decision:
    """What a network with a rejection rule says of one image: its temperature-scaled guess, and whether that counts."""

    guess: Guess
    score: float
    threshold: float

    @property
    def rejected(self) -> bool:
        return self.score > self.threshold


@dataclass(frozen=True, eq=False)
class Rejection:
    """The rejection rule of one stored model.

    Attributes:
        checksum: SHA-256 of the served file that the rule was fitted to.
        reference, threshold: of the score; higher scores are rejected.
        rates: of the test images, kind "test", then of what the project draws itself.
        seed: of those drawings, the sample and the halves.
        finished: UTC, ISO 8601.
    """

    model: str
    checksum: str
    reference: distance.Reference
    threshold: float
    calibration: Calibration
    rates: tuple[RejectionRate, ...]
    seed: int
    data: str
    finished: str

    @property
    def temperature(self) -> float:
        return self.calibration.temperature

    def decide(self, probabilities: np.ndarray, features: np.ndarray, images: np.ndarray) -> tuple[Decision, ...]:
        """A decision for each image float32 (n, 28, 28, 1), of which the network gave these two."""
        scores = self.reference.scores(features, images).tolist()
        scaled = guesses(calibration.temperature_scale(probabilities, self.temperature))
        return tuple(Decision(guess, score, self.threshold) for guess, score in zip(scaled, scores, strict=True))


def fit(
    network: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    *,
    training: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
    drawings: Mapping[str, np.ndarray],
    metadata: Mapping[str, str],
    seed: int,
    on_progress: Callable[[float], None] = lambda share: None,
) -> Rejection:
    """Fit the score to training images, set its threshold and the temperature by test images, and measure both.

    Args:
        network: images float32 (n, 28, 28, 1) to probabilities (n, 10) and features (n, k).
        training, test: images float32 (n, 28, 28, 1) in [0, 1] and labels (n,), each digit at least twice.
        drawings: images of each kind that is to be rejected, or compared with.
        metadata: the rule's `model`, `checksum`, `data` and `finished`.
        on_progress: takes the share that is done, in (0, 1].
    """
    total = len(training[0]) + len(test[0]) + sum(map(len, drawings.values()))
    done = 0

    def run(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        nonlocal done
        parts = []
        for start in range(0, len(images), 1000):
            parts.append(network(images[start : start + 1000]))
            done += len(parts[-1][0])
            on_progress(done / total)
        probabilities, features = zip(*parts, strict=True)
        return np.concatenate(probabilities), np.concatenate(features)

    def rate(kind: str, probabilities: np.ndarray, scores: np.ndarray) -> RejectionRate:
        rejected, before = scores > threshold, probabilities.max(axis=1) >= SURE
        scaled = calibration.temperature_scale(probabilities, fitted.temperature)
        now = (scaled.max(axis=1) >= SURE) & ~rejected
        return RejectionRate(kind, len(scores), int(rejected.sum()), int(before.sum()), int(now.sum()))

    reference = distance.fit(run(training[0])[1], *training)
    probabilities, features = run(test[0])
    scores = reference.scores(features, test[0])
    threshold = float(np.quantile(scores, 1 - MOST_REJECTED, method="inverted_cdf"))
    fitted = calibration.cross_fit(probabilities, test[1], seed=seed)
    rates = [rate("test", probabilities, scores)]
    for kind, images in drawings.items():
        probabilities, features = run(images)
        rates.append(rate(kind, probabilities, reference.scores(features, images)))
    return Rejection(
        **metadata, reference=reference, threshold=threshold, calibration=fitted, rates=tuple(rates), seed=seed
    )
