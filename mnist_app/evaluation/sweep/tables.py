"""The sweep's points as the columns of a table, and every replicate as a line of CSV."""

import csv
import io
from collections.abc import Sequence

from mnist_app.evaluation.results import MNIST
from mnist_app.evaluation.sweep.changes import Change
from mnist_app.evaluation.sweep.order import as_text
from mnist_app.evaluation.sweep.points import Point


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


def change_columns(rows: Sequence[Change]) -> dict[str, list]:
    """What a table shows of the changes, by heading: accuracies in percent, differences in percentage points."""
    return {
        "Training": [row.title for row in rows],
        "n": [row.point.n for row in rows],
        "Mean": [_percent(row.point.mean) for row in rows],
        "SD": [_percent(row.point.sd) for row in rows],
        "Difference": [_percent(row.difference) for row in rows],
        "± (95%)": [_percent(row.margin) for row in rows],
    }


def table_csv(points: Sequence[Point], *, epochs: int, validation: str, statistic: str, data: str = MNIST) -> str:
    """One line a replicate, with its factor's n, mean and standard deviation; accuracies are fractions.

    data: name of what the replicates were trained and validated on.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["l2", "seed", "epochs", "validated_on", "statistic", "accuracy", "n", "mean", "standard_deviation", "data"]
    )
    for point in points:
        for seed, value in zip(point.seeds, point.values, strict=True):
            writer.writerow(
                [point.factor, seed, epochs, validation, statistic.lower(), value, point.n, point.mean, point.sd, data]
            )
    return text.getvalue()


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
