"""The worker: huey's consumer trains one job at a time; beside it, the worker looks after what others left."""

import contextlib
import functools
import logging
import math
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable

from mnist_app import ExplorerError, Unavailable
from mnist_app.jobs import leases, limits, liveness, orders, queue, records
from mnist_app.jobs.children import Trainer, Trainers
from mnist_app.jobs.job import Job
from mnist_app.jobs.supervision import PARENT_VARIABLE

logger = logging.getLogger("mnist_app.jobs")

_TICK = 0.1
_LOOK_EVERY = 1.0  # seconds
_PREPARE_AFTER = 2.0  # seconds without work: a trainer's start would slow down what is just happening
_QUIET_AFTER = 60.0  # seconds
_PATIENCE = 4.0  # seconds for the training to be put back when the worker ends


def run(quiet: bool = False) -> None:
    """Be the worker until SIGTERM, SIGINT or SIGHUP: take jobs, train, store.

    At the end its trainer is ended and the job that was running waits again, for the next worker to go on with.

    Args:
        quiet: whether only trouble is written to the error stream.

    Raises:
        Busy: another worker has this machine's jobs folder; with Redis there may be many.
        Unavailable: the jobs folder is not writable, or Redis does not answer.
    """
    logger.setLevel(logging.WARNING if quiet else logging.INFO)
    _speak()
    with liveness.only_worker():
        Worker().run()


