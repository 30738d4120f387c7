"""What people do with jobs: order, stop, resume, keep, discard."""

import contextlib
import hashlib
import time
from collections.abc import Sequence

from msgspec.structs import replace

from mnist_app import Damaged, NotFound, NotPossible, Unavailable, noise, store
from mnist_app.evaluation import sweep
from mnist_app.evaluation.results import MNIST
from mnist_app.jobs import limits, liveness, queue, records
from mnist_app.jobs.job import ENDED, KEPT, KEPT_AT_MOST, Job
from mnist_app.recipes import RECIPES, Recipe, costs

STACKED = 0.6  # seconds of a replicate in a sweep, trained beside others, over those of a training alone
_JUDGED = 0.15  # seconds to judge the test images, over those of an epoch
_TICK = 1e-6  # seconds between two places in the queue
_ALWAYS = 30  # of those that ended, the newest, stay


def submit(recipe: Recipe, *, seed: int, data: str = MNIST, **whose: str) -> Job:
    """Order a training, or get the one that was ordered before: the same recipe, seed and data are one job.

    One that was stopped is returned as it is; one that failed waits again, and is the new owner's. `whose` has the
    attributes of `Job` that say so: owner, owner_name and address.

    Raises NotPossible (`name` is that of the stored model), Busy, InvalidInput, CannotWrite or Unavailable.
    """
    name, expected = store.name_of(recipe, seed, data=data), limits.expected_seconds(recipe)
    job = Job(id=name, kind="train", recipe=recipe, seed=seed, expected=expected, data=data, **whose)
    return _order(job, stored=is_stored(name))


def submit_sweep(order: sweep.Order, *, data: str = MNIST, **whose: str) -> Job:
    """Order the replicates of a sweep that are not stored yet, or get the job that trains them already.

    A sweep that was stopped goes on. Raises NotPossible when none is missing, else as `submit`.
    """
    missing = sweep.missing(order, store.replicates.list(data=data))
    expected = STACKED * sum(limits.expected_seconds(recipe) for recipe, _ in missing)
    name = f"sweep-{hashlib.sha256(store.encode(order)).hexdigest()[:8]}{store.suffix_of(data)}"
    first = {"recipe": order.recipes()[0], "seed": order.seeds[0]}
    job = Job(id=name, kind="sweep", sweep=order, expected=expected, data=data, **first, **whose)
    return _order(job, stored=not missing)


def submit_curves(model: store.StoredModel, *, denoisers: Sequence[str], **whose: str) -> Job:
    """Order the noise curves of a classifier after the denoisers of these keys, or get the job that computes them.

    Raises as `submit`.
    """
    card, name = model.card, hashlib.sha256(repr((model.name, *denoisers)).encode()).hexdigest()[:8]
    networks = [card.recipe] * len(denoisers) + [RECIPES[key] for key in denoisers if key in RECIPES]
    judged = len(noise.LEVELS) * sum(map(costs.epoch_seconds, networks))
    what = {"classifier": model.name, "denoisers": tuple(denoisers), "recipe": card.recipe, "seed": card.seed}
    expected, id = _JUDGED * judged * limits.speed(), f"curves-{name}{store.suffix_of(card.data)}"
    return _order(Job(id=id, kind="curves", expected=expected, data=card.data, **what, **whose), stored=False)


def is_stored(name: str) -> bool:
    """Whether a model of that name can be used: its weights are there, and undamaged."""
    try:
        return store.load(name).served
    except (NotFound, Damaged):
        return False


def list_jobs() -> tuple[Job, ...]:
    """Every job: the running ones, then the waiting ones in their order, then those that ended, newest first."""
    jobs = sorted(records.read_all(), key=lambda job: job.place)
    running = [job for job in jobs if job.status in ("running", "keeping")]
    waiting = [job for job in jobs if job.status == "waiting"]
    ended = sorted((job for job in jobs if not job.active), key=lambda job: job.ended or 0, reverse=True)
    return (*running, *waiting, *ended)


