"""The replicates of each factor as points, with mean and scatter, as a table and as CSV; and which are missing."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from mnist_app.evaluation.results import MNIST, History
from mnist_app.evaluation.sweep.order import Order, as_text
from mnist_app.recipes import Recipe

STATISTICS = ("Final", "Maximum", "Mean")
"""What a replicate's validation accuracy over its epochs is reduced to; source C drew all three."""

_REDUCERS = dict(zip(STATISTICS, (lambda values: values[-1], max, statistics.fmean), strict=True))


class Replicate(Protocol):
    """One training of a sweep, as `store.replicates.list` gives it."""

    recipe: Recipe
    seed: int
    history: History

    @property
    def name(self) -> str:
        """Different for every replicate."""


@dataclass(frozen=True)
class Point:
    """One factor's replicates: seeds, names and values (one of STATISTICS of the validation accuracy) in one order."""

    factor: float
    seeds: tuple[int, ...]
    values: tuple[float, ...]
    names: tuple[str, ...]

    @property
    def n(self) -> int:
        """How many replicates; may be 0."""
        return len(self.values)

    @property
    def mean(self) -> float | None:
        """Mean over the replicates; None of none."""
        return statistics.fmean(self.values) if self.values else None

    @property
    def sd(self) -> float | None:
        """Standard deviation over the replicates, with n − 1; None of fewer than two."""
        return statistics.stdev(self.values) if self.n > 1 else None


Trained = dict[tuple[str, int], Replicate]
"""Whole replicates by the recipe's fingerprint and the seed. Titles do not matter; a training cut short is left out."""


def points(order: Order, replicates: Iterable[Replicate], *, statistic: str = "Final") -> tuple[Point, ...]:
    """One point a factor of the order, also for those without replicates; values in the order of the seeds.

    Only replicates of the order's epochs, validation data and seeds count.
    """
    trained = by_recipe(replicates)
    return tuple(point_of(trained, recipe, statistic=statistic, seeds=order.seeds) for recipe in order.recipes())


def point_of(trained: Trained, recipe: Recipe, *, statistic: str, seeds: Iterable[int]) -> Point:
    """The replicates of one recipe with these seeds."""
    fingerprint = recipe.fingerprint
    counted = [(seed, trained[fingerprint, seed]) for seed in seeds if (fingerprint, seed) in trained]
    return Point(
        recipe.options["l2"],
        seeds=tuple(seed for seed, _ in counted),
        values=tuple(_reduce(each.history, statistic) for _, each in counted),
        names=tuple(each.name for _, each in counted),
    )


def by_recipe(replicates: Iterable[Replicate]) -> Trained:
    whole = [each for each in replicates if len(each.history.epochs) == each.recipe.epochs]
    return {(each.recipe.fingerprint, each.seed): each for each in reversed(whole)}  # the first one counts


def missing(order: Order, replicates: Iterable[Replicate]) -> list[tuple[Recipe, int]]:
    """The trainings of the order, recipe and seed, that are not among the replicates: all factors of a seed first."""
    trained = by_recipe(replicates)
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
    """One line a replicate, with its factor's n, mean and standard deviation; accuracies are fractions.

    data: name of what the replicates were trained and validated on.
    """
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


def _reduce(history: History, statistic: str) -> float:
    """A replicate's validation accuracy: of the last epoch, the highest of all epochs, or their mean."""
    return _REDUCERS[statistic]([epoch.val_accuracy for epoch in history.epochs])
