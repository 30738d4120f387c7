"""A sweep that is asked for: factors, seeds, epochs and validation data, and the recipes that they make."""

import itertools
import re

import msgspec

from mnist_app import InvalidInput, recipes
from mnist_app.evaluation.results import Validation
from mnist_app.recipes import Recipe
from mnist_app.recipes.fields import shown

KEY = "mlp-500-300"
"""The recipe that is trained with each factor."""
MOST_FACTORS, MOST_SEEDS, MOST_EPOCHS = 12, 10, 500

_DIGITS = 12  # significant ones of a factor: however it was computed, it gives one recipe
# No zeros at the front: 0,0005 with a decimal comma is not to be read as the two factors 0 and 5.
_NUMBER = re.compile(r"[+-]?((0|[1-9]\d*)(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)


class Order(msgspec.Struct, frozen=True):
    """A sweep: each factor is trained with each seed. Factors and seeds are kept in rising order.

    Attributes:
        factors: 1 to 12 different L2 factors from 0 to 1, rounded to twelve significant digits.
        seeds: 1 to 10 different seeds, one a replicate.
        epochs: 1 to 500.
        validation: the images that each epoch is validated on.

    Raises InvalidInput.
    """

    factors: tuple[float, ...]
    seeds: tuple[int, ...] = (0, 1, 2)
    epochs: int = 40
    validation: Validation = "test"

    def __post_init__(self):
        rounded = (float(f"{factor:.{_DIGITS}g}") + 0.0 for factor in self.factors)  # + 0.0 makes -0.0, too, 0.0
        msgspec.structs.force_setattr(self, "factors", _sorted("factor", rounded, most=MOST_FACTORS, highest=1))
        msgspec.structs.force_setattr(self, "seeds", _sorted("seed", self.seeds, most=MOST_SEEDS, highest=2**31 - 1))
        if not 1 <= self.epochs <= MOST_EPOCHS:
            raise InvalidInput(
                "A sweep has an impossible number of epochs", expected=f"1 to {MOST_EPOCHS}", found=shown(self.epochs)
            )

    def recipes(self) -> list[Recipe]:
        """One recipe a factor, in the order of `factors`."""
        training = {
            "epochs": self.epochs,
            "validation": self.validation,
            "dtype_policy": "float32",
            "jit_compile": False,
        }
        return [recipes.get(KEY).changed(l2=factor, **training) for factor in self.factors]


def parse_factors(text: str) -> tuple[float, ...]:
    """Factors written as "1e-6 1e-5, 5e-4": with points for decimals, apart by spaces, commas or semicolons.

    They are sorted. Raises InvalidInput.
    """
    parts = re.split(r"[\s,;]+", text.strip(" \t\r\n,;"))
    for part in parts:
        if not _NUMBER.fullmatch(part):
            raise InvalidInput(
                "These are no factors",
                expected="numbers as in 1e-6 1e-5 0.0005",
                found=shown(part) if part else "nothing",
            )
    return Order(tuple(float(part) for part in parts)).factors


def as_text(factor: float) -> str:
    """A factor as people write it: "0", "1e-6", "2.5075e-4", "0.01"."""
    if factor == 0 or factor >= 0.01:
        return f"{factor:.{_DIGITS}g}"
    mantissa, _, exponent = f"{factor:.{_DIGITS - 1}e}".partition("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


def _sorted(name: str, values, *, most: int, highest: float) -> tuple:
    ordered = tuple(sorted(values))
    if not 1 <= len(ordered) <= most:
        raise InvalidInput(
            f"A sweep has an impossible number of {name}s", expected=f"1 to {most}", found=f"{len(ordered)}"
        )
    for value in ordered:
        if not 0 <= value <= highest:
            raise InvalidInput(f"A sweep has an impossible {name}", expected=f"0 to {highest}", found=shown(value))
    for value, following in itertools.pairwise(ordered):
        if value == following:
            raise InvalidInput(f"A sweep has a {name} twice", expected="different ones", found=f"{value:g}")
    return ordered
