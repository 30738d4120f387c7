"""A sweep's replicates that are missing, trained side by side in groups, and stored as soon as their group is done."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec.structs import replace

from mnist_app import data, store
from mnist_app.evaluation import sweep
from mnist_app.evaluation.results import Progress
from mnist_app.jobs import records
from mnist_app.jobs.job import Job, Report
from mnist_app.jobs.limits import expected_seconds
from mnist_app.jobs.orders import STACKED
from mnist_app.jobs.reporting import Reporter
from mnist_app.recipes import Recipe

Networks = Sequence[tuple[Recipe, int]]
"""Recipe and seed of each."""


def train_all(
    missing: Networks,
    *,
    mnist: data.Mnist,
    backup: Path,
    on_progress: Callable[[Progress, tuple[str, ...]], None] = lambda progress, stored: None,
) -> None:
    """Train these replicates of a sweep and store each, in place of an older one.

    Args:
        missing: at least one, as `sweep.missing` gives them.
        mnist: all the images.
        backup: a folder for this sweep alone, from which a group that was interrupted goes on after its last completed
            epoch; removed at the end.
        on_progress: called after every 100th batch and at the end of each epoch with the progress, whose epochs are
            those of all groups, trained one after the other, and the names of the replicates that were stored so far.
            What it raises ends the training.

    Raises CannotWrite or training.Diverged.
    """
    first, _ = missing[0]
    store.check_writable("replicates")

    from mnist_app.training import parallel  # brings TensorFlow along, which the command line does without at its start

    split, stored, seconds = data.split(mnist, validation=first.validation), [], 0.0
    groups = group(missing, largest=parallel.LARGEST_GROUP)
    for number, networks in enumerate(groups):

        def report(progress: Progress, _, number: int = number, before: float = seconds) -> None:
            epoch, epochs = number * first.epochs + progress.epoch, len(groups) * first.epochs
            seconds = before + progress.seconds
            on_progress(replace(progress, epoch=epoch, epochs=epochs, seconds=seconds), tuple(stored))

        histories = parallel.train_parallel(networks, split=split, on_progress=report, backup=backup)
        for (recipe, seed), history in zip(networks, histories, strict=True):
            taken = sum(epoch.seconds for epoch in history.epochs)
            seconds += taken
            replicate = store.Replicate(recipe, seed, history, taken, mnist.name)
            store.replicates.save(replicate)
            stored.append(replicate.name)
    shutil.rmtree(backup, ignore_errors=True)


def group(missing: Networks, *, largest: int) -> list[Networks]:
    """Networks to train side by side: whole factors together where they fit, so that a mean is soon worth reading."""
    factors: dict[str, list[tuple[Recipe, int]]] = {}
    for recipe, seed in missing:
        factors.setdefault(recipe.fingerprint, []).append((recipe, seed))
    groups: list[list[tuple[Recipe, int]]] = []
    for networks in factors.values():
        if groups and len(groups[-1]) + len(networks) <= largest:
            groups[-1] += networks
        else:
            groups += [networks[start : start + largest] for start in range(0, len(networks), largest)]
    return groups


def train_missing(job: Job) -> str:
    """Train what is missing of a job's sweep. There is no model to name: it returns "".

    Raises CannotWrite, training.Diverged, LeaseLost or Unavailable.
    """
    missing = sweep.missing(job.sweep, store.replicates.list(data=job.data))
    names = [store.name_of(recipe, seed, data=job.data) for recipe in job.sweep.recipes() for seed in job.sweep.seeds]
    absent = {store.name_of(*network, data=job.data) for network in missing}
    before = tuple(name for name in names if name not in absent)
    reporter = Reporter(job, expected=STACKED * len(missing) * expected_seconds(job.recipe))

    def on_progress(progress: Progress, stored: tuple[str, ...]) -> None:
        reporter.report(progress, done=(*before, *stored))

    mnist = data.load(name=job.data)
    reporter.send(Report(done=before))
    train_all(missing, mnist=mnist, backup=records.folder_of(job.id) / records.BACKUP, on_progress=on_progress)
    reporter.send(Report(records.read(job.id).progress, done=tuple(names)))
    return ""
