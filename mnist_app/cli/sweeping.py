"""The weight-decay sweep from the command line: its replicates trained here and now, or only those that are missing."""

import shutil
from collections.abc import Sequence

from mnist_app import store
from mnist_app.cli.answers import Answer, columns
from mnist_app.cli.terminal import load_digits, quiet_start, share_done
from mnist_app.data import digits
from mnist_app.evaluation import sweep
from mnist_app.evaluation.results import GENERATED, MNIST
from mnist_app.jobs import sweeping

BACKUP = ".partial-sweep"
"""The folder, beside the models, from which an interrupted sweep goes on."""


def run_sweep(*, factors: Sequence[str], replicates: int, epochs: int, validation: str, resume: bool) -> Answer:
    """Train the sweep's replicates, store their curves, and print each factor's mean and standard deviation."""
    chosen = sweep.parse_factors(" ".join(factors)) if factors else sorted(set().union(*sweep.FACTOR_SETS.values()))
    order = sweep.Order(tuple(chosen), tuple(range(replicates)), epochs, validation)
    name = GENERATED if digits.asked_for_generated() else MNIST
    missing = sweep.missing(order, store.list_replicates(data=name) if resume else ())
    if missing:
        mnist = load_digits()
        if mnist.name != name:
            name = mnist.name
            missing = sweep.missing(order, store.list_replicates(data=name) if resume else ())
        sweeping.check_folder(order)
        with quiet_start():
            from mnist_app import training  # noqa: F401
        backup = store.own_folder() / f"{BACKUP}{store.suffix_of(name)}"
        if not resume:
            shutil.rmtree(backup, ignore_errors=True)
        with share_done("sweep") as watch:

            def tell(progress: sweeping.Progress) -> None:
                if progress.val_accuracies:
                    watch(progress.fraction)

            sweeping.train_all(missing, order=order, mnist=mnist, backup=backup, watch=tell)
    how = {"epochs": epochs, "validation": validation, "seeds": order.seeds}
    points = sweep.points(store.list_replicates(data=name), order.factors, **how)
    plain = [
        {"l2": each.factor, "n": each.n, "mean": each.mean, "sd": each.sd, "values": each.values, "seeds": each.seeds}
        | {"data": name}
        for each in points
    ]
    table = sweep.columns(points)
    rows = [[_cell(value) for value in row] for row in zip(*table.values(), strict=True)]
    told = "" if name == MNIST else f"\n\nTrained and tested on {name}, not MNIST."
    return Answer(plain, columns(list(table), rows) + told)


def _cell(value: object) -> str:
    return f"{value:.3f}%" if isinstance(value, float) else "–" if value is None else str(value)
