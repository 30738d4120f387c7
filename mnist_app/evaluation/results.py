"""What training and evaluation give, as frozen data: histories, proportions with their intervals."""

import itertools
import math
from dataclasses import dataclass, fields

from mnist_app import InvalidInput

Z95 = 1.959963984540054
VALIDATIONS = ("test", "held-out")
MNIST, GENERATED = "MNIST", "generated digits"
"""The names of the data that something was trained on, or measured with; the two are never mixed."""


@dataclass(frozen=True)
class Proportion:
    """A share of `n` cases, with Wilson's 95 % interval (E. B. Wilson, 1927): what n cases can and cannot tell."""

    value: float
    n: int

    def __post_init__(self):
        if not _is_number(self.value) or not 0 <= self.value <= 1:
            raise InvalidInput("This is no proportion", expected="0 to 1", found=repr(self.value))
        if not _is_whole(self.n):
            raise InvalidInput("This is no number of cases", expected="a whole number from 1", found=repr(self.n))

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper end, within [0, 1]."""
        square = Z95**2 / self.n
        middle = (self.value + square / 2) / (1 + square)
        half = Z95 / (1 + square) * math.sqrt(self.value * (1 - self.value) / self.n + square / (4 * self.n))
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True)
class Epoch:
    """One pass over the training images. Training figures are means over the pass, with dropout at work.

    Accuracies are None for a network that does not classify.
    """

    loss: float
    accuracy: float | None
    val_loss: float
    val_accuracy: float | None
    seconds: float

    def __post_init__(self):
        _check_numbers(self)


@dataclass(frozen=True)
class Batches:
    """Mean loss and accuracy over the batches up to `batch` (counted from the start of training) since the last."""

    batch: int
    loss: float
    accuracy: float | None

    def __post_init__(self):
        if not _is_whole(self.batch):
            raise InvalidInput("This is no batch", expected="a whole number from 1", found=repr(self.batch))
        _check_numbers(self)


@dataclass(frozen=True)
class History:
    """A training's curves, per epoch and per 100th batch.

    `validation` names the images that val_loss and val_accuracy were measured on: "test" where, as in the sources,
    they were the 10,000 test images, "held-out" where they were training images kept aside.
    """

    epochs: tuple[Epoch, ...]
    batches: tuple[Batches, ...]
    validation: str = "test"

    def to_json(self) -> dict[str, object]:
        """Columns rather than rows: shorter, and what a plot wants."""
        return {
            "validation": self.validation,
            "epochs": _columns(self.epochs, Epoch),
            "batches": _columns(self.batches, Batches),
        }

    @classmethod
    def from_json(cls, plain: dict[str, object]) -> "History":
        """Raises KeyError, TypeError or ValueError (InvalidInput among them) when the columns are not a history's."""
        epochs, batches = _rows(plain["epochs"], Epoch), _rows(plain["batches"], Batches)
        if plain["validation"] not in VALIDATIONS:
            raise InvalidInput("Unknown validation", expected=" or ".join(VALIDATIONS), found=repr(plain["validation"]))
        return cls(epochs, batches, plain["validation"])


