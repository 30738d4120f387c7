"""Whether a worker is alive. One machine's worker holds a lock that the system frees when it ends, however it ends;
with Redis each worker has a heartbeat, a file that changes, and whoever watches judges by a clock of its own.
"""

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from mnist_app import Busy, Unavailable
from mnist_app.jobs import queue, records

BEAT = 1.0
"""Seconds from beat to beat."""

SILENCE = 10.0
"""Seconds without a beat after which a worker counts as lost."""

_LOCK_FILE, _BEATS = "worker.lock", "workers"
_PATIENCE = 2  # seconds: who only looks whether the lock is held lets it go at once


class Heartbeats:
    """The heartbeats as one process has seen them."""

    def __init__(self):
        self._seen: dict[Path, tuple[bytes, float]] = {}
        self._lock = threading.Lock()

    def alive(self) -> set[str]:
        """Names of the workers whose file is new or has changed within SILENCE seconds; other files are removed."""
        now, found = time.monotonic(), {}
        with self._lock:
            for path in (records.home() / _BEATS).glob("*"):
                with contextlib.suppress(OSError):
                    content = path.read_bytes()
                    known = self._seen.get(path)
                    found[path] = known if known and known[0] == content else (content, now)
                    if now - found[path][1] > SILENCE:
                        del found[path]
                        path.unlink()  # a worker that comes back beats again
            self._seen = found
            return {path.name for path in found}


_heartbeats = Heartbeats()


def worker_alive() -> bool:
    """Whether a worker would take a job that is submitted now."""
    return workers() > 0


def workers() -> int:
    """How many workers are alive: at most one without Redis."""
    return len(_heartbeats.alive()) if queue.uses_redis() else int(_is_locked())


@contextlib.contextmanager
def only_worker() -> Iterator[None]:
    """Be this machine's worker while the block lasts; with Redis there may be many.

    Raises Busy or Unavailable.
    """
    with contextlib.ExitStack() as lock:
        with records.writing():
            records.home().mkdir(parents=True, exist_ok=True)
        if not queue.uses_redis():
            try:
                lock.enter_context(queue.file_lock(records.home() / _LOCK_FILE, patience=_PATIENCE))
            except sqlite3.Error as error:
                if not _is_locked():
                    raise Unavailable("The queue cannot be used", found=str(error)) from error
                place = f"its lock on {records.home()}"
                remedy = "It trains what is ordered."
                raise Busy("A worker is running already", found=place, remedy=remedy) from error
        yield


@contextlib.contextmanager
def heartbeat(worker: str) -> Iterator[None]:
    """Beat while the block lasts, in a thread of its own."""
    ended = threading.Event()
    path = records.home() / _BEATS / worker

    def beat() -> None:
        while not ended.is_set():
            with contextlib.suppress(OSError):  # a full disk or a network that is away: the others take over
                path.parent.mkdir(exist_ok=True)
                path.write_text(str(time.time()))
            ended.wait(BEAT)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _is_locked() -> bool:
    """Looked up by reading, which several may do at once without being taken for a worker."""
    path = records.home() / _LOCK_FILE
    if not path.exists():
        return False
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=0)) as database:
            database.execute("SELECT 1 FROM sqlite_master").fetchall()
    except sqlite3.Error as error:
        return "locked" in str(error)
    return False
