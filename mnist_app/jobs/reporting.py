"""What the trainer tells of its training while it runs: position, curves, first layer, guesses of people's drawings."""

import time

import numpy as np

from mnist_app import ExplorerError, data
from mnist_app.evaluation.results import Batches, Epoch, History
from mnist_app.jobs import Position, changes, expected_seconds, records, storing, watching
from mnist_app.jobs.job import Course, Ticket

_REPORT_EVERY = 0.33  # seconds within an epoch
_PICTURES_EVERY = 2.0  # seconds; packing those of a long training takes a tenth of a second
_MEASURED = 0.03  # share of the training after which its own speed tells more than the estimate
_MOST_GUESSES = 400  # of one drawing; then every other one is dropped


class LeaseLost(ExplorerError):
    """The job was ended, or taken again by another worker."""


class Pace:
    """What is left of a training, by the speed since this attempt began, and at first by what was expected."""

    def __init__(self, expected: float, *, fraction: float = 0.0, seconds: float = 0.0):
        self._expected, self._fraction, self._seconds = expected, fraction, seconds

    def left(self, fraction: float, seconds: float) -> float:
        """Seconds left, `fraction` of the whole being done after `seconds` of training."""
        done = fraction - self._fraction
        whole = (seconds - self._seconds) / done if done >= _MEASURED else self._expected
        return whole * (1 - fraction)


class Channel:
    """The way from the trainer to its job's folder: nothing goes through for an attempt that no longer counts."""

    def __init__(self, id: str, attempt: int):
        self._id, self._attempt = id, attempt
        self._told = -1.0

    @property
    def due(self) -> bool:
        """Whether the last report is long enough ago."""
        return time.monotonic() - self._told >= _REPORT_EVERY

    def tell(self, course: Course) -> None:
        """Raises LeaseLost, or Unavailable where the folder cannot be written."""
        self._told = time.monotonic()
        self.check()
        with records.writing():
            records.write_course(self._id, course)

    def check(self) -> None:
        """Raises LeaseLost when the attempt no longer counts."""
        if not changes.is_current(self._id, self._attempt):
            raise LeaseLost("This training was taken by another worker, or ended", found=self._id)


class Reporter:
    """Called as `watch` by the training of one network; what it raises ends the training.

    Args:
        ticket, attempt: the job.
        before: the history of its completed epochs, where it goes on from there.
    """

    def __init__(self, ticket: Ticket, attempt: int, *, before: History):
        self._ticket, self._channel = ticket, Channel(ticket.id, attempt)
        self._epochs, self._batches = list(before.epochs), list(before.batches)
        self._before = sum(epoch.seconds for epoch in before.epochs)  # of the epochs that have ended
        fraction = len(before.epochs) / ticket.recipe.epochs
        self._pace = Pace(expected_seconds(ticket.recipe), fraction=fraction, seconds=self._before)
        self._position: Position | None = None
        self._drawings: dict[str, np.ndarray] = {}
        self._guesses: dict[str, list[tuple[int, list[float]]]] = {}
        self._pictured = -_PICTURES_EVERY

    def __call__(self, progress) -> None:
        """Take a `training.Progress`. Raises LeaseLost or Unavailable."""
        ended = progress.val_loss is not None
        self._collect(progress, ended)
        left = self._pace.left(progress.fraction, progress.seconds)
        where = (progress.epoch, progress.epochs, progress.step, progress.steps)
        self._position = Position(*where, round(progress.seconds, 3), round(left, 3))
        if not ended and not self._channel.due:
            return
        self.tell()
        with records.writing():
            if self._ticket.recipe.task == "classify":
                self._guess(progress)
            if ended and time.monotonic() - self._pictured >= _PICTURES_EVERY:
                self._pictured = time.monotonic()
                storing.write_first_layer(watching.first_layer_file(self._ticket.id), progress.network.first_layer)

    def tell(self) -> None:
        """Write position and curves. Raises LeaseLost or Unavailable."""
        history = History(tuple(self._epochs), tuple(self._batches), self._ticket.recipe.validation)
        self._channel.tell(Course(self._position, history))

    def _collect(self, progress, ended: bool) -> None:
        if ended:
            seconds, self._before = round(progress.seconds - self._before, 3), progress.seconds
            figures = progress.loss, progress.accuracy, progress.val_loss, progress.val_accuracy
            self._epochs.append(Epoch(*figures, seconds))
        else:
            batch = (progress.epoch - 1) * progress.steps + progress.step
            self._batches.append(Batches(batch, progress.loss, progress.accuracy))

    def _guess(self, progress) -> None:
        """Classify the drawings as they are now; one that was changed begins anew."""
        drawings = watching.drawings(self._ticket.id)
        if not drawings:
            return
        outputs = progress.network.run(data.as_images(np.stack(list(drawings.values()))))
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
        watching.write_guesses(self._ticket.id, self._guesses)
