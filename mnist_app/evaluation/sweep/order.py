"""A sweep that is asked for: its factors, seeds, epochs and validation data, checked, as recipes and as JSON."""

import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from mnist_app import InvalidInput, recipes
from mnist_app.evaluation.results import VALIDATIONS
from mnist_app.recipes import Recipe
from mnist_app.recipes.fields import shown

KEY = "mlp-500-300"
"""The recipe that is trained with each factor."""
MOST_FACTORS, MOST_SEEDS, MOST_EPOCHS = 12, 10, 500

_DIGITS = 12  # significant ones of a factor: however it was computed, it gives one recipe
# No zeros at the front: 0,0005 with a decimal comma is not to be read as the two factors 0 and 5.
_NUMBER = re.compile(r"[+-]?((0|[1-9]\d*)(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Order:
    """A sweep: each factor is trained with each seed. Factors and seeds are kept in rising order.

    Attributes:
        factors: 1 to 12 different L2 factors from 0 to 1, rounded to twelve significant digits.
        seeds: 1 to 10 different seeds, one a replicate.
        epochs: 1 to 500.
        validation: "test" or "held-out", the images that each epoch is judged on.

    Raises InvalidInput.
    """

    factors: tuple[float, ...]
    seeds: tuple[int, ...] = (0, 1, 2)
    epochs: int = 40
    validation: str = "test"

    def __post_init__(self):
        object.__setattr__(self, "factors", _different("factor", self.factors, _factor, MOST_FACTORS))
        object.__setattr__(self, "seeds", _different("seed", self.seeds, _seed, MOST_SEEDS))
        if type(self.epochs) is not int or not 1 <= self.epochs <= MOST_EPOCHS:
            raise InvalidInput(
                "A sweep has an impossible number of epochs",
                expected=f"a whole number from 1 to {MOST_EPOCHS}",
                found=shown(self.epochs),
            )
        if self.validation not in VALIDATIONS:
            raise InvalidInput(
                "A sweep has unknown validation data",
                expected=" or ".join(VALIDATIONS),
                found=shown(self.validation),
            )

    def recipes(self) -> list[Recipe]:
        """One recipe a factor, in the order of `factors`."""
        how = {"epochs": self.epochs, "validation": self.validation, "dtype_policy": "float32", "jit_compile": False}
        return [recipes.get(KEY).changed(l2=factor, **how) for factor in self.factors]

    def to_json(self) -> dict[str, object]:
        """Plain JSON values; `from_json` gives the order back."""
        return asdict(self) | {"factors": list(self.factors), "seeds": list(self.seeds)}

    @classmethod
    def from_json(cls, plain: Mapping[str, object]) -> "Order":
        """The order that `to_json` gave. Raises InvalidInput when the values are no order's."""
        try:
            return cls(tuple(plain["factors"]), tuple(plain["seeds"]), plain["epochs"], plain["validation"])
        except (KeyError, TypeError) as error:
            raise InvalidInput("This is no sweep", found=shown(plain)) from error


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


def _different(what: str, given: object, read: Callable[[object], float], most: int) -> tuple:
    """The values, read and sorted. Raises InvalidInput for none, too many, an impossible or a repeated one."""
    values = sorted(read(value) for value in given) if isinstance(given, list | tuple) else []
    if not 1 <= len(values) <= most:
        raise InvalidInput(
            f"A sweep has an impossible number of {what}s", expected=f"1 to {most}", found=f"{len(values)}"
        )
    for one, other in itertools.pairwise(values):
        if one == other:
            raise InvalidInput(f"A sweep has a {what} twice", expected="different ones", found=f"{one:g} and {other:g}")
    return tuple(values)


def _factor(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise InvalidInput("A sweep has an impossible factor", expected="a number from 0 to 1", found=shown(value))
    return float(f"{value:.{_DIGITS}g}") + 0.0  # not -0.0, which would be another recipe


def _seed(value: object) -> int:
    try:
        return recipes.check_seed(value)
    except InvalidInput as error:
        raise InvalidInput("A sweep has an impossible seed", expected=error.expected, found=error.found) from error
