"""What training and evaluation give, as frozen data: histories, proportions with their intervals."""

import math
from dataclasses import asdict, dataclass

Z95 = 1.959963984540054


@dataclass(frozen=True)
class Proportion:
    """A share of `n` cases, with Wilson's 95 % interval (E. B. Wilson, 1927): what n cases can and cannot tell."""

    value: float
    n: int

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


@dataclass(frozen=True)
class Batches:
    """Mean loss and accuracy over the batches up to `batch` (counted from the start of training) since the last."""

    batch: int
    loss: float
    accuracy: float


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
        """Raises KeyError, TypeError or ValueError when the columns are not a history's."""
        epochs, batches = _rows(plain["epochs"], Epoch), _rows(plain["batches"], Batches)
        return cls(epochs, batches, str(plain["validation"]))


def _columns(rows: tuple, kind: type) -> dict[str, list]:
    names = kind.__dataclass_fields__
    return {name: [asdict(row)[name] for row in rows] for name in names}


def _rows(columns: dict[str, list], kind: type) -> tuple:
    names = list(kind.__dataclass_fields__)
    return tuple(kind(*values) for values in zip(*(columns[name] for name in names), strict=True))
