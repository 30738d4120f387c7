"""Whether a worker is alive. One machine's worker holds a lock that the system frees when it ends, however it ends;
with Redis, each worker beats by changing a file, and whoever watches judges by a clock of its own.
"""

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from mnist_app import Busy, Unavailable
from mnist_app.jobs import records, transport

BEAT = 1.0
"""Seconds from beat to beat."""

SILENCE = 10.0
"""Seconds without a beat after which a worker counts as lost."""

_LOCK_FILE, _BEATS = "worker.lock", "workers"
_PATIENCE = 2  # seconds: who only looks whether the lock is held lets it go at once


class Pulses:
    """The beats as one process has seen them: a worker is alive until its beat has not changed for SILENCE seconds."""

    def __init__(self):
        self._seen: dict[str, tuple[bytes, float]] = {}
        self._lock = threading.Lock()

    def alive(self) -> set[str]:
        """The names of the workers that count as alive; one that is seen for the first time does."""
        now, found = time.monotonic(), {}
        with self._lock:
            for path in (records.home() / _BEATS).glob("*.beat"):
                with contextlib.suppress(OSError):
                    content, name = path.read_bytes(), path.stem
                    known = self._seen.get(name)
                    found[name] = known if known and known[0] == content else (content, now)
            self._seen = found
            return {name for name, (_, since) in found.items() if now - since < SILENCE}

    def remove_silent(self) -> None:
        """Forget workers that were lost; one that comes back beats again."""
        for name in set(self._seen) - self.alive():
            _beat_file(name).unlink(missing_ok=True)


_pulses = Pulses()


def worker_alive() -> bool:
    """Whether a worker would take a job that is submitted now."""
    return workers() > 0


def workers() -> int:
    """How many workers are alive: at most one without Redis."""
    if transport.uses_redis():
        return len(_pulses.alive())
    return 1 if _is_locked() else 0


@contextlib.contextmanager
def only_worker() -> Iterator[None]:
    """Be this machine's worker while the block lasts; with Redis there may be many.

    Raises Busy or Unavailable.
    """
    folder = records.prepare()
    if transport.uses_redis():
        yield
        return
    database = sqlite3.connect(folder / _LOCK_FILE, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        try:
            database.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if _is_locked():
                raise Busy(
                    "A worker is running already", found=f"its lock on {folder}", remedy="It trains what is ordered."
                ) from error
            raise Unavailable("The queue cannot be used", found=str(error)) from error
        yield
    finally:
        database.close()


@contextlib.contextmanager
def beating(worker: str) -> Iterator[None]:
    """Beat while the block lasts, in a thread of its own."""
    ended = threading.Event()
    (records.home() / _BEATS).mkdir(parents=True, exist_ok=True)

    def beat() -> None:
        count = 0
        while not ended.is_set():
            count += 1
            with contextlib.suppress(OSError):  # a full disk or a network that is away: the others take over
                records.write_bytes(_beat_file(worker), str(count).encode())
            ended.wait(BEAT)

    thread = threading.Thread(target=beat, name="beat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        with contextlib.suppress(OSError):
            _beat_file(worker).unlink(missing_ok=True)


def _beat_file(worker: str) -> Path:
    return records.home() / _BEATS / f"{worker}.beat"


def _is_locked() -> bool:
    path = records.home() / _LOCK_FILE
    if not path.exists():
        return False
    try:
        database = sqlite3.connect(path, timeout=0, isolation_level=None)
    except sqlite3.Error:
        return False
    try:
        database.execute("SELECT 1 FROM sqlite_master").fetchall()
    except sqlite3.OperationalError as error:
        return "locked" in str(error)
    except sqlite3.Error:
        return False
    finally:
        database.close()
    return False
