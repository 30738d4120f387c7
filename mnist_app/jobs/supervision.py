"""The app's own worker: started when none is alive, and ended with the app."""

import atexit
import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path

from mnist_app import ExplorerError
from mnist_app.jobs import liveness, queue

PARENT_VARIABLE = "_MNIST_APP_WORKER_OF"
"""Process id of the app that started a worker: a worker that was left alone by it ends."""

_ROOT = Path(__file__).resolve().parents[2]
_COMMAND = (sys.executable, "-m", "mnist_app", "worker", "--quiet")
_LOOK_EVERY = 2.0
_PATIENCE = 5.0  # seconds that a worker has to end its training
_LONGEST_PAUSE = 300.0  # between two workers that fail, as where the folder is not writable


class Supervisor:
    """Keeps a worker alive while the app runs. Where Redis is used, it starts none: an administrator does.

    Of several apps one has the worker; when that app stops, another one starts its own within seconds.
    """

    def __init__(self):
        self._worker: subprocess.Popen | None = None
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start a worker if none is alive, and look again every 2 s, in a thread. Ends with the process."""
        if self._thread or queue.uses_redis():
            return
        self._thread = threading.Thread(target=self._watch, name="worker supervisor", daemon=True)
        self._thread.start()
        atexit.register(self.stop)

    def stop(self) -> None:
        """End the worker that was started here, which puts its training back into the queue."""
        self._ended.set()
        if self._thread:
            self._thread.join(_PATIENCE)
        atexit.unregister(self.stop)
        if self._worker is None:
            return
        self._worker.terminate()
        try:
            self._worker.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._worker.kill()
            self._worker.wait()

    def _watch(self) -> None:
        pause = _LOOK_EVERY
        while not self._ended.is_set():
            with contextlib.suppress(ExplorerError, OSError):
                code = self._worker.poll() if self._worker else 0
                if code is not None and not liveness.worker_alive():
                    pause = min(2 * pause, _LONGEST_PAUSE) if code else _LOOK_EVERY
                    self._worker = subprocess.Popen(
                        _COMMAND,
                        cwd=_ROOT,
                        env={**os.environ, PARENT_VARIABLE: str(os.getpid())},
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.DEVNULL,
                        start_new_session=True,
                    )
            self._ended.wait(pause)
