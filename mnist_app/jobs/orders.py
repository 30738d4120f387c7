"""What people do with jobs: order, stop, go on, keep, discard."""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import msgspec

from mnist_app import Damaged, NotFound, NotPossible, Unavailable, recipes, store
from mnist_app.evaluation import sweep
from mnist_app.evaluation.results import MNIST
from mnist_app.jobs import limits, liveness, records, transport
from mnist_app.jobs.job import ENDED, PERSON, Job, State, Ticket
from mnist_app.recipes import Recipe, layers

STACKED = 0.6
"""Seconds of a replicate in a sweep, whose networks are trained side by side, over those of a training alone."""

_TICK = 1e-6  # seconds between two places in the queue


def submit(recipe: Recipe, *, seed: int, owner: str, data: str = MNIST) -> Job:
    """Order a training, or get the one that was ordered before: the same recipe, seed and data are one job.

    One that was stopped is returned as it is; one that failed waits again.

    Args:
        recipe, seed: what to train.
        owner: short random text of a browser's session, or "command-line".
        data: name of what to train on; the worker has to have it.

    Raises:
        NotPossible: the model is stored, and its weights with it.
        Busy, InvalidInput: as `limits` says.
        Unavailable: this is no owner, or the queue cannot be used.
        InvalidInput, InvalidInput: it cannot be trained.
    """
    seed = recipes.check_seed(seed)
    layers.plan(recipe)
    name = store.name_of(recipe, seed, data=data)
    expected = limits.expected_seconds(recipe)
    ticket = Ticket(name, "train", recipe, seed, _check_owner(owner), time.time(), expected, data=data)
    return _enter(ticket, stored=lambda: is_stored(name))


def submit_sweep(order: sweep.Order, *, owner: str, data: str = MNIST) -> Job:
    """Order the replicates of a sweep that are not stored yet, or get the job that trains them already.

    A sweep that was stopped goes on. Raises NotPossible when none is missing, else as `submit`.
    """
    missing = sweep.missing(order, store.list_replicates(data=data))
    content = json.dumps(msgspec.to_builtins(order), sort_keys=True)
    name = f"sweep-{hashlib.sha256(content.encode()).hexdigest()[:8]}{store.suffix_of(data)}"
    expected = STACKED * sum(limits.expected_seconds(recipe) for recipe, _ in missing)
    first = order.recipes()[0], order.seeds[0]
    ticket = Ticket(name, "sweep", *first, _check_owner(owner), time.time(), expected, order, data)
    return _enter(ticket, stored=lambda: not missing)


def is_stored(name: str) -> bool:
    """Whether a model of that name can be used: its weights are there, and undamaged."""
    try:
        return store.load(name).served
    except (NotFound, Damaged):
        return False


def list_jobs() -> tuple[Job, ...]:
    """Every job: the running ones, then the waiting ones in their order, then those that ended, newest first."""
    jobs = records.read_jobs()
    running = sorted((job for job in jobs if job.status in ("running", "keeping")), key=limits.in_line)
    waiting = sorted((job for job in jobs if job.status == "waiting"), key=limits.in_line)
    ended = sorted((job for job in jobs if not job.active), key=lambda job: job.ended or 0, reverse=True)
    return (*running, *waiting, *ended)


def find(id: str) -> Job:
    """The job of that name. Raises NotFound."""
    return records.read_job(id)


def stop(id: str) -> Job:
    """Stop a job. One that has not begun is removed as if it had never been ordered, and returned as stopped.

    A running one stops within a second or two: until then it is `stopping`.

    Raises NotFound, NotPossible when it has ended, or Unavailable.
    """
    with transport.exclusive():
        job = records.read_job(id)
        if job.status not in ("waiting", "running"):
            raise _not_possible(job, "stopped", ("waiting", "running"))
        if job.status == "waiting" and not job.history.epochs and not job.done:
            with records.writing():
                records.remove(id)
            return replace(job, status="stopped", ended=time.time())
        with records.writing():
            deserted = job.status == "running" and not transport.uses_redis() and not liveness.worker_alive()
            if job.status == "waiting" or deserted:
                state = records.read_state(id)
                records.write_state(id, replace(state, status="stopped", worker="", ended=time.time()))
            else:
                (records.folder_of(id) / records.STOP).touch()
        return records.read_job(id)


