"""The process that imports TensorFlow: `python -m mnist_app.jobs.trainer FOLDER`, started by a worker.

It prepares itself, reads its job from the standard input, one line of JSON, trains, and finishes the job. All that it
says goes into the job's log. When its standard input ends, its worker has ended, and so does it. FOLDER holds its
temporary files: it removes the folder at its end, however its worker ended.
"""

import contextlib
import functools
import os
import shutil
import sys
import threading
import time
import traceback
from pathlib import Path

import msgspec

from mnist_app import ExplorerError, Unavailable, data, noise, store
from mnist_app.evaluation import sweep
from mnist_app.evaluation.results import Progress
from mnist_app.jobs import limits, orders, processes, records, trainings
from mnist_app.jobs.job import Job, Report
from mnist_app.jobs.watching import LeaseLost, Reporter
from mnist_app.serving import denoisers

_NICENESS = 5  # pages answer while a training runs on the same machine
_CANDIDATES = 100  # training images, of which one is shown; a network reads them in a few milliseconds


def main() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    with contextlib.suppress(Exception):  # it is tried again, and believed, when there is a job
        from mnist_app import training  # noqa: F401
    line = sys.stdin.readline()
    if not line:
        _end(1)
    job = msgspec.json.decode(line, type=Job)
    threading.Thread(target=_end_with_the_worker, daemon=True).start()
    with contextlib.suppress(OSError):  # a full disk: the training will say so
        _write_log(job.id)
    perform(job)
    _end(0)


def perform(job: Job) -> None:
    try:
        do = {"sweep": _train_sweep, "curves": _measure}.get(job.kind, _train)
        do = _keep if job.status == "keeping" else do
        end = functools.partial(records.finish, job, "finished", model=do(job))
    except Exception as error:
        traceback.print_exc()
        known = isinstance(error, ExplorerError)
        text = str(error) if known else f"The training failed unexpectedly: {error!r:.300}"
        end = functools.partial(records.fail, job, text)
        if isinstance(error, LeaseLost):  # or the record could not be read for a moment: the job is still to be done
            end = functools.partial(records.requeue, job)
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

    recipe = job.recipe
    mnist = data.load(name=job.data)
    store.check_writable()
    split = data.split(mnist, validation=recipe.validation)
    last = slice(-_CANDIDATES, None)
    candidates = list(zip(mnist.train_images[last], mnist.train_labels[last].tolist(), strict=True))
    report = Reporter(job, candidates=candidates)
    trained = training.train(recipe, split=split, seed=job.seed, on_progress=report, backup=_backup(job))
    with contextlib.suppress(Unavailable):  # an estimate is not worth a failure
        limits.note_speed(recipe, trained.seconds)
    return _store(job, trained, mnist)


def _keep(job: Job) -> str:
    """Store what a training had after its last completed epoch, which may be one that was not reported."""
    from mnist_app import training

    mnist = data.load(name=job.data)
    trained = training.restore(job.recipe, seed=job.seed, backup=_backup(job))
    completed = len(trained.history.epochs)
    steps = trained.history.batches[-1].batch // completed
    at = Progress(completed, job.recipe.epochs, steps, steps, round(trained.seconds, 3), 0.0)
    Reporter(job).send(Report(at, trained.history))
    return _store(job, trained, mnist)


def _store(job: Job, trained, mnist: data.Mnist) -> str:
    completed = len(trained.history.epochs)
    stopped = None if completed == job.recipe.epochs else completed
    with store.saving(job.recipe, seed=job.seed, stopped=stopped) as draft:
        draft.owner, draft.owner_name = job.owner, job.owner_name
        trained.snapshots.write(draft.folder / store.FIRST_LAYER_FILE)
        trainings.finish(draft, trained, mnist=mnist)
        Reporter(job).check()
    return store.name_of(job.recipe, job.seed, stopped, data=mnist.name)


def _train_sweep(job: Job) -> str:
    """Train what is missing of a sweep. There is no model to name: it returns ""."""
    missing = sweep.missing(job.sweep, store.replicates.list(data=job.data))
    every = [store.name_of(*network, data=job.data) for network in sweep.missing(job.sweep, ())]
    absent = {store.name_of(*network, data=job.data) for network in missing}
    before = tuple(name for name in every if name not in absent)
    reporter = Reporter(job)

    def on_progress(progress: Progress, stored: tuple[str, ...]) -> None:
        reporter.report(progress, done=(*before, *stored))

    mnist = data.load(name=job.data)
    reporter.send(Report(done=before))
    trainings.train_sweep(missing, mnist=mnist, backup=_backup(job), on_progress=on_progress)
    reporter.send(Report(records.read(job.id).progress, done=tuple(every)))
    return ""


def _measure(job: Job) -> str:
    """Compute and store the noise curves that are not there yet. There is no model to name: it returns ""."""
    model, mnist = store.load(job.classifier), data.load(name=job.data)
    stored = {curve.denoiser for curve in store.noise_curves.list() if curve.classifier == model.name}
    began, steps = time.monotonic(), len(noise.LEVELS)

    def report(share: float) -> None:
        seconds = round(time.monotonic() - began, 3)
        left = max(0.0, job.expected - seconds)  # the share tells less: the last denoiser may take the longest
        at = Progress(1 + len(done), len(job.denoisers), round(share * steps), steps, seconds, left)
        Reporter(job).send(Report(at, done=tuple(done)))

    done = [key for key in job.denoisers if key in stored]
    for key in job.denoisers:
        if key not in stored:
            denoiser = denoisers.get(key, store.list_models().models)
            (curve,) = trainings.measure_noise_curves([model], denoiser, mnist=mnist, on_progress=report)
            store.noise_curves.save(curve)
            done.append(key)
    Reporter(job).send(Report(records.read(job.id).progress, done=job.denoisers))
    return ""


def _backup(job: Job) -> Path:
    return records.folder_of(job.id) / records.BACKUP


def _write_log(id: str) -> None:
    """Python's words and TensorFlow's go into the job's log from here on."""
    log = os.open(records.folder_of(id) / records.LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(log)


def _end_with_the_worker() -> None:
    processes.wait_for_parent()
    _end(1)


def _end(code: int) -> None:
    for folder in sys.argv[1:]:
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(code)  # TensorFlow takes its time otherwise


if __name__ == "__main__":
    main()
