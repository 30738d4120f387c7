"""The worker: huey's consumer trains one job at a time; beside it, the worker looks after what others left."""

import contextlib
import functools
import logging
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable

from mnist_app import Damaged, NotFound
from mnist_app.jobs import liveness, orders, queue, records
from mnist_app.jobs.job import Job
from mnist_app.jobs.processes import APP_VARIABLE, Trainer, wait_for_parent
from mnist_app.store import files

logger = logging.getLogger("mnist_app.jobs")

_TICK = 0.1
_LOOK_EVERY = 1.0  # seconds
_PREPARE_AFTER = 2  # looks without work: a trainer's start would slow down what is just happening
_QUIET_AFTER = 60.0  # seconds
_LAST_WORDS = 2.0  # seconds that a trainer has to end by itself, once it has finished its job
_PATIENCE = 4.0  # seconds for the training to be put back when the worker ends


def run(quiet: bool = False) -> None:
    """Be the worker until SIGTERM, SIGINT or SIGHUP: take jobs, train, store. `quiet` leaves out all but trouble.

    At the end its trainer is ended and the job that was running waits again, for the next worker to go on with.

    Raises Busy where this machine's jobs folder has a worker (with Redis there may be many), or Unavailable.
    """
    logging.basicConfig(format="worker: %(message)s")
    logger.setLevel(logging.WARNING if quiet else logging.INFO)
    logging.getLogger("huey").setLevel(logging.CRITICAL)  # what it would say of a lost Redis, `look` says once
    Worker().run()


class Worker:
    """Takes jobs in huey's thread, and stores stopped trainings in one of its own, so that nobody waits for that."""

    def __init__(self):
        self._name = secrets.token_hex(8)
        self._prepared: list[Trainer] = []
        self._keeping: threading.Thread | None = None
        self._idle = 0  # looks since this worker had a job
        self._ending = False
        self._warned = -_QUIET_AFTER

    def run(self) -> None:
        with liveness.announced(self._name), queue.opened(self.train_next) as huey:
            files.sweep(queue.home())
            self.look()
            consumer = huey.create_consumer(periodic=False, max_delay=0.5, shutdown_timeout=_PATIENCE)
            consumer.start()
            for name in ("SIGTERM", "SIGINT", "SIGHUP"):  # to huey they are three different things
                if hasattr(signal, name):
                    signal.signal(getattr(signal, name), self._end)
            if APP_VARIABLE in os.environ:
                threading.Thread(target=self._end_with_the_app, daemon=True).start()
            logger.info("waiting for trainings in %s", queue.home())
            looked = time.monotonic()
            try:
                while not self._ending:
                    time.sleep(_TICK)
                    if time.monotonic() - looked > _LOOK_EVERY:
                        looked = time.monotonic()
                        self._try(self.look)
            finally:
                self._ending = True
                consumer.stop(graceful=True)
                if self._keeping:
                    self._keeping.join(_PATIENCE)
                for trainer in self._prepared:
                    trainer.close()

    def train_next(self) -> None:
        """Train the first job in line: what a message in the queue asks for."""
        if not self._ending and (job := records.take(self._name)):
            self.perform(job)

    def perform(self, job: Job) -> None:
        """See a job to the end of its lease."""
        logger.info("%s: %s", job.id, "keep" if job.status == "keeping" else job.kind)
        try:
            with contextlib.closing(self._get_trainer()) as trainer:  # it is ended before the job is given away
                trainer.begin(job)
                end = self._watch(job, trainer)
        except Exception as error:  # the job has failed, rather than running for ever
            logger.exception("%s", job.id)
            end = functools.partial(records.fail, job, f"The worker failed unexpectedly: {error!r}")
        while not self._try(end) and not self._ending:  # where the disk is full, there may be room later
            time.sleep(_LOOK_EVERY)
        with contextlib.suppress(NotFound, Damaged):
            now = records.read(job.id)
            logger.info("%s: %s %s", job.id, now.status, now.error)

    def _watch(self, job: Job, trainer: Trainer) -> Callable[[], None]:
        """What is to be done when the trainer has ended or is to be ended."""
        while trainer.alive:
            now = records.held(job)
            if now is None:  # the trainer has finished it, another worker has it, or it could not be read
                trainer.let_end(_LAST_WORDS)
                return functools.partial(records.requeue, job)
            if self._ending:
                return functools.partial(records.requeue, job)
            storing = job.kind == "train" and len(now.history.epochs) == job.recipe.epochs  # it ends by itself
            if now.stopping and not storing:
                return functools.partial(records.finish, job, "stopped")
            time.sleep(_TICK)
        return functools.partial(records.fail, job, trainer.reason)

    def _get_trainer(self) -> Trainer:
        with contextlib.suppress(IndexError):
            trainer = self._prepared.pop()
            if trainer.alive:
                return trainer
            trainer.close()
        return Trainer()

    def _end(self, *_) -> None:
        self._ending = True  # and no more: a lock taken here may be held by what the signal interrupted

    def _end_with_the_app(self) -> None:
        wait_for_parent()
        logger.info("the app that started this worker is gone")
        self._ending = True

    def look(self) -> None:
        """See to jobs whose worker was lost, whose message was lost, that are to be kept, or that are old."""
        alive = liveness.beating() | {self._name}
        for job in records.read_all():
            if job.worker and job.worker not in alive:
                records.requeue(job, lost=True)
        jobs = records.read_all()
        queue.wake_for(sum(job.status == "waiting" for job in jobs))
        free = not (self._keeping and self._keeping.is_alive())
        if free and any(job.status == "keeping" and not job.worker for job in jobs):
            self._keeping = threading.Thread(target=self._try, args=[self._keep_next], daemon=True)
            self._keeping.start()
        self._idle = 0 if any(job.worker == self._name for job in jobs) else self._idle + 1
        if self._idle > _PREPARE_AFTER and not self._prepared:
            self._prepared.append(Trainer())
        orders.tidy()

    def _keep_next(self) -> None:
        if job := records.take(self._name, status="keeping"):
            self.perform(job)

    def _try(self, chore: Callable[[], None]) -> bool:
        """What goes wrong once, as when Redis is away for a moment, may go right the next time."""
        try:
            chore()
        except Exception as error:
            now = time.monotonic()
            if now - self._warned > _QUIET_AFTER:
                self._warned = now
                logger.warning("%s", str(error) or repr(error))
            return False
        return True
