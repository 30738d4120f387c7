"""The queue without a browser: a worker, the list of trainings, and stopping one."""

import time

import click

from mnist_app import Busy, jobs
from mnist_app.cli.answers import Answer, Command, table
from mnist_app.jobs.worker import run
from mnist_app.recipes.costs import in_words


@click.command()
@click.option("--quiet", is_flag=True, help="Print nothing, and end without an error where a worker runs already.")
def worker(*, quiet: bool) -> None:
    """Train what is in the queue, one training at a time, until the process is ended."""
    try:
        run(quiet=quiet)
    except Busy:
        if not quiet:
            raise
    if not quiet:
        click.echo("The worker has ended; what it was training goes on with the next one.")


@click.command(cls=Command)
def list_queue() -> Answer:
    """List the trainings that run, wait or have ended."""
    for error in jobs.list_damaged():
        click.echo(str(error), err=True)
    listed = [_plain(job, jobs.wait_of(job)) for job in jobs.list_jobs()]
    if not listed:
        return [], "The queue is empty: trainings are ordered on the page Train."
    rows = []
    for job in listed:
        epochs = f"{job['epoch']} of {job['epochs']}" if job["epoch"] else "–"
        rows.append((job["id"], job["status"], job["owner"], epochs, _time(job)))
    return listed, table(("id", "status", "owner", "epochs", "time"), rows)


@click.command(cls=Command)
@click.argument("id")
def stop(*, id: str) -> Answer:
    """Stop the training ID, as `queue` lists it, or take it out of the queue."""
    job = jobs.stop(id)
    happened = "was taken out of the queue."
    if job.id in {each.id for each in jobs.list_jobs()}:
        happened = "is being stopped" if job.stopping else "has stopped"
        happened += ". Keep, continue or discard it on the page Train."
    return _plain(job, None), f"{id} {happened}"


def _plain(job: jobs.Job, wait: jobs.Wait | None) -> dict[str, object]:
    progress = job.progress
    return {
        **{name: getattr(job, name) for name in ("id", "kind", "status", "stopping", "error", "model")},
        "owner": job.owner_name,
        "epoch": progress.epoch if progress else 0,
        "epochs": progress.epochs if progress else job.recipe.epochs,
        "seconds_left": progress.seconds_left if progress else job.expected,
        "kept_until": job.kept_until,
        "place": wait.place if wait else None,
        "starts_in_seconds": wait.seconds if wait else None,
    }


def _time(job: dict[str, object]) -> str:
    """When a training starts or ends, or what became of it and how long that is kept."""
    if job["place"]:
        starts = job["starts_in_seconds"]
        when = "no worker is running" if starts is None else f"starts in {in_words(starts)}"
        return f"place {job['place']}, {when}"
    if job["status"] == "running":
        return f"{in_words(job['seconds_left'])} left"
    if job["kept_until"]:
        kept = f"kept until {time.strftime('%Y-%m-%d', time.localtime(job['kept_until']))}"
        return f"{kept}. {job['error']}".strip()
    return job["error"] or job["model"]