def resume(id: str) -> Job:
    """Let a job that was stopped or failed go on from its last completed epoch, at the end of the queue.

    Raises NotFound, NotPossible, Busy, InvalidInput or Unavailable.
    """
    with transport.exclusive():
        job = records.read_job(id)
        if job.status not in ("stopped", "failed"):
            raise _not_possible(job, "resumed", ("stopped", "failed"))
        return _wait_again(job)


def keep(id: str) -> Job:
    """Store what a training had after its last completed epoch, as "stopped after n of m epochs".

    Raises NotFound, NotPossible when it is not stopped (or failed) or has no completed epoch, or Unavailable.
    """
    with transport.exclusive():
        job = records.read_job(id)
        if job.status not in ("stopped", "failed") or job.kind != "train":
            raise _not_possible(job, "kept", ("stopped", "failed"))
        if not job.history.epochs:
            raise NotPossible(
                "There is nothing to keep", expected="at least one completed epoch", found="none", remedy="Resume it."
            )
        state = State("keeping", attempt=job.attempt + 1, queued=job.queued)
        with records.writing():
            records.write_state(id, state)
        return records.read_job(id)


def discard(id: str) -> None:
    """Forget a job that has ended; a model that was stored stays.

    Raises NotFound, NotPossible while it is active, or Unavailable.
    """
    with transport.exclusive(), records.writing():
        job = records.read_job(id)
        if job.active:
            raise _not_possible(job, "discarded", ENDED)
        records.remove(id)


def tidy(*, oldest: float = 24 * 3600, most: int = 30) -> None:
    """Remove what was stopped or failed longer ago than `oldest` seconds, and finished jobs beyond the newest `most`.

    Raises Unavailable.
    """
    with transport.exclusive(), records.writing():
        records.remove_remains()
        ended = [job for job in list_jobs() if not job.active]
        for place, job in enumerate(ended):
            too_old = job.status != "finished" and time.time() - (job.ended or 0) > oldest
            if too_old or (job.status == "finished" and place >= most):
                records.remove(job.id)


def _enter(ticket: Ticket, *, stored: Callable[[], bool]) -> Job:
    with transport.exclusive():
        before = _known(ticket.id)
        if before and before.active:
            return before
        if stored():
            raise NotPossible(
                "This is trained already",
                found=ticket.id,
                remedy="Use it, or choose another seed.",
                name=ticket.id if ticket.kind == "train" else "",
            )
        if before and before.status == "stopped" and before.kind == "train":
            return before
        if before and before.status in ("stopped", "failed"):
            return _wait_again(before)
        jobs = records.read_jobs()
        limits.check(ticket.owner, ticket.expected, jobs)
        with records.writing():
            if records.folder_of(ticket.id).exists():  # it has ended, or is damaged
                records.remove(ticket.id)
            state = State("waiting", queued=_last_place(jobs))
            records.create(ticket, state)
        try:
            transport.send(ticket.id, state.attempt, queued=state.queued)
        except Unavailable:
            with records.writing():
                records.remove(ticket.id)
            raise
        return records.read_job(ticket.id)


def _wait_again(job: Job) -> Job:
    jobs = records.read_jobs()
    limits.check(job.owner, job.expected, jobs)
    before = records.read_state(job.id)
    state = State("waiting", attempt=job.attempt + 1, queued=_last_place(jobs))
    with records.writing():
        (records.folder_of(job.id) / records.STOP).unlink(missing_ok=True)
        records.write_state(job.id, state)
    try:
        transport.send(job.id, state.attempt, queued=state.queued)
    except Unavailable:
        with records.writing():
            records.write_state(job.id, before)
        raise
    return records.read_job(job.id)


def _last_place(jobs: Sequence[Job]) -> float:
    """Behind all that wait, also where another machine's clock is ahead of this one's."""
    return max([time.time(), *(job.queued + _TICK for job in jobs if job.status == "waiting")])


def _known(id: str) -> Job | None:
    try:
        return records.read_job(id)
    except NotFound:
        return None


def _check_owner(owner: str) -> str:
    if not isinstance(owner, str) or not PERSON.fullmatch(owner):
        raise Unavailable("This is no owner", expected="8 to 32 small letters and digits", found=f"{owner!r:.60}")
    return owner


def _not_possible(job: Job, deed: str, statuses: Sequence[str]) -> NotPossible:
    return NotPossible(
        f"This {'sweep' if job.kind == 'sweep' else 'training'} cannot be {deed}",
        expected=f"one that is {' or '.join(statuses)}",
        found=job.status,
    )
