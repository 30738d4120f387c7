"""The process that imports TensorFlow: `python -m mnist_app.jobs.trainer`, started by a worker.

It prepares itself, reads its job from the standard input, one line of JSON, trains, and finishes the job. All that it
says goes into the job's log. When its standard input ends, its worker has ended, and so does it.
"""

import contextlib
import functools
import os
import sys
import threading
import time
import traceback

import msgspec

from mnist_app import ExplorerError, Unavailable, data, store
from mnist_app.evaluation.results import Progress
from mnist_app.jobs import leases, limits, orders, records, storing, sweeping, watching
from mnist_app.jobs.job import Job, Report
from mnist_app.jobs.reporting import LiveReporter, Reporter

_NICENESS = 5  # pages answer while a training runs on the same machine
_LONGEST_MESSAGE = 300


def main() -> None:
    """Wait for the job and do it."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    with contextlib.suppress(Exception):  # it is tried again, and believed, when there is a job
        from mnist_app import training  # noqa: F401
    line = sys.stdin.readline()
    if not line:
        return
    job = msgspec.json.decode(line, type=Job)
    threading.Thread(target=_end_with_the_worker, daemon=True).start()
    with contextlib.suppress(OSError):  # a full disk: the training will say so
        _write_log(job.id)
    perform(job)
    os._exit(0)  # TensorFlow takes its time otherwise


def perform(job: Job) -> None:
    """Do what the job asks for, and finish it."""
    try:
        do = sweeping.train_missing if job.kind == "sweep" else _keep if job.status == "keeping" else _train
        end = functools.partial(leases.finish, job, "finished", model=do(job))
    except Exception as error:
        traceback.print_exc()
        text = str(error)
        if not isinstance(error, ExplorerError):
            text = f"The training failed unexpectedly: {error!r:.{_LONGEST_MESSAGE}}"
        end = functools.partial(leases.fail, job, text)
    while True:
        try:
            return end()
        except Unavailable:  # where the disk is full, there may be room later
            traceback.print_exc()
            time.sleep(1)


def _train(job: Job) -> str:
    """Train from the first epoch or the last one that was completed, and store the model, whose name it returns."""
    if orders.is_stored(job.id):  # by a trainer that was lost before it could say so
        return job.id

    from mnist_app import training

    recipe, backup = job.recipe, records.folder_of(job.id) / records.BACKUP
    mnist = data.load(name=job.data)
    store.check_writable()
    split = data.split(mnist, validation=recipe.validation)
    report = LiveReporter(job, expected=limits.expected_seconds(recipe))
    trained = training.train(recipe, split=split, seed=job.seed, on_progress=report, backup=backup)
    with contextlib.suppress(Unavailable):  # an estimate is not worth a failure
        limits.note_speed(recipe, trained.seconds)
    return _store(job, trained, mnist)


def _keep(job: Job) -> str:
    """Store what a training had after its last completed epoch, which may be one that was not reported."""
    from mnist_app import training

    mnist = data.load(name=job.data)
    trained = training.restore(job.recipe, seed=job.seed, backup=records.folder_of(job.id) / records.BACKUP)
    completed = len(trained.history.epochs)
    steps = trained.history.batches[-1].batch // completed
    at = Progress(completed, job.recipe.epochs, steps, steps, round(trained.seconds, 3), 0.0)
    Reporter(job, expected=0.0).send(Report(at, trained.history))
    return _store(job, trained, mnist)


def _store(job: Job, trained, mnist: data.Mnist) -> str:
    completed = len(trained.history.epochs)
    stopped = None if completed == job.recipe.epochs else completed
    with records.writing():
        trained.first_layer.write(watching.first_layer_file(job.id))
    with store.saving(job.recipe, seed=job.seed, stopped=stopped) as draft:
        trained.first_layer.write(draft.folder / store.FIRST_LAYER_FILE)
        storing.finish(draft, trained, mnist=mnist)
        Reporter(job, expected=0.0).check()
    return store.name_of(job.recipe, job.seed, stopped, data=mnist.name)


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
