"""What the trainer reports while it runs: progress, curves, first layer, guesses of people's drawings."""

import time

import numpy as np
from msgspec.structs import replace

from mnist_app import ExplorerError, data, store
from mnist_app.evaluation.progress import Progress
from mnist_app.jobs import leases, records, watching
from mnist_app.jobs.job import Job, Report

_REPORT_EVERY = 0.33  # seconds within an epoch
_PICTURES_EVERY = 2.0  # seconds; packing those of a long training takes a tenth of a second
_MEASURED = 0.03  # share of the training after which its own speed tells more than the estimate
_MOST_GUESSES = 400  # of one drawing; then every other one is dropped


class LeaseLost(ExplorerError):
    """The job was ended, or taken again by another worker."""


class Channel:
    """The way from the trainer to its job's folder, as long as it holds the lease."""

    def __init__(self, job: Job, *, expected: float):
        self._job, self._expected = job, expected
        self._began: Progress | None = None
        self._reported = -_REPORT_EVERY

    @property
    def due(self) -> bool:
        """Whether the last report is long enough ago."""
        return time.monotonic() - self._reported >= _REPORT_EVERY

    def send(self, report: Report) -> None:
        """Raises LeaseLost, or Unavailable where the folder cannot be written."""
        self._reported = time.monotonic()
        self.check()
        records.write_report(self._job.id, report)

    def check(self) -> None:
        """Raises LeaseLost."""
        if leases.held(self._job) is None:
            raise LeaseLost("This training was taken by another worker, or ended", found=self._job.id)

    def estimate(self, progress: Progress) -> Progress:
        """With the seconds left, by the speed since this attempt began, and at first by what was expected."""
        self._began = began = self._began or progress
        done = progress.fraction - began.fraction
        whole = (progress.seconds - began.seconds) / done if done >= _MEASURED else self._expected
        seconds, left = progress.seconds, whole * (1 - progress.fraction)
        return replace(progress, seconds=round(seconds, 3), seconds_left=round(left, 3))


class Reporter:
    """The `on_progress` of the training of one network."""

    def __init__(self, job: Job, *, expected: float):
        self._job, self._channel = job, Channel(job, expected=expected)
        self._report: Report | None = None
        self._drawings: dict[str, np.ndarray] = {}
        self._guesses: dict[str, list[tuple[int, list[float]]]] = {}
        self._pictured = -_PICTURES_EVERY

    def __call__(self, progress: Progress, live) -> None:
        """Take the progress and a `training.LiveTraining`. Raises LeaseLost or Unavailable."""
        ended = progress.epoch_ended
        self._report = Report(self._channel.estimate(progress), live.history)
        if not ended and not self._channel.due:
            return
        self.send()
        if self._job.recipe.task == "classify":
            self._guess(progress, live)
        if ended and time.monotonic() - self._pictured >= _PICTURES_EVERY:
            self._pictured = time.monotonic()
            with records.writing():
                store.write_first_layer(watching.first_layer_file(self._job.id), live.first_layer)

    def send(self) -> None:
        """Write the last progress and the curves. Raises LeaseLost or Unavailable."""
        if self._report:
            self._channel.send(self._report)

    def _guess(self, progress: Progress, live) -> None:
        """Classify the drawings as they are now; one that was changed begins anew."""
        drawings = watching.drawings(self._job.id)
        if not drawings:
            return
        outputs = live.run(data.as_images(np.stack(list(drawings.values()))))
        batch = (progress.epoch - 1) * progress.steps + progress.step
        for (viewer, drawing), row in zip(drawings.items(), outputs.tolist(), strict=True):
            if not np.array_equal(self._drawings.get(viewer), drawing):
                self._guesses[viewer] = []
            found = self._guesses[viewer]
            if not found or found[-1][0] != batch:
                found.append((batch, [round(value, 6) for value in row]))
            if len(found) > _MOST_GUESSES:
                del found[1::2]
        self._drawings = drawings
        watching.write_guesses(self._job.id, self._guesses)