def stop(id: str) -> Job:
    """Stop a job. One that has not begun is removed as if it had never been ordered, and returned as stopped.

    A running one stops within a second or two: until then it is `stopping`. Raises NotFound or NotPossible.
    """
    with queue.exclusive():
        job = _find(id, "stopped", ("waiting", "running"))
        stopped = replace(job, status="stopped", worker="", stopping=False, ended=time.time())
        if job.status == "waiting" and not job.history.epochs and not job.done:
            records.remove(id)
            return stopped
        deserted = not queue.uses_redis() and not liveness.workers()
        records.write(stopped if job.status == "waiting" or deserted else replace(job, stopping=True))
        return records.read(id)


def resume(id: str) -> Job:
    """Let a stopped or failed job go on, last in the queue. Raises NotFound, NotPossible, Busy or CannotWrite."""
    with queue.exclusive():
        return _wait(_find(id, "resumed", ("stopped", "failed")))


def keep(id: str) -> Job:
    """Store what a stopped or failed training had after its last completed epoch. Raises NotFound or NotPossible."""
    with queue.exclusive():
        job = _find(id, "kept", ("stopped", "failed"))
        if not job.history.epochs:
            raise NotPossible("There is nothing to keep", expected="a completed epoch", remedy="Resume it.")
        records.write(replace(job, status="keeping", losses=0, error="", ended=None))
        return records.read(id)


def discard(id: str) -> None:
    """Forget a job that has ended or is damaged; a model that was stored stays. Raises NotFound or NotPossible."""
    with queue.exclusive():
        with contextlib.suppress(Damaged):
            _find(id, "discarded", ENDED)
        records.remove(id)


def tidy() -> None:
    """Remove what ended, but for the newest 30: what finished, what is old by KEPT, and what is over KEPT_AT_MOST.

    How old a job is, the jobs that ended after it say: a clock that is wrong for a while makes none old.
    """
    ended = [job for job in list_jobs() if not job.active]
    for place, job in enumerate(ended[_ALWAYS:], _ALWAYS):
        old = (job.ended or 0) < (ended[_ALWAYS - 1].ended or 0) - KEPT
        if job.status == "finished" or old or place >= KEPT_AT_MOST:
            with contextlib.suppress(NotFound, NotPossible):  # somebody resumed or discarded it just now
                discard(job.id)


def _order(job: Job, *, stored: bool) -> Job:
    with queue.exclusive():
        before = None
        with contextlib.suppress(NotFound, Damaged):
            before = records.read(job.id)
        if before and before.active:
            return before
        if stored:
            name = job.id if job.kind == "train" else ""
            remedy = "Use it, or choose another seed."
            raise NotPossible("This is trained already", found=job.id, remedy=remedy, name=name)
        if before and before.status == "stopped" and before.kind == "train":
            return before
        if before and before.status != "finished":
            return _wait(replace(before, owner=job.owner, owner_name=job.owner_name, address=job.address))
        return _wait(job, anew=True)


def _wait(job: Job, *, anew: bool = False) -> Job:
    """Let a job wait behind all others, also where another machine's clock is ahead of this one's."""
    jobs = records.read_all()
    limits.check(job, jobs)
    if anew:
        records.remove(job.id)
    waiting = [each.queued for each in jobs if each.status == "waiting"]
    queued = max([time.time(), *(place + _TICK for place in waiting)])
    records.write(replace(job, status="waiting", queued=queued, losses=0, error="", ended=None))
    with contextlib.suppress(Unavailable):  # a worker looks for jobs that wait as well
        queue.wake_for(len(waiting) + 1)
    return records.read(job.id)


def _find(id: str, deed: str, statuses: Sequence[str]) -> Job:
    """The job, if its status is one of these. Raises NotFound or NotPossible."""
    job = records.read(id)
    if job.status not in statuses or (deed == "kept" and job.kind != "train"):
        raise NotPossible(
            f"This {'sweep' if job.kind == 'sweep' else 'training'} cannot be {deed}",
            expected=f"one that is {' or '.join(statuses)}",
            found=job.status,
        )
    return job
