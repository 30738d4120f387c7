"""Jobs on disk: a folder each. Every file is written whole or not at all.

    job.json         the job's record, which alone says whose it is     log.txt          the trainer's own words
    report.json      how far it is, as the trainer says                 backup/          its last completed epoch
    drawings/        what people have drawn for it                      guesses.json     what the network makes of that
    first_layer.npz  what its first layer has learned               watched.npz      an image, and its digit, to watch

A folder without a record is no job. One whose record cannot be read stays until it is ordered anew or discarded.
A worker that takes a job gets a lease: worker and attempt. Who comes late with an older lease, as a machine that did
not answer for a while, changes nothing any more.
"""

import contextlib
import functools
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from mnist_app import Damaged, NotFound
from mnist_app.jobs import queue
from mnist_app.jobs.job import Job, Report
from mnist_app.store import files

MOST_LOSSES = 5  # workers that may be lost over one job before it counts as what ends them
RECORD, REPORT, LOG, BACKUP = "job.json", "report.json", "log.txt", "backup"

_IDENTIFIER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\.generated)?")
_T = TypeVar("_T")


def folder_of(id: str) -> Path:
    """The folder of a job that need not exist. Raises NotFound for what comes from a link and is no job's name."""
    if not _IDENTIFIER.fullmatch(id) or len(id) > 200:
        raise _unknown(id)
    return queue.home() / id


def read(id: str) -> Job:
    """The job as it is now. Raises NotFound or Damaged."""
    folder = folder_of(id)
    job = read_file(folder / RECORD, Job)
    if job and job.id == id:
        return job.with_report(read_file(folder / REPORT, Report) or Report())
    if not (folder / RECORD).exists():
        raise _unknown(id)
    raise Damaged(
        f"The record of the training {id} cannot be read",
        found=f"a damaged file {folder / RECORD}",
        remedy="Order this training again, which replaces it, or delete its folder.",
        name=id,
    )


def read_all() -> list[Job]:
    """Every job that can be read."""
    return [job for job in _read_each() if isinstance(job, Job)]


def list_damaged() -> list[Damaged]:
    """What is wrong with the jobs whose record cannot be read; `name` is that of the job."""
    return [error for error in _read_each() if isinstance(error, Damaged)]


def write(job: Job) -> None:
    """Replace a job's record, or begin it. Who writes holds the queue's lock."""
    with queue.writing():
        folder_of(job.id).mkdir(parents=True, exist_ok=True)
    write_file(folder_of(job.id) / RECORD, job.with_report(Report()))


def remove(id: str) -> None:
    """Remove a job whole, whatever is left of it."""
    aside = queue.home() / f"{files.PARTIAL}{secrets.token_hex(4)}"
    with queue.writing(), contextlib.suppress(FileNotFoundError):
        folder_of(id).rename(aside)
    shutil.rmtree(aside, ignore_errors=True)


def take(worker: str, *, status: str = "waiting") -> Job | None:
    """The first job in line for a worker; with "keeping" as status, one that is to be stored as it is."""
    with queue.exclusive():
        free = [job for job in read_all() if job.status == status and not job.worker]
        if not free:
            return None
        job = min(free, key=lambda job: job.place)
        status = "running" if status == "waiting" else status
        job = replace(job, status=status, worker=worker, attempt=job.attempt + 1)
        write(job)
        return job


def held(lease: Job) -> Job | None:
    """The job as it is now, while its lease is that of `lease`."""
    with contextlib.suppress(NotFound, Damaged):
        job = read(lease.id)
        if (job.worker, job.attempt) == (lease.worker, lease.attempt):
            return job
    return None


def finish(lease: Job, status: str, *, error: str = "", model: str = "") -> None:
    """End a job as "finished", "failed" or "stopped"."""
    with queue.exclusive():
        if job := held(lease):
            _end(job, status, error=error, model=model)


def fail(lease: Job, error: str) -> None:
    """End a job with what went wrong. What could not be kept may be kept again."""
    finish(lease, "stopped" if lease.status == "keeping" else "failed", error=error)


def requeue(lease: Job, *, lost: bool = False) -> None:
    """Let another worker go on with a job from its last completed epoch, or stop it where that was asked for.

    `lost` says that its worker ended without a word: after MOST_LOSSES of these, the job has failed.
    """
    with queue.exclusive():
        job = held(lease)
        if job is None:
            return
        job = replace(job, losses=job.losses + lost)
        keeping = job.status == "keeping"
        if job.losses >= MOST_LOSSES:
            reason = f"The worker was lost {job.losses} times while it trained this, probably for lack of memory."
            _end(job, "stopped" if keeping else "failed", error=reason)
        elif job.stopping:
            _end(job, "stopped")
        else:
            write(replace(job, status="keeping" if keeping else "waiting", worker=""))


def read_file(path: Path, kind: type[_T]) -> _T | None:
    """What a JSON file holds, decoded once while it stays the same; None where it is missing or damaged."""
    try:
        with path.open("rb") as file:  # a network's file system looks anew when a file is opened
            about = os.fstat(file.fileno())
            return _decode(str(path), (about.st_ino, about.st_mtime_ns, about.st_size), kind)
    except (OSError, ValueError, RecursionError):
        return None


def write_file(path: Path, value: object) -> None:
    with queue.writing():
        files.write(path, files.encode(value), flush=path.name == RECORD)


@functools.lru_cache(maxsize=1000)
def _decode(path: str, version: tuple[int, ...], kind: type[_T]) -> _T:
    """Thirty pages read sixty jobs twice a second: `version` changes with the file."""
    return msgspec.json.decode(Path(path).read_bytes(), type=kind)


def _end(job: Job, status: str, *, error: str = "", model: str = "") -> None:
    ended = {"worker": "", "stopping": False, "ended": time.time()}
    write(replace(job, status=status, error=error, model=model, **ended))
    if status == "finished":
        shutil.rmtree(folder_of(job.id) / BACKUP, ignore_errors=True)


def _read_each() -> Iterator[Job | Damaged]:
    with contextlib.suppress(OSError):
        for folder in queue.home().iterdir():
            try:
                yield read(folder.name)
            except NotFound:  # another file, or a job that was just removed
                continue
            except Damaged as error:
                yield error


def _unknown(id: str) -> NotFound:
    return NotFound(
        f"There is no training {id[:80]!r} in the queue",
        remedy="It was discarded, or it ended long ago: `python -m mnist_app queue` lists the others.",
    )
