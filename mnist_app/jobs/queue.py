"""The queue between processes and machines, by huey: one SQLite file, or Redis where MNIST_APP_REDIS names a server.

A message wakes a worker, and says no more: whose turn it is, the records say. So a message that is lost or comes twice
changes nothing, and whoever can write into the queue can only wake a worker. Here is also the lock for changes.
"""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from huey import Huey, RedisHuey, SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer
from redis import ConnectionPool, Redis
from redis.exceptions import LockError, RedisError

from mnist_app import Unavailable
from mnist_app.jobs import records

REDIS_VARIABLE = "MNIST_APP_REDIS"
FILE, LOCK_FILE = "queue.sqlite", "changes.lock"

_NAME, _TASK = "mnist-explorer-trainings", "train_next"
_PATIENCE = 30  # seconds to wait for others that change something
_LONGEST_CHANGE = 15  # seconds after which Redis takes the lock from a machine that no longer answers


class _Wake(msgspec.Struct, forbid_unknown_fields=True):
    wake: str


class JsonSerializer(Serializer):
    """Messages as JSON, in place of huey's pickles, which could run code."""

    def _serialize(self, data: Message) -> bytes:
        return msgspec.json.encode(_Wake(data.id))

    def _deserialize(self, data: bytes) -> Message:
        """Raises msgspec.MsgspecError; huey then leaves the message out."""
        message = msgspec.json.decode(bytes(data), type=_Wake)
        return Message(message.wake, f"{__name__}.{_TASK}")


def uses_redis() -> bool:
    """Whether the queue is on a Redis server rather than in a file."""
    return bool(os.environ.get(REDIS_VARIABLE))


@contextlib.contextmanager
def opened(train_next: Callable[[], None] = lambda: None) -> Iterator[Huey]:
    """The queue while the block lasts. Its consumer calls `train_next` for each message."""
    options = {"results": False, "serializer": JsonSerializer()}
    with _reaching():
        if uses_redis():
            huey = RedisHuey(_NAME, connection_pool=_pool(), **options)
        else:
            huey = SqliteHuey(_NAME, filename=str(_folder() / FILE), timeout=_PATIENCE, **options)

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
    with opened() as huey, _reaching():
        for _ in range(waiting - huey.pending_count()):
            huey.wake()


@contextlib.contextmanager
def exclusive() -> Iterator[None]:
    """One change at a time, over all processes and machines: what is read inside is still so when it is written."""
    with contextlib.ExitStack() as lock:
        with _reaching():
            lock.enter_context(_redis_lock() if uses_redis() else file_lock(_folder() / LOCK_FILE, patience=_PATIENCE))
        yield


@contextlib.contextmanager
def file_lock(path: Path, *, patience: float) -> Iterator[None]:
    """A lock that the system frees when its process ends, however it ends. Raises sqlite3.Error."""
    database = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)
    try:
        database.execute("BEGIN EXCLUSIVE")
        yield
    finally:
        database.close()


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
    return ConnectionPool.from_url(os.environ[REDIS_VARIABLE], socket_timeout=10, socket_connect_timeout=5)


def _folder() -> Path:
    records.home().mkdir(parents=True, exist_ok=True)
    return records.home()


@contextlib.contextmanager
def _reaching() -> Iterator[None]:
    try:
        yield
    except (RedisError, ValueError) as error:
        place = urlsplit(os.environ.get(REDIS_VARIABLE, ""))
        raise Unavailable(
            "The queue cannot be reached",
            expected=f"a Redis server at {place.hostname or place.path}:{place.port or 6379}, as {REDIS_VARIABLE} says",
            found=str(error) or type(error).__name__,
            remedy="Start it, or correct the address.",
        ) from error
    except (sqlite3.Error, OSError) as error:
        raise Unavailable(
            "The queue cannot be used",
            expected=f"a writable folder {records.home()} on a local disk",
            found=str(error),
            remedy=f"Make it writable, make room, or set {records.FOLDER_VARIABLE} to another folder.",
        ) from error
