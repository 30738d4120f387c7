"""One attempt at a job, from its taking to its end: a trainer that is watched, stopped, and believed."""

import contextlib
import functools
import logging
import time
from collections.abc import Callable, Iterator

from mnist_app import ExplorerError, NotFound, Unavailable
from mnist_app.jobs import changes, limits, orders, records
from mnist_app.jobs.children import Outcome, Trainer, Trainers

logger = logging.getLogger("mnist_app.jobs")

_LOOK_EVERY = 1.0  # seconds; whether the attempt still counts


class Attempt:
    """A job that this worker has taken.

    `advance` is called ten times a second until it says that the attempt is over. Where the queue's folder cannot be
    written at the end, it tries again until it can be.
    """

    def __init__(self, id: str, attempt: int, *, trainers: Trainers, keeps: bool = False):
        self.id, self.attempt, self._keeps = id, attempt, keeps
        self._looked = time.monotonic()
        self._settlement: Callable[[], object] | None = None
        self._trainer: Trainer | None = None
        with self._failing():
            self._begin(trainers)

    def advance(self, *, ending: bool = False) -> bool:
        """Look after it; True when it is over. `ending` says that the worker ends: the job goes back to the queue."""
        if self._settlement is None:
            with self._failing():
                self._watch(ending)
        if self._settlement is None:
            return False
        try:
            with contextlib.suppress(NotFound):
                self._close()
                self._settlement()
        except Unavailable as error:
            logger.warning("%s: %s", self.id, error)
            return ending  # if it is over for this worker, another one finds the job later
        return True

    def _begin(self, trainers: Trainers) -> None:
        self._ticket = records.read_ticket(self.id)
        changes.remove_draft(self.id)
        if self._ticket.kind == "train" and not self._keeps and orders.is_stored(self.id):
            self._end("finished", model=self.id)  # by a worker that was lost before it could say so
            return
        mode = "keep" if self._keeps else self._ticket.kind
        logger.info("%s: %s", self.id, mode)
        self._trainer = trainers.get()
        self._trainer.begin(self.id, self.attempt, mode=mode)

    def _watch(self, ending: bool) -> None:
        if not self._trainer.alive:
            self._believe(self._trainer.outcome())
        elif ending:
            self._settlement = functools.partial(changes.put_back, self.id, self.attempt)
        elif self._is_to_stop():
            self._end("stopped")
        elif time.monotonic() - self._looked > _LOOK_EVERY:
            self._looked = time.monotonic()
            if not changes.is_current(self.id, self.attempt):
                logger.warning("%s: another worker has taken it", self.id)
                self._settlement = bool

    def _is_to_stop(self) -> bool:
        """A training whose last epoch has ended is only being stored, and ends by itself."""
        folder = records.folder_of(self.id)
        if self._keeps or not (folder / records.STOP).exists():
            return False
        return (
            self._ticket.kind == "sweep"
            or len(records.read_course(self.id).history.epochs) < self._ticket.recipe.epochs
        )

    def _believe(self, outcome: Outcome) -> None:
        if outcome.error:
            self._fail(outcome.error)
            return
        if self._ticket.kind == "train" and not self._keeps:
            with contextlib.suppress(ExplorerError):  # an estimate is not worth a failure
                limits.note_speed(self._ticket.recipe, outcome.seconds)
        self._end("finished", model=outcome.model)

    def _end(self, status: str, *, error: str = "", model: str = "") -> None:
        logger.info("%s: %s %s", self.id, status, error)
        settle = functools.partial(changes.settle, self.id, self.attempt, status, error=error, model=model)
        self._settlement = settle

    def _fail(self, error: str) -> None:
        """What could not be kept may be kept again, when there is room."""
        self._end("stopped" if self._keeps else "failed", error=error)

    @contextlib.contextmanager
    def _failing(self) -> Iterator[None]:
        """A job that the worker itself cannot handle has failed, rather than running for ever."""
        try:
            yield
        except Exception as error:
            logger.exception("%s", self.id)
            self._fail(f"The worker failed unexpectedly: {type(error).__name__}: {error}")

    def _close(self) -> None:
        """The trainer is ended before the job is given away, and leaves nothing half-written."""
        if self._trainer is None:
            return
        words, self._trainer = self._trainer.close(), None
        changes.remove_draft(self.id)
        with contextlib.suppress(OSError), (records.folder_of(self.id) / records.LOG).open("x") as log:
            log.write(words)  # of one that did not get as far as to open its log itself
