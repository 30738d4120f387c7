"""What training and evaluation give, as frozen data. Each struct is its own file format, which msgspec checks."""

import math
from statistics import fmean
from typing import Annotated, Literal

from msgspec import Meta, Struct, field, structs

Z95 = 1.959963984540054
MNIST, GENERATED = "MNIST", "generated digits"
"""The names of the data that something was trained on, or measured with; the two are never mixed."""

DataName = Literal["MNIST", "generated digits"]
Validation = Literal["test", "held-out"]

_RECENT, _CLEARLY, _FAR = 3, 1.2, 1.5  # marks of up to 100 batches; factors between two losses

Count = Annotated[int, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(ge=0)]
_FromOne = Annotated[int, Meta(ge=1)]
PerDigit = Annotated[tuple[Count, ...], Meta(min_length=10, max_length=10)]


class Proportion(Struct, frozen=True):
    """A share of `n` cases, with Wilson's 95 % interval (E. B. Wilson, 1927): what n cases can and cannot tell."""

    value: Share = field(name="accuracy")  # what the shares in files are
    n: _FromOne

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper end, within [0, 1]."""
        square = Z95**2 / self.n
        middle = (self.value + square / 2) / (1 + square)
        half = Z95 / (1 + square) * math.sqrt(self.value * (1 - self.value) / self.n + square / (4 * self.n))
        return max(0.0, middle - half), min(1.0, middle + half)


class Epoch(Struct, frozen=True, array_like=True):
    """One pass over the training images. Training figures are means over the pass, with dropout at work.

    Accuracies are None for a network that does not classify.
    """

    loss: float
    accuracy: float | None
    val_loss: float
    val_accuracy: float | None
    seconds: float


class Batches(Struct, frozen=True, array_like=True):
    """Mean loss and accuracy over the batches up to `batch` (counted from the start of training) since the last."""

    batch: _FromOne
    loss: float
    accuracy: float | None


class History(Struct, frozen=True):
    """A training's curves, per epoch and per 100th batch.

    It was validated on the 10,000 test images, "test", as in the sources, or on training images that were "held-out".
    """

    epochs: tuple[Epoch, ...]
    batches: tuple[Batches, ...]
    validation: Validation = "test"

    def until(self, epoch: int, *, batch: int) -> "History":
        """What it was after that epoch, whose last batch has that number."""
        batches = tuple(mark for mark in self.batches if mark.batch <= batch)
        return structs.replace(self, epochs=self.epochs[:epoch], batches=batches)

    def loss_grew(self, *, untrained: float = math.inf) -> bool:
        """Whether the training loss rose above that of an untrained network, or far above what it had come down to."""
        losses = [mark.loss for mark in self.batches]
        means = [fmean(losses[at : at + _RECENT]) for at in range(max(len(losses) - _RECENT + 1, 1))] if losses else [0]
        # A small loss, as at the end of a training, may double by chance.
        rose = means[-1] > _FAR * min(means) and means[-1] > losses[0] / 2
        return rose or max(losses, default=0) > _CLEARLY * untrained


class Progress(Struct, frozen=True):
    """Where a training is; from the trainer over the job's file to the page and the command line.

    Attributes:
        epoch: the one that runs or has just ended, counted from 1.
        step: batches of this epoch that are done; all `steps` are done only after validation.
        seconds: training time so far, without waiting, including the parts before an interruption.
        seconds_left: training time that is expected to be left, where it was estimated.
    """

    epoch: _FromOne
    epochs: _FromOne
    step: _FromOne
    steps: _FromOne
    seconds: Seconds
    seconds_left: Seconds | None = None

    @property
    def fraction(self) -> float:
        """Share of the whole training that is done, in [0, 1]."""
        return min(1.0, ((self.epoch - 1) * self.steps + self.step) / (self.epochs * self.steps))

    @property
    def epoch_ended(self) -> bool:
        """Whether the epoch was validated and, where there is a backup, its state saved."""
        return self.step == self.steps


class NoiseCurve(Struct, frozen=True):
    """How well noisy test images are classified after a denoiser, level by level.

    Attributes:
        denoiser: its key; "none" where the noisy images themselves were classified.
        classifier: name of the model that classified.
        kind, seed: of the noise, whose `levels` rise.
        correct: for each level, for each digit 0 to 9, how many of its images were classified correctly.
        counts: images of each digit.
        psnr: for each level the mean peak signal-to-noise ratio to the clean image, in dB; None where it is infinite.
        files: SHA-256 of the served files that the curve was computed with, by role.
    """

    denoiser: str
    classifier: str
    kind: str
    seed: int
    levels: tuple[Share, ...]
    correct: tuple[PerDigit, ...]
    counts: PerDigit
    psnr: tuple[float | None, ...]
    files: dict[str, str] = {}
    data: DataName = MNIST

    def __post_init__(self):
        if not len(self.levels) == len(self.correct) == len(self.psnr):
            raise ValueError("levels, correct and psnr differ in length")

    @property
    def accuracies(self) -> tuple[Proportion, ...]:
        """The share of all images that is classified correctly, at each level."""
        n = sum(self.counts)
        return tuple(Proportion(sum(row) / n, n) for row in self.correct)

    def of_digit(self, digit: int) -> tuple[Proportion, ...]:
        """The share of that digit's images that is classified correctly, at each level."""
        n = self.counts[digit]
        return tuple(Proportion(row[digit] / n, n) for row in self.correct)
