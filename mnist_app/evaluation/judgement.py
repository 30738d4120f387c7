"""What is known of a classifier besides its accuracy: when it should refuse, and what its probabilities are worth.

A judgement is computed once for the very weights that are served, and then stored; answering with it is cheap. The
networks and the images are handed in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from mnist_app.evaluation import Guess, calibration, novelty
from mnist_app.evaluation.calibration import Calibration
from mnist_app.evaluation.results import Proportion

REFUSED = 0.01
"""The largest share of test images that may be refused."""
SURE = 0.99
"""A guess of this probability or more is a sure one."""
SAMPLE = 20_000
"""Training images that the score is fitted on, at most."""

Ask = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Images float32 (n, 28, 28, 1) to probabilities (n, 10) and features (n, k)."""


@dataclass(frozen=True)
class Refusal:
    """Of n images of a kind: how many the score refuses, and how many get a sure guess, by softmax alone and now.

    `sure_now` counts those that are not refused and whose tempered probability is still `SURE`.
    """

    kind: str
    n: int
    refused: int
    sure_before: int
    sure_now: int

    @property
    def share(self) -> Proportion:
        """Of those that are refused."""
        return Proportion(self.refused / self.n, self.n)


@dataclass(frozen=True)
class Verdict:
    """What a judged network says of one image: its tempered guess, and whether that counts."""

    guess: Guess
    score: float
    threshold: float

    @property
    def refused(self) -> bool:
        return self.score > self.threshold


@dataclass(frozen=True, eq=False)
class Judgement:
    """The judgement of one stored model.

    Attributes:
        model: its name.
        checksum: SHA-256 of the served file that was judged.
        reference, threshold: of the score; higher scores are refused.
        calibration: on the test images.
        refusals: of the test images, kind "test", then of what the project draws itself.
        seed: of those drawings, the sample and the halves.
        data: name of the data that training and test images are of.
        finished: when, UTC, ISO 8601.
    """

    model: str
    checksum: str
    reference: novelty.Reference
    threshold: float
    calibration: Calibration
    refusals: tuple[Refusal, ...]
    seed: int
    data: str
    finished: str

    def verdicts(self, probabilities: np.ndarray, features: np.ndarray, images: np.ndarray) -> tuple[Verdict, ...]:
        """A verdict for each image float32 (n, 28, 28, 1), of which the network gave these two."""
        scores = self.reference.scores(features, images).tolist()
        return tuple(
            Verdict(guess, score, self.threshold)
            for guess, score in zip(self.guesses(probabilities), scores, strict=True)
        )

    def guesses(self, probabilities: np.ndarray) -> tuple[Guess, ...]:
        """Tempered guesses from the network's probabilities (n, 10)."""
        return tuple(Guess(tuple(row)) for row in calibration.temper(probabilities, self.temperature).tolist())

    @property
    def temperature(self) -> float:
        return self.calibration.temperature


def judge(
    ask: Ask,
    *,
    training: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
    drawings: Mapping[str, np.ndarray],
    about: Mapping[str, str],
    seed: int,
    watch: Callable[[float], None] = lambda share: None,
) -> Judgement:
    """Fit the score on training images, set its threshold and the temperature by test images, and measure both.

    Args:
        ask: the network.
        training: images float32 (n, 28, 28, 1) in [0, 1] and labels (n,).
        test: the same; they set the threshold, so that at most `REFUSED` of them are refused.
        drawings: images of each kind that is to be refused, or compared with.
        about: the judgement's `model`, `checksum`, `data` and `finished`.
        seed: as in `Judgement`.
        watch: told the share that is done, in (0, 1].

    Raises InvalidInput or InvalidInput.
    """
    total = len(training[0]) + len(test[0]) + sum(map(len, drawings.values()))
    done = 0

    def answers(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        nonlocal done
        probabilities, features = [], []
        for start in range(0, len(images), 1000):
            part = ask(images[start : start + 1000])
            probabilities.append(part[0])
            features.append(part[1])
            done += len(part[0])
            watch(done / total)
        return np.concatenate(probabilities), np.concatenate(features)

    reference = novelty.fit(answers(training[0])[1], *training)
    probabilities, features = answers(test[0])
    scores = reference.scores(features, test[0])
    threshold = novelty.threshold(scores, refused=REFUSED)
    found = calibration.cross_fit(probabilities, test[1], seed=seed)
    temperature = found.temperature
    refusals = [_refusal("test", probabilities, scores, threshold, temperature)]
    for kind, images in drawings.items():
        probabilities, features = answers(images)
        scores = reference.scores(features, images)
        refusals.append(_refusal(kind, probabilities, scores, threshold, temperature))
    return Judgement(
        **about,
        reference=reference,
        threshold=threshold,
        calibration=found,
        refusals=tuple(refusals),
        seed=seed,
    )


def _refusal(kind: str, probabilities: np.ndarray, scores: np.ndarray, threshold: float, temperature: float) -> Refusal:
    refused = scores > threshold
    before = probabilities.max(axis=1) >= SURE
    now = (calibration.temper(probabilities, temperature).max(axis=1) >= SURE) & ~refused
    return Refusal(kind, len(scores), int(refused.sum()), int(before.sum()), int(now.sum()))
