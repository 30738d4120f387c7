"""What a worker does with a job: it takes it, and finishes it or gives it back.

Taking gives a lease: worker and attempt. Who comes late with an older lease, as a machine that did not answer for a
while, changes nothing any more.
"""

import shutil
import time

from msgspec.structs import replace

from mnist_app import NotFound
from mnist_app.jobs import queue, records
from mnist_app.jobs.job import Job

MOST_LOSSES = 5
"""Workers that may be lost over one job before it counts as what ends them."""


def take(worker: str, *, status: str = "waiting") -> Job | None:
    """The first job in line for a worker; with "keeping" as status, one that is to be stored as it is."""
    with queue.exclusive():
        free = [job for job in records.read_all() if job.status == status and not job.worker]
        if not free:
            return None
        job = min(free, key=lambda job: job.place)
        status = "running" if status == "waiting" else status
        job = replace(job, status=status, worker=worker, attempt=job.attempt + 1)
        records.write(job)
        return job


def held(lease: Job) -> Job | None:
    """The job as it is now, while its lease is that of `lease`."""
    try:
        job = records.read(lease.id)
    except NotFound:
        return None
    return job if (job.worker, job.attempt) == (lease.worker, lease.attempt) else None


def finish(lease: Job, status: str, *, error: str = "", model: str = "") -> None:
    """End a job as "finished", "failed" or "stopped"."""
    with queue.exclusive():
        if job := held(lease):
            _end(job, status, error=error, model=model)


def fail(lease: Job, error: str) -> None:
    """End a job with what went wrong. What could not be kept may be kept again."""
    finish(lease, "stopped" if lease.status == "keeping" else "failed", error=error)


def requeue(lease: Job, *, lost: bool = False) -> None:
    """Let another worker go on with a job from its last completed epoch.

    A job that was to be stopped is stopped. `lost` says that its worker ended without a word: after MOST_LOSSES of
    these, the job has failed.
    """
    with queue.exclusive():
        job = held(lease)
        if job is None:
            return
        job = replace(job, losses=job.losses + lost)
        keeping = job.status == "keeping"
        if job.losses >= MOST_LOSSES:
            reason = f"The worker was lost {job.losses} times while it trained this, probably for lack of memory."
            _end(job, "stopped" if keeping else "failed", error=reason)
        elif job.stopping:
            _end(job, "stopped")
        else:
            records.write(replace(job, status="keeping" if keeping else "waiting", worker=""))


def _end(job: Job, status: str, *, error: str = "", model: str = "") -> None:
    ended = {"worker": "", "stopping": False, "ended": time.time()}
    records.write(replace(job, status=status, error=error, model=model, **ended))
    if status == "finished":
        shutil.rmtree(records.folder_of(job.id) / records.BACKUP, ignore_errors=True)
