"""How much may be ordered, how long it is expected to take, and when it will begin."""

import heapq
import shutil
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from mnist_app import Busy, CannotWrite, InvalidInput, store
from mnist_app.jobs import liveness, queue, records
from mnist_app.jobs.job import Job
from mnist_app.recipes import Recipe, costs, layers

LIMIT_PER_OWNER = 3  # jobs of one owner that may be waiting or running
LIMIT_PER_ADDRESS = 20  # a third of the queue: a class may share an address behind a school's router or Docker
LIMIT = 60  # in all
LONGEST = 2 * 3600  # seconds of training that may be expected of a job
MOST_PARAMETERS = 10_000_000  # the largest recipe has 5.7 million, and each one kept takes 12 bytes a parameter
MOST_RUNS = 200  # kept of what was ordered: six of each student in a class; the lists of the pages stay readable
MOST_BYTES = 2 * 10**9  # of these runs: 200 of the usual size, or seventeen of the largest; any laptop has it to spare
RESERVE = 10**9  # bytes of the disk that stay free for the system, logs and other people's files

_KEPT = 12  # bytes a parameter of a stored model: Keras's file, LiteRT's, and an autoencoder's two halves
_MEANWHILE = 24  # of its backup, with the optimiser's two numbers a parameter, while a new one replaces it

_TELLING = 5.0  # seconds
_SPEEDS = "speeds.json"
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
            records.write_file(queue.home() / _SPEEDS, [*_ratios(), round(ratio, 4)][-_REMEMBERED:])


def check_size(recipe: Recipe) -> None:
    """Refuse a network that is too large for what many share. Raises InvalidInput."""
    parameters = layers.count_parameters(recipe)
    if parameters > MOST_PARAMETERS:
        raise InvalidInput(
            "The network is too large for the queue",
            expected=f"at most {MOST_PARAMETERS:,} parameters",
            found=f"{parameters:,}",
            remedy="Take smaller layers; `python -m mnist_app train` trains up to twice as many.",
        )


def check(job: Job, jobs: Sequence[Job]) -> None:
    """Refuse an order that is too long or too much beside all jobs. Raises InvalidInput, Busy or CannotWrite."""
    check_size(job.recipe)
    if job.expected > LONGEST:
        raise InvalidInput(
            "The training would take too long for the queue",
            expected=f"at most {LONGEST // 3600} hours",
            found=f"about {job.expected / 3600:.1f} hours",
            remedy="Take fewer epochs or smaller layers; `python -m mnist_app train` has no such limit.",
        )
    others = [each for each in jobs if each.id != job.id]
    active = [each for each in others if each.active]
    from_here = job.address and sum(each.address == job.address for each in active)
    for found, most, problem in (
        (sum(each.owner == job.owner for each in active), LIMIT_PER_OWNER, "One person may have {} trainings"),
        (from_here or 0, LIMIT_PER_ADDRESS, "One address may have {} trainings"),
        (len(active), LIMIT, "The queue is full with {} trainings"),
    ):
        if found >= most:
            remedy = "Wait until one has ended, or stop one of yours."
            raise Busy(f"{problem.format(most)} that wait or run", found=str(found), remedy=remedy)
    _check_room(job, others)


def _check_room(job: Job, others: Sequence[Job]) -> None:
    """Whether what was kept, and what is not finished and may be kept, leaves room on the disk and in the lists."""
    unfinished = [each for each in (*others, job) if each.kind == "train" and each.status != "finished"]
    to_come = sum(_KEPT * layers.count_parameters(each.recipe) for each in unfinished)
    kept = store.sizes_of_ordered()
    runs, size = len(kept) + len(unfinished), sum(kept) + to_come
    if job.kind == "train" and (runs > MOST_RUNS or size > MOST_BYTES):
        raise Busy(
            "There is no room for another run",
            expected=f"at most {MOST_RUNS} runs and {_in_gigabytes(MOST_BYTES)}, this one and unfinished ones included",
            found=f"{runs} runs and {_in_gigabytes(size)}",
            remedy="Delete runs of yours that you no longer need, or ask the teacher to delete some.",
        )
    needed = RESERVE + to_come + _MEANWHILE * layers.count_parameters(job.recipe)
    for folder in (store.own_folder(), queue.home()):
        there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
        free = shutil.disk_usage(there).free
        if free < needed:
            raise CannotWrite(
                "There is too little room on the disk",
                expected=f"{_in_gigabytes(needed)} free for {folder}",
                found=_in_gigabytes(free),
                remedy="Delete runs of yours that you no longer need, or ask the teacher to make room.",
            )


def _in_gigabytes(size: int) -> str:
    return f"{size / 1e9:.2f} GB"


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
    return records.read_file(queue.home() / _SPEEDS, list[float]) or []
