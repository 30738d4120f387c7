"""The weight-decay sweep: its replicates are trained here and now, or only those that are missing."""

import shutil

import click

from mnist_app import data, store
from mnist_app.cli.answers import Answer, WithLists, command, table
from mnist_app.cli.terminal import load_digits, progress_bar, quiet_start
from mnist_app.evaluation import sweep as sweeps
from mnist_app.evaluation.progress import Progress
from mnist_app.evaluation.results import GENERATED, MNIST, VALIDATIONS
from mnist_app.jobs import sweeping

BACKUP = ".partial-sweep"
"""The folder, beside the models, from which an interrupted sweep goes on."""


@command(cls=WithLists)
@click.option("--factors", multiple=True, metavar="L2...", help="L2 factors (default: every factor of the sources).")
@click.option(
    "--replicates", type=click.IntRange(1, sweeps.MOST_SEEDS), default=3, help="Seeds 0, 1, … of each factor."
)
@click.option("--epochs", type=click.IntRange(1, sweeps.MOST_EPOCHS), default=40, help="Passes over the images.")
@click.option(
    "--validation", type=click.Choice(VALIDATIONS), default="test", help="Images that each epoch is judged by."
)
@click.option("--resume", is_flag=True, help="Train only what is missing, from where it was interrupted.")
def sweep(*, factors: tuple[str, ...], replicates: int, epochs: int, validation: str, resume: bool) -> Answer:
    """Train mlp-500-300 with several L2 factors and seeds, and keep the curves."""
    every = sorted(set().union(*sweeps.FACTOR_SETS.values()))
    chosen = sweeps.parse_factors(" ".join(factors)) if factors else every
    order = sweeps.Order(tuple(chosen), tuple(range(replicates)), epochs, validation)
    name = GENERATED if data.asked_for_generated() else MNIST
    missing = sweeps.missing(order, store.replicates.list(data=name) if resume else ())
    if missing:
        mnist = load_digits()
        if mnist.name != name:
            name = mnist.name
            missing = sweeps.missing(order, store.replicates.list(data=name) if resume else ())
        with quiet_start():
            from mnist_app import training  # noqa: F401
        backup = store.own_folder() / f"{BACKUP}{store.suffix_of(name)}"
        if not resume:
            shutil.rmtree(backup, ignore_errors=True)
        with progress_bar("sweep") as show:

            def report(progress: Progress, stored: tuple[str, ...]) -> None:
                show(progress.fraction, line=progress.epoch_ended)

            sweeping.train_all(missing, mnist=mnist, backup=backup, on_progress=report)
    points = sweeps.points(order, store.replicates.list(data=name))
    figures = ("n", "mean", "sd", "values", "seeds")
    plain = [{"l2": each.factor, **{key: getattr(each, key) for key in figures}, "data": name} for each in points]
    columns = sweeps.columns(points)
    text = table(list(columns), [[_cell(value) for value in row] for row in zip(*columns.values(), strict=True)])
    if name != MNIST:
        text += f"\n\nTrained and tested on {name}, not MNIST."
    return Answer(plain, text)


def _cell(value: object) -> str:
    return f"{value:.3f}%" if isinstance(value, float) else "–" if value is None else str(value)
