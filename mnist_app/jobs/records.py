"""Jobs on disk: a folder each, the truth about them. Each file is written whole or not at all.

    order.json    what was ordered          state.json       what has become of it   progress.json  how far it is
    attempt-<k>   taken for the k-th time   stop             a stop was asked for    draft          a model being saved
    backup/       the last completed epoch  drawings/        what people have drawn  guesses.json   what it makes of it
    log.txt       the trainer's own words   first_layer.npz  what that has learned

What may be done to a job, and by whom, is decided in `changes`.
"""

import contextlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from mnist_app import ExplorerError, NotFound, Unavailable, store
from mnist_app.evaluation.results import History
from mnist_app.jobs.job import IDENTIFIER, Course, Job, State, Ticket

FOLDER_VARIABLE = "MNIST_APP_JOBS"
ORDER, STATE, PROGRESS = "order.json", "state.json", "progress.json"
STOP, LOG, GUESSES, DRAFT = "stop", "log.txt", "guesses.json", "draft"
BACKUP, DRAWINGS = "backup", "drawings"

_HIDDEN = "."
_DAMAGED = (ValueError, KeyError, TypeError, AttributeError, RecursionError, ExplorerError)
_MOST_REMEMBERED = 1000
_NOT_BEGUN = Course(None, History((), ()))

_read_before: dict[tuple[str, Callable], tuple[tuple[int, ...], object]] = {}


def home() -> Path:
    """The jobs folder: MNIST_APP_JOBS, or .jobs in the folder of the models trained here."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named).expanduser() if named else store.own_folder() / ".jobs"


def folder_of(id: str) -> Path:
    """The folder of a job that need not exist. Raises NotFound when no job can be called that."""
    if not isinstance(id, str) or not IDENTIFIER.fullmatch(id) or len(id) > 200:
        raise unknown(id)
    return home() / id


def prepare() -> Path:
    """The jobs folder, made if it was not there. Raises Unavailable."""
    with writing():
        home().mkdir(parents=True, exist_ok=True)
    return home()


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


def create(ticket: Ticket, state: State) -> None:
    """Make a job's folder, under a hidden name first. Raises OSError; FileExistsError when there is one."""
    partial = home() / f"{_HIDDEN}{ticket.id}-{secrets.token_hex(4)}"
    try:
        partial.mkdir(parents=True)
        write(partial / ORDER, ticket.to_json(), flush=True)
        write(partial / STATE, state.to_json(), flush=True)
        if (home() / ticket.id).exists():
            raise FileExistsError(ticket.id)
        partial.rename(home() / ticket.id)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def remove(id: str) -> None:
    """Remove a job's folder; nobody sees it half removed. Raises OSError."""
    aside = home() / f"{_HIDDEN}{id}-{secrets.token_hex(4)}"
    folder_of(id).rename(aside)
    shutil.rmtree(aside, ignore_errors=True)


def identifiers() -> list[str]:
    """The names of all jobs' folders."""
    with contextlib.suppress(OSError):
        return [name for name in _inside(home()) if IDENTIFIER.fullmatch(name)]
    return []


def remove_remains() -> None:
    """Hidden folders of processes that were killed while they made or removed a job, older than an hour."""
    for path in home().glob(f"{_HIDDEN}*"):
        with contextlib.suppress(OSError):
            if path.is_dir() and time.time() - path.stat().st_mtime > 3600:
                shutil.rmtree(path, ignore_errors=True)


def read_ticket(id: str) -> Ticket:
    """What was ordered. Raises NotFound."""
    return read_file(folder_of(id) / ORDER, Ticket.from_json) or _raise(unknown(id))


def read_state(id: str) -> State:
    """What has become of it. Raises NotFound."""
    return read_file(folder_of(id) / STATE, State.from_json) or _raise(unknown(id))


def write_state(id: str, state: State) -> None:
    """Raises OSError."""
    write(folder_of(id) / STATE, state.to_json(), flush=True)


def read_course(id: str) -> Course:
    """How far it is; of a job that has not begun, or whose file is damaged, an empty course."""
    return read_file(folder_of(id) / PROGRESS, Course.from_json) or _NOT_BEGUN


def write_course(id: str, course: Course) -> None:
    """Raises OSError."""
    write(folder_of(id) / PROGRESS, course.to_json())


def read_job(id: str) -> Job:
    """The job as it is now. Raises NotFound."""
    return _read_job(id, folder_of(id))


def read_jobs() -> list[Job]:
    """Every job that can be read."""
    found, folder = [], str(home())
    for id in identifiers():
        with contextlib.suppress(NotFound):  # removed in this moment, damaged, or no job
            found.append(_read_job(id, f"{folder}/{id}"))
    return found


def read_file(entry: os.DirEntry | Path | None, make: Callable) -> object | None:
    """What a JSON file holds, made into an object by `make`, once while the file stays the same.

    None where it is missing or damaged.
    """
    if entry is None:
        return None
    try:
        about = entry.stat()
        version = about.st_ino, about.st_mtime_ns, about.st_size
        known = _read_before.get((os.fspath(entry), make))
        if known and known[0] == version:
            return known[1]
        value = make(json.loads(Path(entry).read_bytes()))
    except (OSError, *_DAMAGED):
        return None
    if len(_read_before) >= _MOST_REMEMBERED:
        _read_before.clear()
    _read_before[os.fspath(entry), make] = version, value
    return value


def write(path: Path, plain: object, *, flush: bool = False) -> None:
    """A JSON file, replaced whole; with `flush`, it outlasts the machine's losing its power. Raises OSError."""
    content = json.dumps(plain, separators=(",", ":"), allow_nan=False).encode()
    write_bytes(path, content, flush=flush)


def write_bytes(path: Path, content: bytes, *, flush: bool = False) -> None:
    """A file, replaced whole. Raises OSError."""
    partial = path.with_name(f"{_HIDDEN}{path.name}.{secrets.token_hex(4)}")
    try:
        with partial.open("xb") as file:
            file.write(content)
            if flush:
                file.flush()
                os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def unknown(id: object) -> NotFound:
    return NotFound(
        f"There is no training {str(id)[:80]!r} in the queue",
        remedy="It was discarded, or it ended long ago: `python -m mnist_app queue` lists the others.",
    )


def _read_job(id: str, folder: str | Path) -> Job:
    try:
        inside = _inside(folder)
    except OSError as error:
        raise unknown(id) from error
    ticket, state = read_file(inside.get(ORDER), Ticket.from_json), read_file(inside.get(STATE), State.from_json)
    if not ticket or not state:
        raise unknown(id)
    course = read_file(inside.get(PROGRESS), Course.from_json) or _NOT_BEGUN
    if ticket.kind == "train" and state.status in ("waiting", "stopped", "keeping"):
        course = course.up_to_the_last_epoch()
    return Job(
        id=id,
        kind=ticket.kind,
        recipe=ticket.recipe,
        seed=ticket.seed,
        owner=ticket.owner,
        ordered=ticket.ordered,
        expected=ticket.expected,
        status=state.status,
        attempt=state.attempt,
        position=course.position,
        history=course.history,
        error=state.error,
        model=state.model,
        sweep=ticket.sweep,
        done=course.done,
        stopping=state.status == "running" and STOP in inside,
        ended=state.ended,
        queued=state.queued,
        data=ticket.data,
    )


def _inside(folder: str | Path) -> dict[str, os.DirEntry]:
    """What is in a folder, looked up much faster than by paths: thirty pages read sixty jobs twice a second."""
    with os.scandir(folder) as entries:
        return {entry.name: entry for entry in entries}


def _raise(error: Exception):
    raise error
