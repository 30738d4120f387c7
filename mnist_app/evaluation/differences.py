"""Which differences are more than chance: between factors, and between the sources' training and changes of it."""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mnist_app.evaluation.results import Proportion
from mnist_app.evaluation.sweep import KEY, Point, Replicate, percent, points_of, spread_columns
from mnist_app.recipes import RECIPES

SEEDS = range(5)

# Trained side by side, as a sweep's networks are, which XLA has no part in.
_PLAIN, _OURS = (RECIPES[key].changed(jit_compile=False) for key in (KEY, "mlp-500-300-momentum"))
CHANGES = (
    ("As in the sources: SGD 0.1, L2 1e-4", _PLAIN),
    ("with the cosine schedule", _PLAIN.changed(schedule="cosine")),
    ("with Nesterov momentum 0.9", _PLAIN.changed(momentum=0.9, nesterov=True)),
    ("with both", _OURS),
    ("with both, without L2", _OURS.changed(l2=0)),
)
"""Rows of the comparison, each a title and a recipe; the first one is what the others are compared with."""


@dataclass(frozen=True)
class Choice:
    """The factor whose replicates have the highest mean, and by how much it leads the runner-up, if there is one.

    `margin` is half the 95 % interval of that lead, by Student's t with the scatter over seeds, pooled over all
    factors; None where no factor has two replicates. That the best was picked from several would widen it.
    """

    factor: float
    runner_up: float | None = None
    lead: float | None = None
    margin: float | None = None

    @property
    def clear(self) -> bool:
        """Whether the lead is larger than chance among seeds explains."""
        return self.margin is not None and self.lead > self.margin


@dataclass(frozen=True)
class Change:
    """A row: its replicates as a point, and how much higher its mean is than the first row's.

    `margin` is half the 95 % interval of that difference, by Welch's t; None where either has fewer than two.
    """

    title: str
    point: Point
    difference: float | None
    margin: float | None


def chosen(held_out: Sequence[Point]) -> Choice | None:
    """The factor that held-out images choose, the larger one of equals; None until each factor has a replicate."""
    if not all(point.n for point in held_out):
        return None
    best, *others = sorted(held_out, key=lambda point: (-round(point.mean, 12), -point.factor))
    if not others:
        return Choice(best.factor)
    second, margin = others[0], None
    if freedom := sum(point.n - 1 for point in held_out):
        variance = sum((point.n - 1) * point.sd**2 for point in held_out if point.n > 1) / freedom
        margin = _student(freedom) * math.sqrt(variance * (1 / best.n + 1 / second.n))
    return Choice(best.factor, second.factor, best.mean - second.mean, margin)


def changes(replicates: Iterable[Replicate]) -> tuple[Change, ...]:
    """Every row, also those without replicates, by the final test accuracy of the replicates of `SEEDS`."""
    titles, recipes = zip(*CHANGES, strict=True)
    points = points_of(recipes, replicates, statistic="Final", seeds=SEEDS)
    gains = [(None, None), *(_gain(points[0], point) for point in points[1:])]
    return tuple(Change(title, point, *gain) for title, point, gain in zip(titles, points, gains, strict=True))


def ours(replicates: Iterable[Replicate], *, validation: str = "test", statistic: str = "Final") -> Point:
    """The replicates of mlp-500-300-momentum; their factor is that of its recipe."""
    (point,) = points_of([_OURS.changed(validation=validation)], replicates, statistic=statistic, seeds=SEEDS)
    return point


def change_columns(rows: Sequence[Change]) -> dict[str, list]:
    """What a table shows of the changes, by heading: accuracies in percent, differences in percentage points."""
    return {
        "Training": [row.title for row in rows],
        **spread_columns([row.point for row in rows]),
        "Difference": [percent(row.difference) for row in rows],
        "± (95%)": [percent(row.margin) for row in rows],
    }


def binomial_band(points: Sequence[Point]) -> tuple[float, float]:
    """What chance among 10,000 images alone explains: Wilson's 95 % interval around the mean of the factors' means."""
    return Proportion(statistics.fmean(point.mean for point in points), 10_000).interval


def _gain(first: Point, point: Point) -> tuple[float | None, float | None]:
    if first.n < 2 or point.n < 2:
        return None, None
    parts = [each.sd**2 / each.n for each in (first, point)]
    freedom = sum(parts) ** 2 / sum(part**2 / (each.n - 1) for part, each in zip(parts, (first, point), strict=True))
    return point.mean - first.mean, _student(int(freedom)) * math.sqrt(sum(parts))


def _student(freedom: int) -> float:
    """Student's t for 95 %, two-sided, with that many degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))
