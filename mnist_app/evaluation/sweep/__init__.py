"""The weight-decay sweep: which trainings it consists of, and what their validation accuracies say and do not say.

Training is left to `jobs` and the command line, storing to `store`, drawing to `figures`.
"""

from mnist_app.evaluation.sweep.differences import (
    CHANGES,
    SEEDS,
    Change,
    Choice,
    binomial_band,
    change_columns,
    changes,
    chosen,
    ours,
)
from mnist_app.evaluation.sweep.order import KEY, MOST_EPOCHS, MOST_FACTORS, MOST_SEEDS, Order, as_text, parse_factors
from mnist_app.evaluation.sweep.points import STATISTICS, Point, Replicate, columns, missing, points, table_csv
from mnist_app.evaluation.sweep.sources import FACTOR_SETS, HINTON, REPORTED, Reported

__all__ = [
    "CHANGES", "FACTOR_SETS", "HINTON", "KEY", "MOST_EPOCHS", "MOST_FACTORS", "MOST_SEEDS", "REPORTED", "SEEDS",
    "STATISTICS",
    "Change", "Choice", "Order", "Point", "Replicate", "Reported",
    "as_text", "binomial_band", "change_columns", "changes", "chosen", "columns", "missing", "ours",
    "parse_factors", "points", "table_csv",
]  # fmt: skip
