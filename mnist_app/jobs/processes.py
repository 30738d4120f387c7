"""The processes of a queue: the app starts a worker where none is alive, and the worker a trainer for each job."""

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from mnist_app import ExplorerError, store
from mnist_app.jobs import liveness, queue
from mnist_app.jobs.job import Job, Report

APP_VARIABLE = "_MNIST_APP_WORKER_OF_AN_APP"
"""Tells a worker that an app has started it, and holds its standard input open."""

_ROOT = Path(__file__).resolve().parents[2]
_WORKER = (sys.executable, "-m", "mnist_app", "worker", "--quiet")
_TRAINER = (sys.executable, "-m", "mnist_app.jobs.trainer")
_KILLED = -9  # by the system, when it has run out of memory
_LOOK_EVERY = 2.0  # seconds
_LONGEST_PAUSE = 300.0  # between two workers that fail, as where the folder is not writable


def supervise() -> None:
    """Keep a worker alive while the app runs, one for several apps, in a thread: with Redis, people start workers."""
    if not queue.uses_redis():
        threading.Thread(target=_start_workers, daemon=True).start()


def _start_workers() -> None:
    worker, pause = None, _LOOK_EVERY
    while True:
        with contextlib.suppress(ExplorerError, OSError):
            code = worker.poll() if worker else 0
            if liveness.workers():
                pause = _LOOK_EVERY
            elif code is not None:
                pause = min(2 * pause, _LONGEST_PAUSE) if code else _LOOK_EVERY
                worker = subprocess.Popen(
                    _WORKER,
                    cwd=_ROOT,
                    env=os.environ | {APP_VARIABLE: "1"},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    start_new_session=True,
                )
        time.sleep(pause)


class Trainer:
    """A trainer's process: it imports TensorFlow, then waits for its one job, and ends with its worker."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="mnist-explorer-", ignore_cleanup_errors=True)
        # TensorFlow leaves a file there for each function that it compiles.
        environment = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), self._folder.name)
        self._process = subprocess.Popen(
            (*_TRAINER, self._folder.name),
            cwd=_ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # with its job it has a log
            start_new_session=True,  # Ctrl-C is the worker's, which ends its trainer itself
        )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def reason(self) -> str:
        """What the end of its process looks like."""
        code = self._process.wait()
        if code < 0:
            memory = ", probably for lack of memory" if code == _KILLED else ""
            return f"The training process was ended by the system (signal {-code}){memory}."
        return f"The training process ended without a word (exit code {code})."

    def begin(self, job: Job) -> None:
        """Give it its job."""
        with contextlib.suppress(OSError):  # it has just died, and is not alive
            self._process.stdin.write(store.encode(job.with_report(Report())))  # what is short fits the pipe
            self._process.stdin.flush()

    def let_end(self, patience: float) -> None:
        """Wait for its own end: it may hold the queue's lock while it tidies up."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)

    def close(self) -> None:
        """End it at once, wherever it is."""
        self._process.kill()
        self._process.wait()
        with contextlib.suppress(OSError):  # what was not yet written to a process that is dead
            self._process.stdin.close()
        self._folder.cleanup()


def wait_for_parent() -> None:
    """Return when the process that started this one has ended, however it ended: the standard input ends with it."""
    while os.read(0, 1):
        pass
