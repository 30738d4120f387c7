"""The trainer's process as the worker sees it: prepared while there is time, given one job, ended."""

import json
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_COMMAND = (sys.executable, "-m", "mnist_app.jobs.trainer")
_KILLED = 9  # the signal of a system that has run out of memory


@dataclass(frozen=True)
class Outcome:
    """How a trainer ended: with a stored model (none for a sweep) after seconds of training, or with an error."""

    error: str = ""
    model: str = ""
    seconds: float = 0.0


class Trainer:
    """A trainer's process, from its start. It imports TensorFlow, then waits for its one job; it ends with its worker,
    however that ends, because its standard input does.
    """

    def __init__(self):
        self._words = tempfile.TemporaryFile()  # what it says before it has a job, and with it a log  # noqa: SIM115
        self._process = subprocess.Popen(
            _COMMAND,
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
            start_new_session=True,  # Ctrl-C is the worker's, which ends its trainer itself
        )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def begin(self, id: str, attempt: int, *, mode: str) -> None:
        """Give it its job; mode is "train", "keep" or "sweep". One that has just died has an `outcome` as well."""
        line = json.dumps({"id": id, "attempt": attempt, "mode": mode}) + "\n"
        try:
            self._process.stdin.write(line.encode())
            self._process.stdin.flush()
        except OSError:  # a broken pipe
            self.kill()

    def kill(self) -> None:
        """End it at once, wherever it is."""
        self._process.kill()
        self._process.wait()

    def outcome(self) -> Outcome:
        """Once it has ended: what it reported, or what its end looks like."""
        code = self._process.wait()
        answer = self._process.stdout.read()
        try:
            return Outcome(**json.loads(answer))
        except (ValueError, TypeError):
            return Outcome(error=_reason(code))

    def close(self) -> str:
        """End it if need be, and return what it said before it had a log."""
        self.kill()
        self._words.seek(0)
        words = self._words.read().decode("utf-8", "replace")
        for stream in (self._words, self._process.stdin, self._process.stdout):
            try:
                stream.close()
            except OSError:  # what was not yet written to a process that is dead
                continue
        return words


class Trainers:
    """Hands out trainers, prepared ones first. Safe for two threads."""

    def __init__(self):
        self._prepared: Trainer | None = None
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Have one ready, unless there is."""
        with self._lock:
            if self._prepared and not self._prepared.alive:
                self._prepared.close()
                self._prepared = None
            self._prepared = self._prepared or Trainer()

    def get(self) -> Trainer:
        """A trainer without a job, for whoever asks alone."""
        self.prepare()
        with self._lock:
            trainer, self._prepared = self._prepared or Trainer(), None
            return trainer

    def close(self) -> None:
        """End the one that is prepared."""
        with self._lock:
            if self._prepared:
                self._prepared.close()
            self._prepared = None


def _reason(code: int) -> str:
    if code < 0:
        memory = ", probably for lack of memory" if -code == _KILLED else ""
        return f"The training process was ended by the system (signal {-code}){memory}."
    return f"The training process ended without a word (exit code {code})."
