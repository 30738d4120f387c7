"""Jobs on disk: a folder each. Every file is written whole or not at all.

    job.json         the job's record, which alone says whose it is     log.txt          the trainer's own words
    report.json      how far it is, as the trainer says                 backup/          its last completed epoch
    drawings/        what people have drawn for it                      guesses.json     what the network makes of that
    first_layer.npz  what its first layer has learned

A folder without a readable record is no job; it is left alone.
"""

import contextlib
import functools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from mnist_app import NotFound, Unavailable, store
from mnist_app.jobs.job import IDENTIFIER, Job, Report
from mnist_app.store import files

FOLDER_VARIABLE = "MNIST_APP_JOBS"
RECORD, REPORT, LOG, BACKUP = "job.json", "report.json", "log.txt", "backup"

_NOTHING = Report()
_T = TypeVar("_T")


def home() -> Path:
    """The jobs folder: MNIST_APP_JOBS, or .jobs in the folder of the models trained here."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named).expanduser() if named else store.own_folder() / ".jobs"


def folder_of(id: str) -> Path:
    """The folder of a job that need not exist. Raises NotFound for what comes from a link and is no job's name."""
    if not IDENTIFIER.fullmatch(id) or len(id) > 200:
        raise _unknown(id)
    return home() / id


@contextlib.contextmanager
def writing() -> Iterator[None]:
    """Turns what the operating system refuses into Unavailable."""
    try:
        yield
    except OSError as error:
        raise Unavailable(
            "The queue's folder cannot be written",
            expected=f"a writable folder {home()} with room in it",
            found=str(error),
            remedy=f"Make it writable, make room, or set {FOLDER_VARIABLE} to another folder.",
        ) from error


def read(id: str) -> Job:
    """The job as it is now. Raises NotFound."""
    folder = folder_of(id)
    job = read_file(folder / RECORD, Job)
    if job is None or job.id != id:
        raise _unknown(id)
    return job.with_report(read_file(folder / REPORT, Report) or _NOTHING)


def read_all() -> list[Job]:
    """Every job that can be read."""
    found = []
    with contextlib.suppress(OSError):
        for folder in home().iterdir():
            with contextlib.suppress(NotFound):  # another file, a damaged record, or a job that was just removed
                found.append(read(folder.name))
    return found


def create(job: Job) -> None:
    """Make the folder of a new job, in place of an old one."""
    remove(job.id)
    with writing():
        folder_of(job.id).mkdir(parents=True)
    write(job)


def write(job: Job) -> None:
    """Replace a job's record. Who writes holds the queue's lock."""
    write_file(folder_of(job.id) / RECORD, job.with_report(_NOTHING))


def write_report(id: str, report: Report) -> None:
    write_file(folder_of(id) / REPORT, report)


def remove(id: str) -> None:
    """Remove a job, its record first."""
    with writing():
        (folder_of(id) / RECORD).unlink(missing_ok=True)
    shutil.rmtree(folder_of(id), ignore_errors=True)


def read_file(path: Path, kind: type[_T]) -> _T | None:
    """What a JSON file holds, decoded once while it stays the same; None where it is missing or damaged."""
    try:
        about = path.stat()
        return _decode(str(path), (about.st_ino, about.st_mtime_ns, about.st_size), kind)
    except (OSError, msgspec.MsgspecError):
        return None


def write_file(path: Path, value: object) -> None:
    """Replace a JSON file."""
    with writing():
        files.write(path, files.encode(value), flush=path.name == RECORD)


@functools.lru_cache(maxsize=1000)
def _decode(path: str, version: tuple[int, ...], kind: type[_T]) -> _T:
    """Thirty pages read sixty jobs twice a second: `version` changes with the file."""
    return msgspec.json.decode(Path(path).read_bytes(), type=kind)


def _unknown(id: str) -> NotFound:
    return NotFound(
        f"There is no training {id[:80]!r} in the queue",
        remedy="It was discarded, or it ended long ago: `python -m mnist_app queue` lists the others.",
    )
