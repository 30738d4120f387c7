"""A sweep's replicates that are missing, trained side by side in groups, and stored as soon as their group is done."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mnist_app import data, store
from mnist_app.evaluation import sweep
from mnist_app.evaluation.results import History
from mnist_app.jobs import Position, records, storing
from mnist_app.jobs.job import Course, Ticket
from mnist_app.jobs.limits import expected_seconds
from mnist_app.jobs.orders import STACKED
from mnist_app.jobs.reporting import Channel, Pace
from mnist_app.recipes import Recipe

Networks = Sequence[tuple[Recipe, int]]
"""Recipe and seed of each."""


@dataclass(frozen=True)
class Progress:
    """Where a sweep is. Its groups are trained one after the other, and `epochs` counts those of all groups.

    `epoch` and `step` count from 1, `steps` are an epoch's, `seconds` those of training so far. `val_accuracies` holds
    one a network of the group where an epoch has ended, and is None elsewhere; `stored` are the names of the replicates
    that were stored since the sweep began.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    seconds: float
    val_accuracies: tuple[float, ...] | None
    stored: tuple[str, ...]

    @property
    def fraction(self) -> float:
        """Share of the whole sweep that is done, in [0, 1]."""
        return ((self.epoch - 1) * self.steps + self.step) / (self.epochs * self.steps)


def check_folder(order: sweep.Order) -> None:
    """See before the minutes of a sweep whether its replicates can be stored. Raises CannotWrite."""
    storing.check_folder(order.recipes()[0], seed=order.seeds[0])


def train_all(
    missing: Networks,
    *,
    order: sweep.Order,
    mnist: data.Mnist,
    backup: Path,
    watch: Callable[[Progress], None] = lambda progress: None,
) -> None:
    """Train these replicates of a sweep and store each, in place of an older one.

    Args:
        missing: as `sweep.missing` gives them.
        order: what they belong to.
        mnist: all the images.
        backup: a folder for this sweep alone, from which a group that was interrupted goes on after its last completed
            epoch; removed at the end.
        watch: called after every 100th batch and at the end of each epoch; what it raises ends the training.

    Raises CannotWrite or training.Diverged.
    """
    from mnist_app.training import parallel  # brings TensorFlow along, which the command line does without at its start

    split = data.split_for(order.validation, mnist)
    groups = group(missing, largest=parallel.LARGEST_STACK)
    stored, seconds = [], 0.0
    for number, networks in enumerate(groups):

        def report(progress: parallel.StackProgress, number: int = number, before: float = seconds) -> None:
            done, every = number * order.epochs, len(groups) * order.epochs
            where = (done + progress.epoch, every, progress.step, progress.steps, before + progress.seconds)
            watch(Progress(*where, progress.val_accuracies, tuple(stored)))

        histories = parallel.train_stack(networks, split=split, watch=report, backup=backup)
        for (recipe, seed), history in zip(networks, histories, strict=True):
            taken = sum(epoch.seconds for epoch in history.epochs)
            seconds += taken
            replicate = store.Replicate(recipe, seed, history, taken, mnist.name)
            store.save_replicate(replicate)
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


def train_missing(ticket: Ticket, attempt: int) -> dict[str, object]:
    """Train what is missing of a job's sweep: what the trainer does with it.

    Raises CannotWrite, training.Diverged, LeaseLost, Unavailable or Unavailable.
    """
    order, channel = ticket.sweep, Channel(ticket.id, attempt)
    missing = sweep.missing(order, store.list_replicates(data=ticket.data))
    mnist = data.load(name=ticket.data)
    check_folder(order)
    left = {store.name_of(*each, data=ticket.data) for each in missing}
    names = [store.name_of(recipe, seed, data=ticket.data) for recipe in order.recipes() for seed in order.seeds]
    before = tuple(name for name in names if name not in left)
    pace = Pace(STACKED * len(missing) * expected_seconds(ticket.recipe))
    nothing = History((), (), order.validation)
    position: Position | None = None

    def watch(progress: Progress) -> None:
        nonlocal position
        seconds = round(progress.seconds, 3)
        where = (progress.epoch, progress.epochs, progress.step, progress.steps, seconds)
        position = Position(*where, round(pace.left(progress.fraction, seconds), 3))
        if channel.due:
            channel.tell(Course(position, nothing, (*before, *progress.stored)))

    channel.tell(Course(None, nothing, before))
    train_all(missing, order=order, mnist=mnist, backup=records.folder_of(ticket.id) / records.BACKUP, watch=watch)
    channel.tell(Course(position, nothing, tuple(names)))
    return {"seconds": position.seconds if position else 0.0}
