"""The sweep's points as the columns of a table, and every replicate as a line of CSV."""

import csv
import io
from collections.abc import Sequence

from mnist_app.sweep.order import as_text
from mnist_app.sweep.points import Point


def columns(points: Sequence[Point]) -> dict[str, list]:
    """What a table shows, by heading: accuracies in percent, one column a seed, None where there is no value."""
    values = [dict(zip(point.seeds, point.values, strict=True)) for point in points]
    seeds = sorted({seed for of_factor in values for seed in of_factor})
    return {
        "L2 factor": [as_text(point.factor) for point in points],
        "n": [point.n for point in points],
        "Mean": [_percent(point.mean) for point in points],
        "SD": [_percent(point.sd) for point in points],
        **{f"Seed {seed}": [_percent(of_factor.get(seed)) for of_factor in values] for seed in seeds},
    }


def table_csv(points: Sequence[Point], *, epochs: int, validation: str, statistic: str) -> str:
    """One line a replicate, with its factor's n, mean and standard deviation; accuracies are fractions."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["l2", "seed", "epochs", "validated_on", "statistic", "accuracy", "n", "mean", "standard_deviation"]
    )
    for point in points:
        for seed, value in zip(point.seeds, point.values, strict=True):
            writer.writerow(
                [point.factor, seed, epochs, validation, statistic.lower(), value, point.n, point.mean, point.sd]
            )
    return text.getvalue()


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
