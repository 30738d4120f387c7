"""The trainer's process as the worker sees it: prepared while there is time, given one job, ended."""

import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import msgspec

from mnist_app import store
from mnist_app.jobs.job import Job

_ROOT = Path(__file__).resolve().parents[2]
_COMMAND = (sys.executable, "-m", "mnist_app.jobs.trainer")
_KILLED = 9  # the signal of a system that has run out of memory


class Outcome(msgspec.Struct, frozen=True):
    """How a trainer ended: with a stored model (none for a sweep) after seconds of training, or with an error."""

    error: str = ""
    model: str = ""
    seconds: float = 0.0


class Trainer:
    """A trainer's process, from its start. It imports TensorFlow, then waits for its one job; it ends with its worker,
    however that ends, because its standard input does.
    """

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="mnist-explorer-", ignore_cleanup_errors=True)
        self._words = Path(self._folder.name, "words.txt")  # what it says before it has a job, and with it a log
        # TensorFlow leaves a file there for each function that it compiles.
        environment = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), self._folder.name)
        with self._words.open("wb") as words:
            self._process = subprocess.Popen(
                _COMMAND,
                cwd=_ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=words,
                start_new_session=True,  # Ctrl-C is the worker's, which ends its trainer itself
            )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def begin(self, job: Job) -> None:
        """Give it its job. One that has just died has an `outcome` as well."""
        try:
            self._process.stdin.write(store.encode(job))
            self._process.stdin.flush()
        except OSError:  # a broken pipe
            self._process.kill()

    def outcome(self) -> Outcome:
        """Once it has ended: what it reported, or what its end looks like."""
        code = self._process.wait()
        try:
            return msgspec.json.decode(self._process.stdout.read(), type=Outcome)
        except msgspec.MsgspecError:
            return Outcome(error=_reason(code))

    def close(self) -> str:
        """End it at once, wherever it is, and return what it said before it had a log."""
        self._process.kill()
        self._process.wait()
        words = self._words.read_text("utf-8", "replace")
        for stream in (self._process.stdin, self._process.stdout):
            try:
                stream.close()
            except OSError:  # what was not yet written to a process that is dead
                continue
        self._folder.cleanup()
        return words


class Trainers:
    """Hands out trainers, a prepared one first. Safe for several threads."""

    def __init__(self):
        self._prepared: Trainer | None = None
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Have one ready, unless there is."""
        with self._lock:
            self._prepared = self._take() or Trainer()

    def get(self) -> Trainer:
        """A trainer without a job, for whoever asks alone."""
        with self._lock:
            return self._take() or Trainer()

    def close(self) -> None:
        """End the one that is prepared."""
        with self._lock:
            if trainer := self._take():
                trainer.close()

    def _take(self) -> Trainer | None:
        """The prepared one, if it is there and alive."""
        trainer, self._prepared = self._prepared, None
        if trainer and not trainer.alive:
            trainer.close()
            return None
        return trainer


def _reason(code: int) -> str:
    if code < 0:
        memory = ", probably for lack of memory" if -code == _KILLED else ""
        return f"The training process was ended by the system (signal {-code}){memory}."
    return f"The training process ended without a word (exit code {code})."
