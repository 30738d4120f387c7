"""A queue to test with: folders of its own, workers that are ended at the end, and waiting with a deadline."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from mnist_app import jobs, recipes, store
from mnist_app.evaluation.results import Batches, Epoch, History, Progress
from mnist_app.jobs import queue, records
from mnist_app.jobs.job import Report
from mnist_app.jobs.processes import APP_VARIABLE

ROOT = Path(__file__).parents[1]
OWNER = "abcdefgh12345678"
OTHER = "zyxwvuts87654321"
PATIENCE = 240
"""Seconds to wait for what takes a few, on a machine that is busy with other things."""

RECIPE = recipes.get("mlp-64-64").changed(images=1000, epochs=5)
STEPS = 8
"""Steps of an epoch of RECIPE."""


def order(seed=0, owner=OWNER, recipe=RECIPE) -> jobs.Job:
    """A training of a few seconds, ordered."""
    return jobs.submit(recipe, seed=seed, owner=owner)


def order_many(count: int) -> list[jobs.Job]:
    """That many jobs, of several owners."""
    return [order(seed, owner=f"person{seed:04d}") for seed in range(count)]


def begin(job: jobs.Job, *, worker: str = "somebody") -> jobs.Job:
    """Let a worker take a job that is first in line, or that is to be kept."""
    taken = records.take(worker, status=job.status)
    assert taken.id == job.id
    return taken


def train(job: jobs.Job, *, epochs: int, more: int = 0) -> jobs.Job:
    """Report what a trainer does: that many epochs, and steps of one more."""
    history = History(
        tuple(Epoch(1 / (n + 1), 0.5, 1.0, 0.6, 2.0) for n in range(epochs)),
        tuple(Batches(n + 1, 1.0, 0.5) for n in range(epochs * STEPS + more)),
    )
    epoch, step = (epochs + 1, more) if more else (epochs, STEPS)
    progress = Progress(epoch, job.recipe.epochs, step, STEPS, 2.0 * epochs, 7.0) if epochs or more else None
    records.write_file(records.folder_of(job.id) / records.REPORT, Report(progress, history))
    return jobs.find(job.id)


def end(job: jobs.Job, status: str, **details: str) -> jobs.Job:
    """End a job as its worker does."""
    records.finish(job, status, **details)
    return jobs.find(job.id)


def messages() -> int:
    """How many messages wait in the queue."""
    with queue.opened() as huey:
        return huey.pending_count()


class Stage:
    """Folders for models and jobs, and the processes that use them. `environment` is theirs."""

    def __init__(self, folder: Path):
        self.models, self.jobs = folder / "models", folder / "jobs"
        self.environment = {store.FOLDER_VARIABLE: str(self.models), jobs.FOLDER_VARIABLE: str(self.jobs)}
        self.processes: list[subprocess.Popen] = []

    def start_worker(self, **options) -> subprocess.Popen:
        """A worker, once it is alive."""
        process = self.start("-m", "mnist_app", "worker", **options)
        until(lambda: jobs.workers() or process.poll() is not None)
        return process

    def start(self, *arguments: str, **options) -> subprocess.Popen:
        """A process of this project."""
        environment = os.environ | self.environment | {APP_VARIABLE: "1"}
        pipes = {"stdin": subprocess.PIPE} | options
        process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=environment, **pipes)
        self.processes.append(process)
        return process

    def close(self) -> None:
        """End every process."""
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream:
                    stream.close()


def until(condition: Callable[[], object], *, patience: float = PATIENCE) -> object:
    """What `condition` gives once that is true."""
    deadline = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.05)
    return found


def ended(id: str) -> jobs.Job:
    """The job, once it is no longer active."""
    return until(lambda: None if (job := jobs.find(id)).active else job)


def epochs_done(id: str, count: int) -> jobs.Job:
    """The job, once that many of its epochs have ended."""
    return until(lambda: job if len((job := jobs.find(id)).history.epochs) >= count or not job.active else None)
