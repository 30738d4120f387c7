"""What training and evaluation give, as frozen data: histories, proportions with their intervals."""

import math
from dataclasses import dataclass, fields

from mnist_app import ExplorerError

Z95 = 1.959963984540054
VALIDATIONS = ("test", "held-out")


class InvalidResult(ExplorerError, ValueError):
    """A figure that cannot be a result: NaN, infinite, or outside its range."""


@dataclass(frozen=True)
class Proportion:
    """A share of `n` cases, with Wilson's 95 % interval (E. B. Wilson, 1927): what n cases can and cannot tell."""

    value: float
    n: int

    def __post_init__(self):
        if not _is_number(self.value) or not 0 <= self.value <= 1:
            raise InvalidResult("This is no proportion", expected="0 to 1", found=repr(self.value))
        if not _is_whole(self.n):
            raise InvalidResult("This is no number of cases", expected="a whole number from 1", found=repr(self.n))

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper end, within [0, 1]."""
        square = Z95**2 / self.n
        middle = (self.value + square / 2) / (1 + square)
        half = Z95 / (1 + square) * math.sqrt(self.value * (1 - self.value) / self.n + square / (4 * self.n))
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True)
class Epoch:
    """One pass over the training images. Training figures are means over the pass, with dropout at work."""

    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    seconds: float

    def __post_init__(self):
        _check_numbers(self)


@dataclass(frozen=True)
class Batches:
    """Mean loss and accuracy over the batches up to `batch` (counted from the start of training) since the last."""

    batch: int
    loss: float
    accuracy: float

    def __post_init__(self):
        if not _is_whole(self.batch):
            raise InvalidResult("This is no batch", expected="a whole number from 1", found=repr(self.batch))
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
        """Raises KeyError, TypeError or ValueError (InvalidResult among them) when the columns are not a history's."""
        epochs, batches = _rows(plain["epochs"], Epoch), _rows(plain["batches"], Batches)
        if plain["validation"] not in VALIDATIONS:
            raise InvalidResult(
                "Unknown validation", expected=" or ".join(VALIDATIONS), found=repr(plain["validation"])
            )
        return cls(epochs, batches, plain["validation"])


def _columns(rows: tuple, kind: type) -> dict[str, list]:
    return {column.name: [getattr(row, column.name) for row in rows] for column in fields(kind)}


def _rows(columns: dict[str, list], kind: type) -> tuple:
    return tuple(kind(*values) for values in zip(*(columns[column.name] for column in fields(kind)), strict=True))


def _check_numbers(row: Epoch | Batches) -> None:
    for column in fields(row):
        value = getattr(row, column.name)
        if not _is_number(value):
            raise InvalidResult(
                f"This is no {column.name.replace('_', ' ')}", expected="a finite number", found=repr(value)
            )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