@dataclass(frozen=True)
class NoiseCurve:
    """How well noisy test images are classified after a denoiser, level by level.

    Attributes:
        denoiser: its key; "none" where the noisy images themselves were classified.
        classifier: name of the model that judged.
        kind, seed: of the noise.
        levels: noise levels in [0, 1], rising.
        correct: for each level, for each digit 0 to 9, how many of its images were classified correctly.
        counts: images of each digit.
        psnr: for each level the mean over the images of the peak signal-to-noise ratio to the clean image, in dB; None
            where it is infinite.
        files: SHA-256 of the served files that the curve was computed with, by role.
        data: name of the data whose test images these are.
    """

    denoiser: str
    classifier: str
    kind: str
    seed: int
    levels: tuple[float, ...]
    correct: tuple[tuple[int, ...], ...]
    counts: tuple[int, ...]
    psnr: tuple[float | None, ...]
    files: tuple[tuple[str, str], ...] = ()
    data: str = MNIST

    def __post_init__(self):
        per_level = len(self.levels) == len(self.correct) == len(self.psnr)
        rows = [self.counts, *self.correct]
        whole = all(isinstance(count, int) and count >= 0 for row in rows for count in row)
        fitting = whole and all(len(row) == 10 for row in rows)
        if not (per_level and fitting and all(_is_number(level) and 0 <= level <= 1 for level in self.levels)):
            raise InvalidInput("This is no noise curve", expected="ten counts a level", found=f"{self.levels!r:.60}")
        rising = bool(self.levels) and all(low < high for low, high in itertools.pairwise(self.levels))
        ratios = all(ratio is None or _is_number(ratio) for ratio in self.psnr)
        if not (rising and ratios and sum(self.counts) and all(isinstance(text, str) for _, text in self.files)):
            raise InvalidInput("This is no noise curve", expected="rising levels, images, numbers", found="others")
        if any(right > count for row in self.correct for right, count in zip(row, self.counts, strict=True)):
            raise InvalidInput("This is no noise curve", expected="at most all images correct", found="more")
        check_data(self.data)

    @property
    def accuracies(self) -> tuple[Proportion, ...]:
        """The share of all images that is classified correctly, at each level."""
        n = sum(self.counts)
        return tuple(Proportion(sum(row) / n, n) for row in self.correct)

    def of_digit(self, digit: int) -> tuple[Proportion, ...]:
        """The share of that digit's images that is classified correctly, at each level."""
        n = self.counts[digit]
        return tuple(Proportion(row[digit] / n, n) for row in self.correct)

    def mean(self, *, below: float = 1.0) -> float:
        """The mean accuracy over the levels below `below`."""
        chosen = [p.value for level, p in zip(self.levels, self.accuracies, strict=True) if level < below]
        return sum(chosen) / len(chosen)

    def to_json(self) -> dict[str, object]:
        """Plain JSON values; `from_json` gives the curve back."""
        return {column.name: getattr(self, column.name) for column in fields(self)} | {"files": dict(self.files)}

    @classmethod
    def from_json(cls, plain: dict[str, object]) -> "NoiseCurve":
        """Raises KeyError, TypeError, AttributeError or ValueError when this is no curve."""
        return cls(
            denoiser=str(plain["denoiser"]),
            classifier=str(plain["classifier"]),
            kind=str(plain["kind"]),
            seed=int(plain["seed"]),
            levels=tuple(plain["levels"]),
            correct=tuple(tuple(row) for row in plain["correct"]),
            counts=tuple(plain["counts"]),
            psnr=tuple(plain["psnr"]),
            files=tuple(sorted(plain["files"].items())),
            data=plain.get("data", MNIST),  # the curves that came first do not say it
        )


def check_data(name: object) -> str:
    """The name of the data, MNIST or GENERATED. Raises InvalidInput for any other."""
    if name not in (MNIST, GENERATED):
        raise InvalidInput("Unknown data", expected=f"{MNIST} or {GENERATED}", found=f"{name!r:.60}")
    return name


def _columns(rows: tuple, kind: type) -> dict[str, list]:
    return {column.name: [getattr(row, column.name) for row in rows] for column in fields(kind)}


def _rows(columns: dict[str, list], kind: type) -> tuple:
    return tuple(kind(*values) for values in zip(*(columns[column.name] for column in fields(kind)), strict=True))


def _check_numbers(row: Epoch | Batches) -> None:
    for column in fields(row):
        value = getattr(row, column.name)
        if value is None and "accuracy" in column.name:
            continue
        if not _is_number(value):
            raise InvalidInput(
                f"This is no {column.name.replace('_', ' ')}", expected="a finite number", found=repr(value)
            )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
