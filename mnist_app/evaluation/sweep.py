"""The weight-decay sweep: which trainings it consists of, its replicates as points, and what the sources report."""

import itertools
import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from mnist_app import InvalidInput, recipes
from mnist_app.evaluation.results import MNIST, History, Validation
from mnist_app.recipes import Recipe
from mnist_app.recipes.fields import shown

KEY = "mlp-500-300"  # the recipe that is trained with each factor
MOST_FACTORS, MOST_SEEDS, MOST_EPOCHS = 12, 10, 500
HINTON = 0.9847  # the test accuracy that Hinton claimed for this network, without describing its training
FACTOR_SETS = {
    "A": (1e-6, 1e-5, 1e-4, 5e-4, 1e-3),
    "B": (1e-6, 2.5075e-4, 5.005e-4, 7.5025e-4, 1e-3),  # evenly spaced
    "C": (1e-6, 1e-5, 5e-5, 1e-4, 1e-3),
}
"""The factors of each source. The recipes' names depend on them."""
STATISTICS = {"Final": lambda values: values[-1], "Maximum": max, "Mean": statistics.fmean}
"""What a replicate's validation accuracy over its epochs is reduced to; source C drew all three."""

_DIGITS = 12  # significant ones of a factor: however it was computed, it gives one recipe
# No zeros at the front: 0,0005 with a decimal comma is not to be read as the two factors 0 and 5.
_NUMBER = re.compile(r"[+-]?((0|[1-9]\d*)(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Reported:
    """A source's test accuracy, where it says at which factor, and its standard deviation over three replicates."""

    source: str
    factor: float | None
    accuracy: float
    sd: float | None = None


_B = ((0.98177, 0.00034), (0.98190, 0.00080), (0.98087, 0.00158), (0.98153, 0.00029), (0.98013, 0.00113))
REPORTED = (
    Reported("A", 1e-4, 0.9819),
    *(Reported("B", factor, *figures) for factor, figures in zip(FACTOR_SETS["B"], _B, strict=True)),
    Reported("C", None, 0.9833),
)
"""A: its best factor. B: mean and standard deviation of each. C: its best single run, at a factor left open."""


class Order(msgspec.Struct, frozen=True):
    """A sweep: each L2 factor, from 0 to 1, is trained with each seed; both are kept in rising order.

    Factors are rounded to twelve significant digits. Raises InvalidInput.
    """

    factors: tuple[float, ...]
    seeds: tuple[int, ...] = (0, 1, 2)
    epochs: int = 40
    validation: Validation = "test"

    def __post_init__(self):
        rounded = (float(f"{factor:.{_DIGITS}g}") + 0.0 for factor in self.factors)  # + 0.0 makes -0.0, too, 0.0
        msgspec.structs.force_setattr(self, "factors", _sorted("factor", rounded, most=MOST_FACTORS, highest=1))
        msgspec.structs.force_setattr(self, "seeds", _sorted("seed", self.seeds, most=MOST_SEEDS, highest=2**31 - 1))
        _check("number of epochs", self.epochs, 1, MOST_EPOCHS)

    def recipes(self) -> list[Recipe]:
        """One recipe a factor, in the order of `factors`."""
        training = {"epochs": self.epochs, "validation": self.validation}
        plain = recipes.get(KEY).changed(dtype_policy="float32", jit_compile=False, **training)
        return [plain.changed(l2=factor) for factor in self.factors]


class Replicate(Protocol):
    """One training of a sweep, as `store.replicates.list` gives it. The name is different for every replicate."""

    recipe: Recipe
    seed: int
    history: History

    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class Point:
    """One factor's replicates: seeds, names and values (one of STATISTICS of the validation accuracy) in one order."""

    factor: float
    seeds: tuple[int, ...]
    values: tuple[float, ...]
    names: tuple[str, ...]

    @property
    def n(self) -> int:
        return len(self.values)

    @property
    def mean(self) -> float | None:
        return statistics.fmean(self.values) if self.values else None

    @property
    def sd(self) -> float | None:
        """Standard deviation over the replicates, with n − 1; None of fewer than two."""
        return statistics.stdev(self.values) if self.n > 1 else None

    @property
    def spread(self) -> str:
        """Mean and standard deviation in words; of one replicate only the mean."""
        return f"{self.mean:.2%}" + (f" ± {100 * self.sd:.2f} pp" if self.n > 1 else "")


def parse_factors(text: str) -> tuple[float, ...]:
    """Factors written as "1e-6 1e-5; 5e-4, .01", sorted. Raises InvalidInput."""
    parts = re.split(r"[\s,;]+", text.strip(" \t\r\n,;"))
    for part in parts:
        if not _NUMBER.fullmatch(part):
            found = shown(part) if part else "nothing"
            raise InvalidInput("These are no factors", expected="numbers as in 1e-6 1e-5 0.0005", found=found)
    return Order(tuple(float(part) for part in parts)).factors


def as_text(factor: float) -> str:
    """A factor as people write it: "0", "1e-6", "2.5075e-4", "0.01"."""
    if factor == 0 or factor >= 0.01:
        return f"{factor:.{_DIGITS}g}"
    mantissa, _, exponent = f"{factor:.{_DIGITS - 1}e}".partition("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


def points(order: Order, replicates: Iterable[Replicate], *, statistic: str = "Final") -> tuple[Point, ...]:
    """One point a factor, perhaps empty, of the replicates with the order's epochs, validation data and seeds."""
    return points_of(order.recipes(), replicates, statistic=statistic, seeds=order.seeds)


def points_of(
    recipes: Iterable[Recipe], replicates: Iterable[Replicate], *, statistic: str, seeds: Sequence[int]
) -> tuple[Point, ...]:
    """One point a recipe, of its replicates with these seeds."""
    trained = _by_recipe(replicates)
    found = []
    for recipe in recipes:
        counted = [each for seed in seeds if (each := trained.get((recipe.fingerprint, seed)))]
        accuracies = [[epoch.val_accuracy for epoch in each.history.epochs] for each in counted]
        values = tuple(map(STATISTICS[statistic], accuracies))
        names = tuple(each.name for each in counted)
        found.append(Point(recipe.options["l2"], tuple(each.seed for each in counted), values, names))
    return tuple(found)


def missing(order: Order, replicates: Iterable[Replicate]) -> list[tuple[Recipe, int]]:
    """The trainings of the order, recipe and seed, that are not among the replicates: all factors of a seed first."""
    trained = _by_recipe(replicates)
    ordered = [(recipe, recipe.fingerprint) for recipe in order.recipes()]
    return [(recipe, seed) for seed in order.seeds for recipe, name in ordered if (name, seed) not in trained]


def columns(points: Sequence[Point]) -> dict[str, list]:
    """What a table shows, by heading: accuracies in percent, one column a seed, None where there is no value."""
    values = [dict(zip(point.seeds, point.values, strict=True)) for point in points]
    seeds = sorted({seed for of_factor in values for seed in of_factor})
    return {
        "L2 factor": [as_text(point.factor) for point in points],
        **spread_columns(points),
        **{f"Seed {seed}": [percent(of_factor.get(seed)) for of_factor in values] for seed in seeds},
    }


def spread_columns(points: Sequence[Point]) -> dict[str, list]:
    """n, mean and standard deviation, in percent."""
    return {
        "n": [point.n for point in points],
        "Mean": [percent(point.mean) for point in points],
        "SD": [percent(point.sd) for point in points],
    }


def table_csv(points: Sequence[Point], *, epochs: int, validation: str, statistic: str, data: str = MNIST) -> str:
    """One line a replicate, with its factor's n, mean and standard deviation; accuracies are fractions."""
    import pandas

    settings = {"epochs": epochs, "validated_on": validation, "statistic": statistic.lower()}
    rows = [
        {"l2": point.factor, "seed": seed, **settings, "accuracy": value}
        | {"n": point.n, "mean": point.mean, "standard_deviation": point.sd, "data": data}
        for point in points
        for seed, value in zip(point.seeds, point.values, strict=True)
    ]
    return pandas.DataFrame(rows).to_csv(index=False, lineterminator="\n")


def percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _by_recipe(replicates: Iterable[Replicate]) -> dict[tuple[str, int], Replicate]:
    """By fingerprint, in which titles do not count, and seed. A training that was cut short is left out."""
    whole = [each for each in replicates if len(each.history.epochs) == each.recipe.epochs]
    return {(each.recipe.fingerprint, each.seed): each for each in reversed(whole)}  # the first one counts


def _sorted(name: str, values: Iterable[float], *, most: int, highest: float) -> tuple:
    ordered = tuple(sorted(values))
    _check(f"number of {name}s", len(ordered), 1, most)
    for value in ordered:
        _check(name, value, 0, highest)
    for value, following in itertools.pairwise(ordered):
        if value == following:
            raise InvalidInput(f"A sweep has a {name} twice", expected="different ones", found=f"{value:g}")
    return ordered


def _check(name: str, value: float, lowest: int, highest: int) -> None:
    if not lowest <= value <= highest:
        expected = f"{lowest} to {highest}"
        raise InvalidInput(f"A sweep has an impossible {name}", expected=expected, found=shown(value))
