"""The queue between processes and machines, by huey: one SQLite file, or Redis where MNIST_APP_REDIS names a server.

A message wakes a worker, and says no more: whose turn it is, the records say. So a message that is lost or comes twice
changes nothing, and whoever can write into the queue can only wake a worker. Here is also the lock for changes.
"""

import contextlib
import errno
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from huey import Huey, RedisHuey, SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer
from redis import ConnectionPool, Redis
from redis.exceptions import LockError, RedisError

from mnist_app import Unavailable, store

logger = logging.getLogger("mnist_app.jobs")

FOLDER_VARIABLE, REDIS_VARIABLE = "MNIST_APP_JOBS", "MNIST_APP_REDIS"

_NAME, _TASK = "mnist-explorer-trainings", "train_next"
_PATIENCE = 30  # seconds to wait for others that change something
_LONGEST_CHANGE = 15  # seconds after which Redis takes the lock from a machine that no longer answers

_T = TypeVar("_T")


class _OneMessage(Serializer):
    """In place of huey's pickles, which could run code: whatever is in the queue, it is the one task that comes out."""

    def _serialize(self, data: Message) -> bytes:
        return b"wake"

    def _deserialize(self, data: bytes) -> Message:
        return Message(id=None, name=f"{__name__}.{_TASK}")


def home() -> Path:
    """The jobs folder: MNIST_APP_JOBS, or .jobs in the folder of the models trained here."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named).expanduser() if named else store.own_folder() / ".jobs"


def uses_redis() -> bool:
    """Whether the queue is on a Redis server rather than in a file."""
    return bool(os.environ.get(REDIS_VARIABLE))


@contextlib.contextmanager
def opened(train_next: Callable[[], None] = lambda: None) -> Iterator[Huey]:
    """The queue while the block lasts. Its consumer calls `train_next` for each message."""
    options = {"results": False, "serializer": _OneMessage()}
    with writing():
        if uses_redis():
            huey = RedisHuey(_NAME, connection_pool=_pool(), **options)
        else:
            huey = _mending("queue.sqlite", lambda path: _sqlite_huey(path, options))

    @huey.task(name=_TASK)
    def task() -> None:
        train_next()

    huey.wake = task
    try:
        yield huey
    finally:
        huey.storage.close()
        if uses_redis():
            huey.storage.pool.disconnect()


def wake_for(waiting: int) -> None:
    """See to it that as many messages are in the queue as jobs wait."""
    with opened() as huey, writing():
        for _ in range(waiting - huey.pending_count()):
            huey.wake()


@contextlib.contextmanager
def exclusive() -> Iterator[None]:
    """One change at a time, over all processes and machines: what is read inside is still so when it is written."""
    with contextlib.ExitStack() as lock:
        with writing():
            lock.enter_context(_redis_lock() if uses_redis() else file_lock("changes.lock", patience=_PATIENCE))
        yield


@contextlib.contextmanager
def file_lock(name: str, *, patience: float) -> Iterator[None]:
    """A lock that the system frees when its process ends, however it ends. Raises sqlite3.Error or OSError."""

    def lock(path: Path) -> sqlite3.Connection:
        database = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)
        database.execute("BEGIN EXCLUSIVE")
        return database

    with contextlib.closing(_mending(name, lock)):
        yield


@contextlib.contextmanager
def writing() -> Iterator[None]:
    """Turns what Redis and the operating system refuse into Unavailable."""
    try:
        yield
    except RedisError as error:
        place = urlsplit(os.environ[REDIS_VARIABLE])
        raise Unavailable(
            "The queue cannot be reached",
            expected=f"a Redis server at {place.hostname or place.path}:{place.port or 6379}, as {REDIS_VARIABLE} says",
            found=str(error) or type(error).__name__,
            remedy="Start it, or correct the address.",
        ) from error
    except (sqlite3.Error, OSError) as error:
        raise Unavailable(
            "The queue's folder cannot be written",
            expected=f"a folder {home()} on a local disk, writable and with room in it",
            found=str(error),
            remedy=f"Make it writable, make room, remove what is in the way, or set {FOLDER_VARIABLE} to another one.",
        ) from error


def _mending(name: str, use: Callable[[Path], _T]) -> _T:
    """What `use` makes of a SQLite file in the jobs folder. Where it fails, the file is emptied, and it tries again.

    A lock is empty anyway, and messages say no more than the jobs' records. Emptied in its place, the file is still the
    same one to whoever has it open or locked: a lock that is held goes on being held.
    """
    path = home() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not os.access(path, os.W_OK):  # SQLite would lock it for reading, which others may as well
        raise PermissionError(errno.EACCES, "It cannot be written", str(path))
    try:
        return use(path)
    except sqlite3.Error as error:
        if "locked" in str(error) or not path.exists():
            raise
        os.truncate(path, 0)
        path.with_name(f"{name}-journal").unlink(missing_ok=True)
        used = use(path)
        logger.warning("%s was damaged (%s) and is made anew: nothing is lost", path, error)
        return used


def _sqlite_huey(path: Path, options: dict) -> Huey:
    """The queue in that file; it goes on where another process empties the file, which WAL would not let it."""
    options |= {"filename": str(path), "timeout": _PATIENCE, "journal_mode": "delete"}
    huey = SqliteHuey(_NAME, **options)
    found = huey.storage.sql("PRAGMA integrity_check(1)", results=True)[0][0]
    if found != "ok":
        raise sqlite3.DatabaseError(found)
    return huey


@contextlib.contextmanager
def _redis_lock() -> Iterator[None]:
    with Redis(connection_pool=_pool()) as client:
        lock = client.lock(f"{_NAME}:changes", timeout=_LONGEST_CHANGE, blocking_timeout=_PATIENCE)
        if not lock.acquire():
            raise LockError("others have kept it locked")
        try:
            yield
        finally:
            with contextlib.suppress(RedisError):
                lock.release()


def _pool() -> ConnectionPool:
    try:
        return ConnectionPool.from_url(os.environ[REDIS_VARIABLE], socket_timeout=10, socket_connect_timeout=5)
    except ValueError as error:  # the address is none
        raise RedisError(str(error)) from error
