"""What each change of the training brings to the sources' network: momentum, schedule and weight decay, one by one."""

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from mnist_app.evaluation.sweep.order import KEY
from mnist_app.evaluation.sweep.points import Point, Replicate, reduce, student, whole
from mnist_app.recipes import RECIPES, Recipe

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
class Change:
    """A row: its title, its replicates as a point, and how much higher its mean is than the first row's.

    `margin` is half the 95 % interval of that difference, by Welch's t with the scatter over seeds; both are None in
    the first row and where either has fewer than two replicates.
    """

    title: str
    point: Point
    difference: float | None = None
    margin: float | None = None


def changes(
    replicates: Iterable[Replicate], *, validation: str = "test", statistic: str = "Final"
) -> tuple[Change, ...]:
    """Every row, also those without replicates, by the replicates of `SEEDS` that were judged on those images."""
    found = whole(replicates)
    points = [_point(found, recipe.changed(validation=validation), statistic, SEEDS) for _, recipe in CHANGES]
    rows = [Change(title, point, *_gain(points[0], point)) for (title, _), point in zip(CHANGES, points, strict=True)]
    return (Change(rows[0].title, rows[0].point), *rows[1:])


def ours(replicates: Iterable[Replicate], *, validation: str = "test", statistic: str = "Final") -> Point:
    """The replicates of mlp-500-300-momentum; their factor is that of its recipe."""
    return _point(whole(replicates), _OURS.changed(validation=validation), statistic, SEEDS)


def _point(found: dict, recipe: Recipe, statistic: str, seeds: Collection[int]) -> Point:
    every = found.get((recipe.key, recipe.fingerprint), {})
    counted = {seed: every[seed] for seed in seeds if seed in every}
    values = tuple(reduce(each.history, statistic) for each in counted.values())
    return Point(recipe.options["l2"], tuple(counted), values, tuple(each.name for each in counted.values()))


def _gain(first: Point, point: Point) -> tuple[float | None, float | None]:
    if first.n < 2 or point.n < 2:
        return None, None
    parts = [each.sd**2 / each.n for each in (first, point)]
    freedom = sum(parts) ** 2 / sum(part**2 / (each.n - 1) for part, each in zip(parts, (first, point), strict=True))
    return point.mean - first.mean, student(int(freedom)) * math.sqrt(sum(parts))
