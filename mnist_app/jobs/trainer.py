"""The process that imports TensorFlow: `python -m mnist_app.jobs.trainer`, started by a worker.

It prepares itself, reads its job from the standard input, one line of JSON, and answers with an `Outcome` on the
standard output. All else that it says goes into the job's log. When its standard input ends, its worker has ended, and
so does it.
"""

import contextlib
import os
import sys
import threading
import traceback

import msgspec

from mnist_app import ExplorerError, data, store
from mnist_app.jobs import limits, records, storing, sweeping, watching
from mnist_app.jobs.children import Outcome
from mnist_app.jobs.job import Job, Report
from mnist_app.jobs.reporting import Channel, Progress, Reporter

_NICENESS = 5  # pages answer while a training runs on the same machine
_LONGEST_MESSAGE = 300


def main() -> None:
    """Wait for the job, do it, say how it ended."""
    answer = os.fdopen(os.dup(1), "wb")
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
    answer.write(store.encode(perform(job)))
    answer.flush()
    os._exit(0)  # TensorFlow takes its time otherwise


def perform(job: Job) -> Outcome:
    """Do what the job asks for, and say how it ended."""
    try:
        if job.kind == "sweep":
            return Outcome(seconds=sweeping.train_missing(job))
        return _keep(job) if job.status == "keeping" else _train(job)
    except ExplorerError as error:
        traceback.print_exc()
        return Outcome(error=str(error))
    except Exception as error:
        traceback.print_exc()
        text = " ".join(str(error).split())[:_LONGEST_MESSAGE]
        return Outcome(error=f"The training failed unexpectedly: {type(error).__name__}: {text}")


def _train(job: Job) -> Outcome:
    """Train from the first epoch or from the last one that was completed, and store the model."""
    from mnist_app import training

    recipe, backup = job.recipe, records.folder_of(job.id) / records.BACKUP
    mnist = data.load(name=job.data)
    storing.check_folder(recipe, seed=job.seed)
    reporter = Reporter(job, expected=limits.expected_seconds(recipe))
    split = data.split(mnist, validation=recipe.validation)
    try:
        trained = training.train(recipe, split=split, seed=job.seed, on_progress=reporter, backup=backup)
    except training.Diverged:
        reporter.send()
        raise
    return _store(job, trained, mnist)


def _keep(job: Job) -> Outcome:
    """Store what a training had after its last completed epoch."""
    from mnist_app import training

    recipe, backup = job.recipe, records.folder_of(job.id) / records.BACKUP
    mnist = data.load(name=job.data)
    trained = training.restore(recipe, seed=job.seed, backup=backup)
    return _store(job, trained, mnist)


def _store(job: Job, trained, mnist: data.Mnist) -> Outcome:
    channel, recipe = Channel(job, expected=0.0), job.recipe
    completed = len(trained.history.epochs)
    stopped = None if completed == recipe.epochs else completed
    steps = trained.history.batches[-1].batch // completed
    at = Progress(completed, recipe.epochs, steps, steps, round(trained.seconds, 3), 0.0)
    channel.send(Report(at, trained.history))
    with records.writing():
        store.write_first_layer(watching.first_layer_file(job.id), trained.first_layer)
    with store.saving(recipe, seed=job.seed, stopped=stopped) as draft:
        store.write_first_layer(draft.folder / store.FIRST_LAYER_FILE, trained.first_layer)
        storing.finish(draft, trained, mnist=mnist)
        channel.check()
    return Outcome(model=store.name_of(recipe, job.seed, stopped, data=mnist.name), seconds=trained.seconds)


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
