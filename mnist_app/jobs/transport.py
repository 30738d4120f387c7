"""The queue itself, by huey: one SQLite file, or Redis where MNIST_APP_REDIS names one.

A message says which job is to be taken, and for the how-manieth time; all else is in the job's folder. Messages are
JSON of one fixed form: whoever can write into the queue can have a job taken that is in the jobs folder, and no more.
"""

import contextlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from huey import Huey, PriorityRedisHuey, SqliteHuey
from huey.api import TaskWrapper
from huey.registry import Message
from huey.serializer import Serializer
from redis import ConnectionPool, Redis
from redis.exceptions import LockError, RedisError

from mnist_app import Damaged, Unavailable
from mnist_app.jobs import records
from mnist_app.jobs.job import IDENTIFIER

REDIS_VARIABLE = "MNIST_APP_REDIS"
FILE, LOCK_FILE = "queue.sqlite", "changes.lock"

_NAME, _TASK = "mnist-explorer", "take"
_PATIENCE = 30  # seconds to wait for others that change something
_LONGEST_CHANGE = 15  # seconds after which Redis takes the lock from a machine that no longer answers


class JsonSerializer(Serializer):
    """Messages as JSON: names of the message and the job, attempt, priority."""

    def _serialize(self, data: Message) -> bytes:
        job, attempt = data.args
        return json.dumps({"message": data.id, "job": job, "attempt": attempt, "priority": data.priority}).encode()

    def _deserialize(self, data: bytes) -> Message:
        """Raises Damaged for all that `_serialize` does not write."""
        kinds = {"message": str, "job": str, "attempt": int, "priority": float}
        try:
            plain = json.loads(bytes(data))
            if {name: type(value) for name, value in plain.items()} != kinds or not IDENTIFIER.fullmatch(plain["job"]):
                raise ValueError
        except (ValueError, AttributeError, RecursionError) as error:
            raise Damaged(
                "The queue holds what is no message of this project, and it is left out",
                expected="JSON with message, job, attempt and priority",
                found=f"{bytes(data)!r:.60}",
            ) from error
        args = (plain["job"], plain["attempt"])
        return Message(plain["message"], f"{__name__}.{_TASK}", None, 0, 0, plain["priority"], args, {})


def uses_redis() -> bool:
    """Whether the queue is on a Redis server rather than in a file."""
    return bool(os.environ.get(REDIS_VARIABLE))


@dataclass(frozen=True)
class Queue:
    """An open queue: `huey` for a worker's consumer, and what is put in and seen in it."""

    huey: Huey
    task: TaskWrapper

    def send(self, id: str, attempt: int, *, queued: float) -> None:
        """Put in a message. The job that was queued first is taken first, however late its message comes.

        Raises Unavailable.
        """
        with _reaching():
            self.huey.enqueue(self.task.s(id, attempt, priority=-float(queued)))

    def messages(self) -> set[tuple[str, int]]:
        """Job and attempt of every message that waits. Raises Unavailable."""
        found = set()
        with _reaching():
            for data in self.huey.storage.enqueued_items():
                with contextlib.suppress(Damaged):
                    found.add(self.huey.serializer.deserialize(data).args)
        return found


@contextlib.contextmanager
def connection(perform: Callable[[str, int], None] = lambda id, attempt: None) -> Iterator[Queue]:
    """The queue while the block lasts. A worker's consumer calls `perform` with each message's job and attempt.

    Raises Unavailable.
    """
    folder = records.prepare()
    options = {"results": False, "serializer": JsonSerializer()}
    with _reaching():
        if uses_redis():
            huey = PriorityRedisHuey(_NAME, connection_pool=_pool(), **options)
        else:
            huey = SqliteHuey(_NAME, filename=str(folder / FILE), timeout=_PATIENCE, strict_fifo=True, **options)

    def take(id: str, attempt: int) -> None:
        perform(id, attempt)

    try:
        yield Queue(huey, huey.task(name=_TASK)(take))
    finally:
        huey.storage.close()
        if uses_redis():
            huey.storage.pool.disconnect()


def send(id: str, attempt: int, *, queued: float) -> None:
    """Put a message into the queue, as `Queue.send` does. Raises Unavailable."""
    with connection() as queue:
        queue.send(id, attempt, queued=queued)


@contextlib.contextmanager
def exclusive() -> Iterator[None]:
    """One change at a time, over all processes and machines: what is read inside is still so when it is written.

    Raises Unavailable.
    """
    if uses_redis():
        with _reaching():
            pool = _pool()
            lock = Redis(connection_pool=pool).lock(
                f"{_NAME}:changes", timeout=_LONGEST_CHANGE, blocking_timeout=_PATIENCE
            )
            lock.acquire() or _raise(LockError("others have kept it locked"))
        try:
            yield
        finally:
            with contextlib.suppress(RedisError):
                lock.release()
            pool.disconnect()
        return
    path = records.prepare() / LOCK_FILE
    with _reaching():
        database = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
        try:
            database.execute("BEGIN EXCLUSIVE")
        except BaseException:
            database.close()
            raise
    try:
        yield
    finally:
        database.close()  # which frees the lock, as the end of the process would


def _pool() -> ConnectionPool:
    return ConnectionPool.from_url(os.environ[REDIS_VARIABLE], socket_timeout=10, socket_connect_timeout=5)


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


def _raise(error: Exception):
    raise error
