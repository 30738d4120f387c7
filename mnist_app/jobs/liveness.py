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
from mnist_app.jobs import queue

BEAT = 1.0  # seconds from beat to beat
SILENCE = 10.0  # seconds without a beat after which a worker counts as lost
_LOCK, _BEATS = "worker.lock", "workers"
_PATIENCE = 2  # seconds: who only looks whether the lock is held lets it go at once

_seen: dict[Path, tuple[bytes | None, float]] = {}


def workers() -> int:
    """How many workers are alive: at most one without Redis."""
    return len(beating()) if queue.uses_redis() else int(_is_locked())


def beating() -> set[str]:
    """Names of the workers whose heartbeat is new here or has changed within SILENCE seconds; others are removed."""
    alive = set()
    for path in (queue.home() / _BEATS).glob("*"):
        with contextlib.suppress(OSError):
            content, now = path.read_bytes(), time.monotonic()
            before, since = _seen.get(path, (None, now))
            if content != before:
                _seen[path] = content, now
            elif now - since > SILENCE:
                path.unlink()  # a worker that comes back beats again
                continue
            alive.add(path.name)
    return alive


@contextlib.contextmanager
def announced(worker: str) -> Iterator[None]:
    """Be a worker while the block lasts. Raises Busy where there is one, unless there may be many, and Unavailable."""
    sign = _heartbeat(worker) if queue.uses_redis() else queue.file_lock(_LOCK, patience=_PATIENCE)
    with contextlib.ExitStack() as signs:
        try:
            with queue.writing():
                signs.enter_context(sign)
        except Unavailable as error:
            if not _is_locked():
                raise
            place = f"its lock on {queue.home()}"
            raise Busy("A worker is running already", found=place, remedy="It trains what is ordered.") from error
        yield


@contextlib.contextmanager
def _heartbeat(worker: str) -> Iterator[None]:
    path = queue.home() / _BEATS / worker
    ended = threading.Event()

    def beat() -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(time.time()))

    def go_on() -> None:
        while not ended.wait(BEAT):
            with contextlib.suppress(OSError):  # a full disk or a network that is away: the others take over
                beat()

    beat()
    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        with contextlib.suppress(OSError):
            path.unlink()


def _is_locked() -> bool:
    """Looked up by reading, which several may do at once without being taken for a worker."""
    path = queue.home() / _LOCK
    try:
        if path.exists():
            with contextlib.closing(sqlite3.connect(path, timeout=0)) as database:
                database.execute("SELECT 1 FROM sqlite_master").fetchall()
    except (sqlite3.Error, OSError) as error:
        return "locked" in str(error)
    return False
