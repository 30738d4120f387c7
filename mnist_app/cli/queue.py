"""The queue without a browser: a worker, the list of trainings, and stopping one."""

import click

from mnist_app import Busy, jobs
from mnist_app.cli.answers import Answer, command, table
from mnist_app.cli.terminal import duration
from mnist_app.jobs.worker import run


@command()
@click.option("--quiet", is_flag=True, help="Print nothing, and end without an error where a worker runs already.")
def worker(*, quiet: bool) -> Answer:
    """Train what is in the queue, one training at a time, until the process is ended."""
    try:
        run(quiet=quiet)
    except Busy:
        if not quiet:
            raise
    return Answer({}, "" if quiet else "The worker has ended; what it was training goes on with the next one.")


@command()
def list_queue() -> Answer:
    """List the trainings that run, wait or have ended."""
    listed = jobs.list_jobs()
    if not listed:
        return Answer([], "The queue is empty: trainings are ordered on the page Train.")
    waits = [jobs.wait_of(job) for job in listed]
    rows = [(job.id, job.status, _epochs(job), _time(job, wait)) for job, wait in zip(listed, waits, strict=True)]
    plain = [_plain(job, wait) for job, wait in zip(listed, waits, strict=True)]
    return Answer(plain, table(("id", "status", "epochs", "time"), rows))


@command()
@click.argument("id")
def stop(*, id: str) -> Answer:
    """Stop the training ID, as `queue` lists it, or take it out of the queue."""
    job = jobs.stop(id)
    if job.id in {each.id for each in jobs.list_jobs()}:
        happened = "is being stopped" if job.stopping else "has stopped"
        return Answer(_plain(job, None), f"{id} {happened}. Keep, continue or discard it on the page Train.")
    return Answer(_plain(job, None), f"{id} was taken out of the queue.")


def _plain(job: jobs.Job, wait: jobs.Wait | None) -> dict[str, object]:
    return {
        **{name: getattr(job, name) for name in ("id", "kind", "status", "stopping", "error", "model")},
        "epoch": job.progress.epoch if job.progress else 0,
        "epochs": job.progress.epochs if job.progress else job.recipe.epochs,
        "seconds_left": _seconds_left(job),
        "place": wait.place if wait else None,
        "starts_in_seconds": wait.seconds if wait else None,
    }


def _seconds_left(job: jobs.Job) -> float:
    return job.progress.seconds_left if job.progress else job.expected


def _epochs(job: jobs.Job) -> str:
    return f"{job.progress.epoch} of {job.progress.epochs}" if job.progress else "–"


def _time(job: jobs.Job, wait: jobs.Wait | None) -> str:
    if job.status == "failed":
        return job.error
    if wait:
        starts = "no worker is running" if wait.seconds is None else f"starts in {duration(wait.seconds)}"
        return f"place {wait.place}, {starts}"
    if job.status == "running":
        return f"{duration(_seconds_left(job))} left"
    return job.model
