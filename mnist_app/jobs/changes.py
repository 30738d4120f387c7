"""What workers do to a job: take it, end it, put it back. Each change is made by one process at a time.

A job that is taken again gets a new attempt. Who comes late with an older one, such as a machine that did not answer
for a while, changes nothing any more.
"""

import contextlib
import shutil
import time
from dataclasses import replace
from pathlib import Path

from mnist_app import NotFound, store
from mnist_app.jobs import records, transport
from mnist_app.jobs.job import State

MOST_LOSSES = 5
"""Workers that may be lost over one job before it counts as what ends them."""

_TAKEN = ("running", "keeping")


def take(id: str, attempt: int, *, worker: str) -> bool:
    """Take a job that waits, or one that is to be kept, for a worker; False when another has it, or it is gone.

    Raises Unavailable.
    """
    with transport.exclusive(), contextlib.suppress(NotFound):
        state = records.read_state(id)
        free = state.status == "waiting" or (state.status == "keeping" and not state.worker)
        if not free or state.attempt != attempt:
            return False
        with records.writing():
            try:
                _claim(id, attempt).open("x").close()
            except FileExistsError:
                return False
            (records.folder_of(id) / records.STOP).unlink(missing_ok=True)
            status = "running" if state.status == "waiting" else "keeping"
            records.write_state(id, replace(state, status=status, worker=worker))
        return True
    return False


def is_current(id: str, attempt: int) -> bool:
    """Whether this attempt is the one that counts: nobody ended the job or took it again."""
    with contextlib.suppress(NotFound):
        state = records.read_state(id)
        return state.attempt == attempt and state.status in _TAKEN
    return False


def settle(id: str, attempt: int, status: str, *, error: str = "", model: str = "") -> bool:
    """End a job, as "finished", "failed" or "stopped"; False when this attempt no longer counts.

    Raises Unavailable.
    """
    with transport.exclusive():
        if not is_current(id, attempt):
            return False
        _end(id, records.read_state(id), status, error=error, model=model)
        return True


def put_back(id: str, attempt: int, *, lost: bool = False) -> bool:
    """Let another worker go on with a job from its last completed epoch; False when this attempt no longer counts.

    A job that was to be stopped is stopped. `lost` says that its worker ended without a word: after MOST_LOSSES of
    these, the job has failed. Raises Unavailable.
    """
    with transport.exclusive():
        if not is_current(id, attempt):
            return False
        state = records.read_state(id)
        remove_draft(id)
        state = replace(state, attempt=attempt + 1, worker="", losses=state.losses + lost)
        if state.losses >= MOST_LOSSES:
            reason = f"The worker was lost {state.losses} times while it trained this, probably for lack of memory."
            _end(id, state, "failed" if state.status == "running" else "stopped", error=reason)
        elif (records.folder_of(id) / records.STOP).exists():
            _end(id, state, "stopped")
        else:
            with records.writing():
                records.write_state(id, replace(state, status="waiting" if state.status == "running" else "keeping"))
            if state.status == "running":
                transport.send(id, state.attempt, queued=state.queued)
        return True


def send_again(id: str, attempt: int) -> None:
    """Put a waiting job's message into the queue again, where it was lost. Raises Unavailable."""
    with transport.exclusive(), contextlib.suppress(NotFound):
        state = records.read_state(id)
        if state.status != "waiting" or state.attempt != attempt:
            return
        if _claim(id, attempt).exists():  # taken by a process that ended before it could say so
            state = replace(state, attempt=attempt + 1)
            with records.writing():
                records.write_state(id, state)
        transport.send(id, state.attempt, queued=state.queued)


def note_draft(id: str, folder: Path) -> None:
    """Remember where a model is being written, so that it is removed when its process is killed. Raises OSError."""
    records.write(records.folder_of(id) / records.DRAFT, folder.name)


def remove_draft(id: str) -> None:
    """Remove what a killed process had written of a model."""
    path = records.folder_of(id) / records.DRAFT
    with contextlib.suppress(OSError):
        name = records.read_file(path, str)
        if name and name == Path(name).name and name.startswith(".partial-"):
            shutil.rmtree(store.own_folder() / name, ignore_errors=True)
        path.unlink()


def _claim(id: str, attempt: int) -> Path:
    return records.folder_of(id) / f"attempt-{attempt}"


def _end(id: str, state: State, status: str, *, error: str = "", model: str = "") -> None:
    folder = records.folder_of(id)
    with records.writing():
        now = time.time()
        records.write_state(id, replace(state, status=status, worker="", error=error, model=model, ended=now))
    with contextlib.suppress(OSError):
        (folder / records.STOP).unlink(missing_ok=True)
    if status == "finished":
        shutil.rmtree(folder / records.BACKUP, ignore_errors=True)
