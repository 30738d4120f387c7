"""The process that imports TensorFlow: `python -m mnist_app.jobs.trainer`, started by a worker.

It prepares itself, reads one line of JSON with its job from the standard input, and answers with one line on the
standard output: {"error", "model", "seconds"}. All else that it says goes into the job's log.txt. When its standard
input ends, its worker has ended, and so does it.
"""

import contextlib
import json
import os
import sys
import threading
import traceback

from mnist_app import ExplorerError, NotFound, data, store
from mnist_app.evaluation.results import History
from mnist_app.jobs import Position, changes, records, storing, sweeping, watching
from mnist_app.jobs.job import Course, Ticket
from mnist_app.jobs.reporting import Channel, Reporter

_NICENESS = 5  # pages answer while a training runs on the same machine
_LONGEST_MESSAGE = 300


def main() -> None:
    """Wait for the job, do it, say how it ended."""
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    with contextlib.suppress(Exception):  # it is tried again, and believed, when there is a job
        from mnist_app import training  # noqa: F401
    line = sys.stdin.readline()
    if not line:
        return
    job = json.loads(line)
    threading.Thread(target=_end_with_the_worker, daemon=True).start()
    with contextlib.suppress(OSError):  # a full disk: the training will say so
        _write_log(job["id"])
    answer.write(json.dumps(_outcome(job)) + "\n")
    answer.flush()
    os._exit(0)  # TensorFlow takes its time otherwise


def train(ticket: Ticket, attempt: int) -> dict[str, object]:
    """Train from the first epoch or from the last one that was completed, and store the model."""
    from mnist_app import training

    recipe, seed, folder = ticket.recipe, ticket.seed, records.folder_of(ticket.id)
    mnist = data.load(name=ticket.data)
    storing.check_folder(recipe, seed=seed)
    try:
        before = training.restore(recipe, seed=seed, validation=recipe.validation, backup=folder / records.BACKUP)
        history = before.history
    except NotFound:
        history = History((), (), recipe.validation)
    reporter = Reporter(ticket, attempt, before=history)
    split = data.split_for(recipe.validation, mnist)
    try:
        trained = training.train(recipe, split=split, seed=seed, watch=reporter, backup=folder / records.BACKUP)
    except training.Diverged:
        reporter.tell()
        raise
    return _store(ticket, attempt, trained, mnist)


def keep(ticket: Ticket, attempt: int) -> dict[str, object]:
    """Store what a training had after its last completed epoch."""
    from mnist_app import training

    recipe, backup = ticket.recipe, records.folder_of(ticket.id) / records.BACKUP
    mnist = data.load(name=ticket.data)
    trained = training.restore(recipe, seed=ticket.seed, validation=recipe.validation, backup=backup)
    return _store(ticket, attempt, trained, mnist)


def _store(ticket: Ticket, attempt: int, trained, mnist: data.Mnist) -> dict[str, object]:
    channel, recipe, seed = Channel(ticket.id, attempt), ticket.recipe, ticket.seed
    completed = len(trained.history.epochs)
    stopped = None if completed == recipe.epochs else completed
    steps = trained.history.batches[-1].batch // completed
    position = Position(completed, recipe.epochs, steps, steps, round(trained.seconds, 3), 0.0)
    channel.tell(Course(position, trained.history))
    with records.writing():
        storing.write_first_layer(watching.first_layer_file(ticket.id), trained.first_layer)
    with store.saving(recipe, seed=seed, stopped=stopped) as draft:
        changes.note_draft(ticket.id, draft.folder)
        storing.write_first_layer(draft.folder / store.FIRST_LAYER_FILE, trained.first_layer)
        storing.finish(draft, trained, mnist=mnist)
        channel.check()
    return {"model": store.name_of(recipe, seed, stopped, data=mnist.name), "seconds": trained.seconds}


_DEEDS = {"train": train, "keep": keep, "sweep": sweeping.train_missing}


def _outcome(job: dict) -> dict[str, object]:
    try:
        return _DEEDS[job["mode"]](records.read_ticket(job["id"]), job["attempt"])
    except ExplorerError as error:
        traceback.print_exc()
        return {"error": str(error)}
    except Exception as error:
        traceback.print_exc()
        text = " ".join(str(error).split())[:_LONGEST_MESSAGE]
        return {"error": f"The training failed unexpectedly: {type(error).__name__}: {text}"}


def _write_log(id: str) -> None:
    """Python's words and TensorFlow's go into the job's log from here on."""
    log = os.open(records.folder_of(id) / records.LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(log)


def _end_with_the_worker() -> None:
    while os.read(0, 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
