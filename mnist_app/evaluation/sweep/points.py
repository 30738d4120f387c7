"""What replicates say of each factor: their values, mean and scatter, the choice, and what chance alone explains."""

import math
import statistics
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from mnist_app.evaluation.results import History, Proportion
from mnist_app.evaluation.sweep.order import Order
from mnist_app.recipes import Recipe

STATISTICS = ("Final", "Maximum", "Mean")
"""What a replicate's validation accuracy over its epochs is reduced to; source C drew all three."""

_REDUCERS = dict(zip(STATISTICS, (lambda values: values[-1], max, statistics.fmean), strict=True))
# Student's t for 95 %, two-sided, with 1, 2, … 30 degrees of freedom; with more, the last one is a little too wide.
_T95 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip


class Replicate(Protocol):
    """One training of a sweep, as `store.list_replicates` gives it."""

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


@dataclass(frozen=True)
class Choice:
    """The factor whose replicates have the highest mean, and how much that says.

    Attributes:
        factor, mean: what was chosen.
        runner_up: the factor with the next highest mean; None where there is one factor only.
        lead: how much higher the mean is than the runner-up's; None without one.
        margin: half the 95 % interval of that difference, by Student's t with the scatter over seeds, pooled over all
            factors; None without a runner-up, or where no factor has two replicates. That the best was picked from
            several is not allowed for, which would widen it.
    """

    factor: float
    mean: float
    runner_up: float | None
    lead: float | None
    margin: float | None

    @property
    def clear(self) -> bool:
        """Whether the lead is larger than chance among seeds explains."""
        return self.lead is not None and self.margin is not None and self.lead > self.margin


def points(
    replicates: Iterable[Replicate],
    factors: Sequence[float],
    *,
    epochs: int,
    validation: str,
    statistic: str = "Final",
    seeds: Collection[int] | None = None,
) -> tuple[Point, ...]:
    """One point a factor, also for those without replicates, in rising order; values in the order of the seeds.

    Only replicates of that many epochs and of that validation data ("test" or "held-out") count, and of these seeds;
    None means all seeds there are. Raises InvalidInput for impossible factors.
    """
    order = Order(tuple(factors), epochs=epochs, validation=validation)
    trained = whole(replicates)
    found = []
    for factor, recipe in zip(order.factors, order.recipes(), strict=True):
        of_factor = trained.get((recipe.key, recipe.fingerprint), {})
        counted = {seed: of_factor[seed] for seed in sorted(of_factor) if seeds is None or seed in seeds}
        values = tuple(reduce(each.history, statistic) for each in counted.values())
        found.append(Point(factor, tuple(counted), values, tuple(each.name for each in counted.values())))
    return tuple(found)


def reduce(history: History, statistic: str) -> float:
    """A replicate's validation accuracy: of the last epoch, the highest of all epochs, or their mean."""
    return _REDUCERS[statistic]([epoch.val_accuracy for epoch in history.epochs])


def chosen(held_out: Sequence[Point]) -> Choice | None:
    """The factor that held-out images choose, the larger one of equals; None until each factor has a replicate.

    held_out: points of replicates that were judged on held-out images, because the test images choose nothing.
    """
    if not held_out or not all(point.n for point in held_out):
        return None
    best, *others = sorted(held_out, key=lambda point: (-round(point.mean, 12), -point.factor))
    if not others:
        return Choice(best.factor, best.mean, None, None, None)
    margin = _margin(best, others[0], held_out)
    return Choice(best.factor, best.mean, others[0].factor, best.mean - others[0].mean, margin)


def missing(order: Order, replicates: Iterable[Replicate]) -> list[tuple[Recipe, int]]:
    """The trainings of the order, recipe and seed, that are not among the replicates: all factors of a seed first."""
    trained, wanted = whole(replicates), order.recipes()
    return [
        (recipe, seed)
        for seed in order.seeds
        for recipe in wanted
        if seed not in trained.get((recipe.key, recipe.fingerprint), {})
    ]


def binomial_band(centre: float, n: int = 10_000) -> tuple[float, float]:
    """Wilson's 95 % interval of an accuracy measured on n images: what chance among the images alone explains."""
    return Proportion(centre, n).interval


def grand_mean(drawn: Sequence[Point]) -> float | None:
    """The mean of the factors' means, each factor counting alike; None where no factor has a replicate."""
    means = [point.mean for point in drawn if point.n]
    return statistics.fmean(means) if means else None


def student(freedom: int) -> float:
    """Student's t for 95 %, two-sided, with that many degrees of freedom, at least one."""
    return _T95[min(max(freedom, 1), len(_T95)) - 1]


def whole(replicates: Iterable[Replicate]) -> dict[tuple[str, str], dict[int, Replicate]]:
    """Replicates by key and fingerprint of the recipe, then by seed.

    Titles do not matter, and a training cut short is none.
    """
    found: dict[tuple[str, str], dict[int, Replicate]] = {}
    for each in replicates:
        if len(each.history.epochs) == each.recipe.epochs:
            found.setdefault((each.recipe.key, each.recipe.fingerprint), {}).setdefault(each.seed, each)
    return found


def _margin(best: Point, second: Point, every: Sequence[Point]) -> float | None:
    freedom = sum(point.n - 1 for point in every)
    if not freedom:
        return None
    variance = sum((point.n - 1) * point.sd**2 for point in every if point.n > 1) / freedom
    return student(freedom) * math.sqrt(variance * (1 / best.n + 1 / second.n))
