"""The trainer's process as the worker sees it: started, given one job, ended."""

import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from mnist_app import store
from mnist_app.jobs.job import Job

_ROOT = Path(__file__).resolve().parents[2]
_COMMAND = (sys.executable, "-m", "mnist_app.jobs.trainer")
_KILLED = -9  # by the system, when it has run out of memory


class Trainer:
    """A trainer's process, from its start. It imports TensorFlow, then waits for its one job; it ends with its worker,
    however that ends, because its standard input does.
    """

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="mnist-explorer-", ignore_cleanup_errors=True)
        # TensorFlow leaves a file there for each function that it compiles.
        environment = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), self._folder.name)
        self._process = subprocess.Popen(
            _COMMAND,
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
            self._process.stdin.write(store.encode(job))
            self._process.stdin.flush()

    def close(self) -> None:
        """End it at once, wherever it is."""
        self._process.kill()
        self._process.wait()
        with contextlib.suppress(OSError):  # what was not yet written to a process that is dead
            self._process.stdin.close()
        self._folder.cleanup()
