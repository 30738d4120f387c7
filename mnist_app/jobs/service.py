"""The worker's own loop: huey's consumer takes jobs in a thread, one at a time; here is all that goes on beside."""

import contextlib
import logging
import math
import os
import secrets
import signal
import sys
import time

from huey.consumer import Consumer

from mnist_app import NotFound, Unavailable
from mnist_app.jobs import changes, liveness, orders, records, transport
from mnist_app.jobs.attempts import Attempt
from mnist_app.jobs.children import Trainers
from mnist_app.jobs.recovery import Recovery
from mnist_app.jobs.supervision import PARENT_VARIABLE

logger = logging.getLogger("mnist_app.jobs")

_TICK = 0.1
_KEEP_EVERY, _RECOVER_EVERY, _HEALTH_EVERY, _TIDY_EVERY = 0.5, 5.0, 10.0, 600.0  # seconds
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
        _Worker().run()


class _Worker:
    def __init__(self):
        self._name = secrets.token_hex(8)
        self._trainers = Trainers()
        self._ending = False
        self._training: Attempt | None = None
        self._keeping: list[Attempt] = []
        self._parent = os.environ.get(PARENT_VARIABLE)

    def run(self) -> None:
        beating = liveness.beating(self._name) if transport.uses_redis() else contextlib.nullcontext()
        with beating, transport.connection(self._perform) as queue:
            self._queue, self._recovery = queue, Recovery(self._name, queue)
            self._recovery.look(alone=not transport.uses_redis())
            consumer = queue.huey.create_consumer(
                workers=1, periodic=False, initial_delay=_TICK, max_delay=0.5, scheduler_interval=60
            )
            consumer.start()
            for name in ("SIGTERM", "SIGINT", "SIGHUP"):
                if hasattr(signal, name):
                    signal.signal(getattr(signal, name), self._end)
            logger.info("waiting for trainings in %s", records.home())
            try:
                self._loop(consumer)
            finally:
                self._ending = True
                consumer.stop()
                self._leave(consumer)

    def _end(self, *_) -> None:
        self._ending = True  # and no more: a lock taken here may be held by what the signal interrupted

    def _loop(self, consumer: Consumer) -> None:
        now = time.monotonic()
        chores = {self._keep: _KEEP_EVERY, self._recovery.look: _RECOVER_EVERY, orders.tidy: _TIDY_EVERY}
        chores |= {consumer.check_worker_health: _HEALTH_EVERY}
        due = {chore: now + every for chore, every in chores.items()} | {orders.tidy: now}
        worked = now
        while not self._ending:
            time.sleep(_TICK)
            now = time.monotonic()
            for chore, moment in due.items():
                if now >= moment:
                    due[chore] = now + chores[chore]
                    self._try(chore)
            self._keeping = [attempt for attempt in self._keeping if not self._try(attempt.advance)]
            if self._training or self._keeping:
                worked = now
            elif now - worked > _PREPARE_AFTER:
                self._try(self._trainers.prepare)
            if self._parent and os.getppid() != int(self._parent):
                logger.warning("the app that started this worker is gone")
                self._ending = True

    def _perform(self, id: str, attempt: int) -> None:
        """What the consumer's thread does with a message."""
        if self._ending:
            changes.send_again(id, attempt)
            return
        if not changes.take(id, attempt, worker=self._name):
            return
        self._training = Attempt(id, attempt, trainers=self._trainers)
        try:
            while not self._training.advance(ending=self._ending):
                time.sleep(_TICK)
        finally:
            self._training = None

    def _keep(self) -> None:
        """Take one stopped training that somebody wants to keep; a running one goes on meanwhile."""
        if self._keeping:
            return
        for id in records.identifiers():
            with contextlib.suppress(NotFound):
                state = records.read_state(id)
                if state.status != "keeping" or not changes.take(id, state.attempt, worker=self._name):
                    continue
                self._keeping = [Attempt(id, state.attempt, keeps=True, trainers=self._trainers)]
                return

    def _leave(self, consumer: Consumer) -> None:
        for attempt in self._keeping:
            attempt.advance(ending=True)
        for _, thread in consumer.worker_threads:
            thread.join(_PATIENCE)
        self._trainers.close()

    def _try(self, chore) -> object:
        """What goes wrong once, as when Redis is away for a moment, may go right the next time."""
        try:
            return chore()
        except Unavailable as error:
            logger.warning("%s", error)
        except Exception:
            logger.exception("%s failed", getattr(chore, "__name__", chore))
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