class Worker:
    """Takes jobs in huey's thread, and stores stopped trainings in one of its own, so that nobody waits for that."""

    def __init__(self):
        self._name = secrets.token_hex(8)
        self._trainers = Trainers()
        self._heartbeats = liveness.Heartbeats()
        self._ending = False
        self._training = False
        self._keeping: threading.Thread | None = None

    def run(self) -> None:
        beating = liveness.heartbeat(self._name) if queue.uses_redis() else contextlib.nullcontext()
        with beating, queue.opened(self.train_next) as huey:
            self.look()
            consumer = huey.create_consumer(
                periodic=False, max_delay=0.5, scheduler_interval=60, shutdown_timeout=_PATIENCE
            )
            consumer.start()
            for name in ("SIGTERM", "SIGINT", "SIGHUP"):  # to huey they are three different things
                if hasattr(signal, name):
                    signal.signal(getattr(signal, name), self._end)
            logger.info("waiting for trainings in %s", records.home())
            try:
                self._loop()
            finally:
                self._ending = True
                consumer.stop(graceful=True)
                if self._keeping:
                    self._keeping.join(_PATIENCE)
                self._trainers.close()

    def train_next(self) -> None:
        """Train the first job in line: what a message in the queue asks for."""
        job = None if self._ending else leases.take(self._name)
        if job is None:
            return
        self._training = True
        try:
            self.perform(job)
        finally:
            self._training = False

    def perform(self, job: Job) -> None:
        """See a job to the end of its lease."""
        trainer, words = None, ""
        logger.info("%s: %s", job.id, "keep" if job.status == "keeping" else job.kind)
        try:
            if job.kind == "train" and job.status == "running" and orders.is_stored(job.id):
                end = self._finish(job, "finished", model=job.id)  # by a worker that was lost before it could say so
            else:
                trainer = self._trainers.get()
                trainer.begin(job)
                end = self._watch(job, trainer)
        except Exception as error:  # the job has failed, rather than running for ever
            logger.exception("%s", job.id)
            end = self._fail(job, f"The worker failed unexpectedly: {type(error).__name__}: {error}")
        finally:
            if trainer:  # it is ended before the job is given away
                words = trainer.close()
        with contextlib.suppress(OSError), (records.folder_of(job.id) / records.LOG).open("x") as log:
            log.write(words)  # of one that did not get as far as to open its log itself
        while True:
            try:
                return end()
            except Unavailable as error:  # there may be room later
                logger.warning("%s: %s", job.id, error)
                if self._ending:
                    return None  # another worker finds the job
                time.sleep(_LOOK_EVERY)

    def _watch(self, job: Job, trainer: Trainer) -> Callable[[], None]:
        """What is to be done when the trainer has ended or is to be ended."""
        while trainer.alive:
            now = leases.held(job)
            if now is None:
                logger.warning("%s: another worker has taken it", job.id)
                return lambda: None
            if self._ending:
                return functools.partial(leases.requeue, job)
            storing = job.kind == "train" and len(now.history.epochs) == job.recipe.epochs  # it ends by itself
            if now.stopping and not storing:
                return self._finish(job, "stopped")
            time.sleep(_TICK)
        outcome = trainer.outcome()
        if outcome.error:
            return self._fail(job, outcome.error)
        if job.kind == "train" and job.status == "running":
            with contextlib.suppress(ExplorerError):  # an estimate is not worth a failure
                limits.note_speed(job.recipe, outcome.seconds)
        return self._finish(job, "finished", model=outcome.model)

    def _finish(self, job: Job, status: str, *, error: str = "", model: str = "") -> Callable[[], None]:
        logger.info("%s: %s %s", job.id, status, error)
        return functools.partial(leases.finish, job, status, error=error, model=model)

    def _fail(self, job: Job, error: str) -> Callable[[], None]:
        """What could not be kept may be kept again, when there is room."""
        return self._finish(job, "stopped" if job.status == "keeping" else "failed", error=error)

    def _end(self, *_) -> None:
        self._ending = True  # and no more: a lock taken here may be held by what the signal interrupted

    def _loop(self) -> None:
        parent = os.environ.get(PARENT_VARIABLE)
        looked = worked = time.monotonic()
        while not self._ending:
            time.sleep(_TICK)
            now = time.monotonic()
            if now - looked > _LOOK_EVERY:
                looked = now
                self._try(self.look)
            if self._training or (self._keeping and self._keeping.is_alive()):
                worked = now
            elif now - worked > _PREPARE_AFTER:
                self._try(self._trainers.prepare)
            if parent and os.getppid() != int(parent):
                logger.warning("the app that started this worker is gone")
                self._ending = True

    def look(self) -> None:
        """See to jobs whose worker was lost, whose message was lost, that are to be kept, or that are old."""
        alive = self._heartbeats.alive() | {self._name}
        for job in records.read_all():
            if job.worker and job.worker not in alive:
                leases.requeue(job, lost=True)
        jobs = records.read_all()
        queue.wake_for(sum(job.status == "waiting" for job in jobs))
        idle = not self._keeping or not self._keeping.is_alive()
        if idle and any(job.status == "keeping" and not job.worker for job in jobs):
            self._keeping = threading.Thread(target=self._keep_next, daemon=True)
            self._keeping.start()
        orders.tidy()

    def _keep_next(self) -> None:
        if job := self._try(functools.partial(leases.take, self._name, status="keeping")):
            self.perform(job)

    def _try(self, chore: Callable[[], object]) -> object:
        """What goes wrong once, as when Redis is away for a moment, may go right the next time."""
        try:
            return chore()
        except Unavailable as error:
            logger.warning("%s", error)
        except Exception:
            logger.exception("the worker failed")
        return None


class _OneLine(logging.Formatter):
    """What happened, without the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        reason = f": {record.exc_info[1]}" if record.exc_info and record.name.startswith("huey") else ""
        return f"worker: {record.getMessage()}{reason}"


def _speak() -> None:
    """To the error stream; the same trouble once a minute is enough, and huey's own steps are none."""
    said: dict[str, float] = {}

    def is_new(record: logging.LogRecord) -> bool:
        text, now = record.getMessage(), time.monotonic()
        repeated = record.levelno >= logging.WARNING and now - said.get(text, -math.inf) < _QUIET_AFTER
        if not repeated:
            said[text] = now
        return not repeated

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine())
    handler.addFilter(is_new)
    for name in (logger.name, "huey"):
        logging.getLogger(name).addHandler(handler)
    logging.getLogger("huey").setLevel(logging.WARNING)
