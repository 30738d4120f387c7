"""What the trainer reports while it runs: progress, curves, first layer, guesses of people's drawings."""

import time

import numpy as np
from msgspec.structs import replace

from mnist_app import ExplorerError, data
from mnist_app.evaluation.results import History, Progress
from mnist_app.jobs import leases, records, watching
from mnist_app.jobs.job import Job, Report

_REPORT_EVERY = 0.33  # seconds within an epoch
_PICTURES_EVERY = 2.0  # seconds; packing those of a long training takes a tenth of a second
_MEASURED = 0.03  # share of the training after which its own speed tells more than the estimate
_MOST_GUESSES = 400  # of one drawing; then every other one is dropped


_NONE = History((), ())


class LeaseLost(ExplorerError):
    """The job was ended, or taken again by another worker."""


class Reporter:
    """The way from the trainer to its job's folder, as long as it holds the lease."""

    def __init__(self, job: Job, *, expected: float):
        self._job, self._expected = job, expected
        self._began: Progress | None = None
        self._reported = -_REPORT_EVERY

    def report(self, progress: Progress, history: History = _NONE, *, done: tuple[str, ...] = ()) -> bool:
        """Send progress and curves, unless the epoch goes on and the last report is not long ago; whether it did.

        The seconds left are estimated by the speed since this attempt began, and at first by what was expected.

        Raises LeaseLost.
        """
        self._began = began = self._began or progress
        share = progress.fraction - began.fraction
        whole = (progress.seconds - began.seconds) / share if share >= _MEASURED else self._expected
        seconds, left = progress.seconds, whole * (1 - progress.fraction)
        progress = replace(progress, seconds=round(seconds, 3), seconds_left=round(left, 3))
        due = progress.epoch_ended or time.monotonic() - self._reported >= _REPORT_EVERY
        if due:
            self.send(Report(progress, history, done))
        return due

    def send(self, report: Report) -> None:
        self._reported = time.monotonic()
        self.check()
        records.write_report(self._job.id, report)

    def check(self) -> None:
        """Raises LeaseLost."""
        if leases.held(self._job) is None:
            raise LeaseLost("This training was taken by another worker, or ended", found=self._job.id)


class LiveReporter(Reporter):
    """The `on_progress` of the training of one network, which also looks into the network."""

    def __init__(self, job: Job, *, expected: float):
        super().__init__(job, expected=expected)
        self._drawings: dict[str, np.ndarray] = {}
        self._guesses: dict[str, list[tuple[int, list[float]]]] = {}
        self._pictured = -_PICTURES_EVERY

    def __call__(self, progress: Progress, live) -> None:
        """Take the progress and a `training.LiveTraining`."""
        if not self.report(progress, live.history):
            return
        if self._job.recipe.task == "classify":
            self._guess(progress, live)
        if progress.epoch_ended and time.monotonic() - self._pictured >= _PICTURES_EVERY:
            self._pictured = time.monotonic()
            with records.writing():
                live.first_layer.write(watching.first_layer_file(self._job.id))

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
            guesses = self._guesses[viewer]
            if not guesses or guesses[-1][0] != batch:
                guesses.append((batch, [round(value, 6) for value in row]))
            if len(guesses) > _MOST_GUESSES:
                del guesses[1::2]
        self._drawings = drawings
        watching.write_guesses(self._job.id, self._guesses)
