"""How much may be ordered, how long it is expected to take, and when it will begin."""

import heapq
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mnist_app import Busy, InvalidInput
from mnist_app.jobs import liveness, queue, records
from mnist_app.jobs.job import Job
from mnist_app.recipes import Recipe, costs

LIMIT_PER_OWNER = 3
"""Jobs of one owner that may be waiting or running."""

LIMIT = 60
"""Jobs that may be waiting or running in all."""

LONGEST = 2 * 3600
"""Seconds of training that may be expected of a job."""

_TELLING = 5.0  # seconds
_REMEMBERED = 9  # trainings; their median bears a few that ran beside other work


@dataclass(frozen=True)
class Wait:
    """A place in the queue, 1 being next, and the seconds expected until it begins; None while there is no worker."""

    place: int
    seconds: float | None


def expected_seconds(recipe: Recipe) -> float:
    """Seconds that a training is expected to take on this installation."""
    return costs.seconds(recipe) * speed()


def speed() -> float:
    """How many times as long as `costs.seconds` says trainings take here, median of the last; 1 before the first."""
    return statistics.median(_ratios() or [1.0])


def note_speed(recipe: Recipe, seconds: float) -> None:
    """Remember how long a whole training took, unless it was so short that it tells little."""
    ratio = seconds / costs.seconds(recipe)
    if seconds >= _TELLING and 0.01 < ratio < 100:
        with queue.exclusive():
            records.write_file(_speeds(), [*_ratios(), round(ratio, 4)][-_REMEMBERED:])


def check(owner: str, expected: float, jobs: Sequence[Job]) -> None:
    """Refuse what is too long or too much. Raises InvalidInput or Busy."""
    if expected > LONGEST:
        raise InvalidInput(
            "The training would take too long for the queue",
            expected=f"at most {LONGEST // 3600} hours",
            found=f"about {expected / 3600:.1f} hours",
            remedy="Take fewer epochs or smaller layers; `python -m mnist_app train` has no such limit.",
        )
    owners = [job.owner for job in jobs if job.active]
    if owners.count(owner) >= LIMIT_PER_OWNER:
        problem = f"One person may have {LIMIT_PER_OWNER} trainings that wait or run"
        raise Busy(problem, remedy="Wait until one has ended, or stop one.")
    if len(owners) >= LIMIT:
        problem = f"The queue is full with {LIMIT} trainings that wait or run"
        raise Busy(problem, remedy="Wait until some have ended.")


def wait_of(job: Job) -> Wait | None:
    """The place of a waiting job, and when it is expected to begin; None of any other."""
    jobs = records.read_all()
    waiting = sorted((each for each in jobs if each.status == "waiting"), key=lambda each: each.place)
    if job.id not in {each.id for each in waiting}:
        return None
    before = [each for each in waiting if each.place < job.place]
    place, count = len(before) + 1, liveness.workers()
    if not count:
        return Wait(place, None)
    running = sorted((_left(each) for each in jobs if each.status == "running"), reverse=True)[:count]
    free = [0.0] * (count - len(running)) + running
    heapq.heapify(free)
    for each in before:
        heapq.heapreplace(free, free[0] + _left(each))
    return Wait(place, free[0])


def _left(job: Job) -> float:
    """Seconds of training that are left of a job."""
    if job.progress is None:
        return job.expected
    if job.status == "running" and job.progress.seconds_left is not None:
        return job.progress.seconds_left
    return job.expected * (1 - job.progress.fraction)


def _ratios() -> list[float]:
    return records.read_file(_speeds(), list[float]) or []


def _speeds() -> Path:
    return queue.home() / "speeds.json"
