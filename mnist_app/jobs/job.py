"""A job as frozen data: what was ordered, what has become of it, and how far its training is."""

from typing import Annotated, Literal

import msgspec

from mnist_app.evaluation.results import MNIST, DataName, History, Progress
from mnist_app.evaluation.sweep import Order
from mnist_app.recipes import Recipe

ENDED = ("stopped", "failed", "finished")

# Seconds that a stopped or failed job is kept, unless so many have ended after it: all of them are often read.
KEPT, KEPT_AT_MOST = 30 * 24 * 3600, 300
NO_HISTORY = History((), ())


class Report(msgspec.Struct, frozen=True):
    """What the trainer reports while it runs; the attributes are those of `Job`."""

    progress: Progress | None = None
    history: History = NO_HISTORY
    done: tuple[str, ...] = ()

    def up_to_the_last_epoch(self) -> "Report":
        """Without what was trained of an epoch that did not end."""
        completed, at = len(self.history.epochs), self.progress
        if not at:
            return self
        history = self.history.until(completed, batch=completed * at.steps)
        if at.epoch > completed:
            at = msgspec.structs.replace(at, epoch=completed, step=at.steps) if completed else None
        return Report(at, history, self.done)


class Job(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A training, a sweep or a classifier's noise curves that were ordered, as they are now. Times: seconds since 1970.

    Attributes:
        id: name of its folder; of a training the name that its model will have.
        recipe, seed: of a sweep those of its first replicate, of noise curves the classifier's.
        owner: who ordered it, as text that lets nobody act in their place: a digest of what only their browser knows.
        owner_name: what they are called in lists.
        address: where the order came from, as text that only tells whether two came from the same place; "" if unknown.
        expected: seconds of training expected when it was ordered.
        classifier, denoisers: of noise curves, the model's name and the keys.
        data: name of what it is trained on; a job that goes on elsewhere goes on with the same digits, or fails.
        status: "keeping" is a stopped training that is being stored as it is.
        attempt, worker: the lease. How many times the job was taken by a worker, and who has it now, if anybody.
        losses: how many workers were lost while they trained it, since a person last asked for it.
        stopping: a stop was asked for and has not taken effect yet.
        progress: where its training is; None before its first step.
        done: names of a sweep's replicates, or denoisers of noise curves, that are stored.
    """

    id: str
    kind: Literal["train", "sweep", "curves"]
    recipe: Recipe
    seed: Annotated[int, msgspec.Meta(ge=0)]
    owner: str
    owner_name: str = ""
    address: str = ""
    expected: float
    queued: float = 0.0
    sweep: Order | None = None
    classifier: str = ""
    denoisers: tuple[str, ...] = ()
    data: DataName = MNIST
    status: Literal["waiting", "running", "stopped", "keeping", "failed", "finished"] = "waiting"
    attempt: int = 0
    worker: str = ""
    losses: int = 0
    stopping: bool = False
    error: str = ""
    model: str = ""
    ended: float | None = None
    progress: Progress | None = None
    history: History = NO_HISTORY
    done: tuple[str, ...] = ()

    @property
    def active(self) -> bool:
        """Waiting, running or being stored."""
        return self.status not in ENDED

    @property
    def kept_until(self) -> float | None:
        """When a stopped or failed job may be removed."""
        return self.ended + KEPT if self.status in ("stopped", "failed") and self.ended else None

    @property
    def place(self) -> tuple[float, str]:
        """Waiting jobs are taken in this order."""
        return self.queued, self.id

    def with_report(self, report: Report) -> "Job":
        """The same job, as far as the trainer reports."""
        if self.kind == "train" and self.status in ("waiting", "stopped", "keeping"):
            report = report.up_to_the_last_epoch()
        return msgspec.structs.replace(self, progress=report.progress, history=report.history, done=report.done)
