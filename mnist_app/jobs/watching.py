"""What is seen of a training while it runs: what its trainer reports, and what people read of that."""

import contextlib
import re
import time
from collections import Counter
from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace

from mnist_app import Busy, ExplorerError, InvalidInput, data, store
from mnist_app.evaluation.results import History, Progress
from mnist_app.jobs import queue, records
from mnist_app.jobs.job import NO_HISTORY, Job, Report
from mnist_app.store import files

Guesses = tuple[tuple[int, tuple[float, ...]], ...]
"""Batch and ten probabilities, each time that a drawing was classified, oldest first."""

WATCHED = "watched"
"""The viewer for whom the trainer chooses an image: the one on which the network changes its guess most often."""

_DRAWINGS, _GUESSES, _IMAGE = "drawings", "guesses.json", "watched.npz"
_LOG_LENGTH = 20_000
_VIEWER = re.compile(r"[a-z0-9-]{1,64}")  # it names a file
_MOST_VIEWERS = 200  # whose drawings one training classifies
_REPORT_EVERY = 0.33  # seconds within an epoch
_PICTURES_EVERY = 2.0  # seconds; packing those of a long training takes a tenth of a second
_MEASURED = 0.03  # share of the training after which its own speed tells more than the estimate
_MOST_GUESSES = 100  # of one drawing; then every other one is dropped. 200 drawings make 2 MB


def log(id: str) -> str:
    """The last 20,000 characters of what the trainer wrote. Raises NotFound."""
    records.read(id)
    with contextlib.suppress(OSError):
        content = (records.folder_of(id) / records.LOG).read_bytes()[-4 * _LOG_LENGTH :]
        return content.decode("utf-8", "replace")[-_LOG_LENGTH:]
    return ""


def show_drawing(id: str, *, viewer: str, image: np.ndarray) -> None:
    """Have a viewer's last drawing, float32 (28, 28, 1) in [0, 1], classified by the network while it learns.

    Raises InvalidInput for a viewer that is not lower-case letters, digits and hyphens, NotFound, or Busy when 200
    others have their drawings shown.
    """
    if not _VIEWER.fullmatch(viewer):
        raise InvalidInput("A viewer cannot be called that", expected="a-z, 0-9 and -", found=ascii(viewer)[:80])
    records.read(id)
    path = records.folder_of(id) / _DRAWINGS / viewer
    content = np.round(image * 255).astype(np.uint8).tobytes()
    with queue.writing():
        path.parent.mkdir(exist_ok=True)
        if path.exists() and path.read_bytes() == content:  # as each second while somebody watches
            return
        if not path.exists() and len(list(path.parent.iterdir())) >= _MOST_VIEWERS:
            raise Busy(f"This training is shown {_MOST_VIEWERS} drawings already")
        files.write(path, content, flush=False)


def guesses(id: str, *, viewer: str) -> Guesses:
    """What the network made of a viewer's drawing; batches count from the start of training. Raises NotFound."""
    records.read(id)
    found = records.read_file(records.folder_of(id) / _GUESSES, dict[str, Guesses]) or {}
    return found.get(viewer, ())


def watched_image(id: str) -> tuple[np.ndarray, int] | None:
    """The image that the trainer chose for `WATCHED`, float32 (28, 28, 1), and its digit; None before it has one.

    Raises NotFound or Damaged.
    """
    records.read(id)
    path = records.folder_of(id) / _IMAGE
    if not path.exists():
        return None
    found = files.read_arrays(path)
    return data.as_images(found["image"]), int(found["label"])


def snapshots(id: str) -> store.Snapshots | None:
    """What the first layer has learned so far; None before its first epoch. Raises NotFound or Damaged."""
    records.read(id)
    path = records.folder_of(id) / store.FIRST_LAYER_FILE
    return store.Snapshots.read(path) if path.exists() else None


class LeaseLost(ExplorerError):
    """The job was ended, or taken again by another worker."""


class Reporter:
    """Reports to a job's folder while it holds the lease; it is the `on_progress` of the training of one network.

    Of the candidates, training images uint8 (28, 28) with their digits, one is shown to those who drew nothing. Who
    only sends reports needs none.
    """

    def __init__(self, job: Job, *, candidates: Sequence[tuple[np.ndarray, int]] = ()):
        self._job = job
        self._folder = records.folder_of(job.id)
        self._began: Progress | None = None
        self._reported, self._pictured = -_REPORT_EVERY, -_PICTURES_EVERY
        self._drawings: dict[str, np.ndarray] = {}
        self._guesses: dict[str, list[tuple[int, list[float]]]] = {}
        self._candidates = {f"{WATCHED}-{place}": each for place, each in enumerate(candidates)}
        self._changes, self._chosen = Counter(dict.fromkeys(self._candidates, 0)), ""

    def __call__(self, progress: Progress, live) -> None:
        """Take the progress and a `training.LiveTraining`. Raises LeaseLost."""
        if not self.report(progress, live.history):
            return
        if self._job.recipe.task == "classify":
            self._guess(progress, live)
        if progress.epoch_ended and time.monotonic() - self._pictured >= _PICTURES_EVERY:
            self._pictured = time.monotonic()
            with queue.writing():
                live.snapshots.write(self._folder / store.FIRST_LAYER_FILE)

    def report(self, progress: Progress, history: History = NO_HISTORY, *, done: tuple[str, ...] = ()) -> bool:
        """Send progress and curves, unless the epoch goes on and the last report is not long ago; whether it did."""
        self._began = began = self._began or progress
        share = progress.fraction - began.fraction
        whole = (progress.seconds - began.seconds) / share if share >= _MEASURED else self._job.expected
        seconds, left = progress.seconds, whole * (1 - progress.fraction)
        progress = replace(progress, seconds=round(seconds, 3), seconds_left=round(left, 3))
        due = progress.epoch_ended or time.monotonic() - self._reported >= _REPORT_EVERY
        if due:
            self.send(Report(progress, history, done))
        return due

    def send(self, report: Report) -> None:
        """Replace what was reported before."""
        self._reported = time.monotonic()
        self.check()
        records.write_file(self._folder / records.REPORT, report)

    def check(self) -> None:
        """Raises LeaseLost."""
        if records.held(self._job) is None:
            raise LeaseLost("This training was taken by another worker, or ended", found=self._job.id)

    def _guess(self, progress: Progress, live) -> None:
        """Classify the drawings as they are now, and the candidates; a drawing that was changed begins anew."""
        viewers = _drawings(self._job.id)
        drawings = viewers | {name: image for name, (image, _) in self._candidates.items()}
        outputs = live.run(data.as_images(np.stack(list(drawings.values()))))
        batch = (progress.epoch - 1) * progress.steps + progress.step
        for (viewer, drawing), row in zip(drawings.items(), outputs.tolist(), strict=True):
            if not np.array_equal(self._drawings.get(viewer), drawing):
                self._guesses[viewer] = []
            guesses = self._guesses[viewer]
            if guesses and viewer in self._changes:
                self._changes[viewer] += int(np.argmax(row) != np.argmax(guesses[-1][1]))
            if not guesses or guesses[-1][0] != batch:
                guesses.append((batch, [round(value, 6) for value in row]))
            if len(guesses) > _MOST_GUESSES:
                del guesses[1::2]
        self._drawings = drawings
        shown = {viewer: self._guesses[viewer] for viewer in viewers} | {WATCHED: self._guesses[self._choose()]}
        records.write_file(self._folder / _GUESSES, shown)

    def _choose(self) -> str:
        """The candidate with most changes; another one takes its place when it has two more."""
        [(most, changes)] = self._changes.most_common(1)
        if not self._chosen or changes > self._changes[self._chosen] + 1:
            self._chosen = most
            image, label = self._candidates[most]
            with queue.writing():
                files.write_arrays(self._folder / _IMAGE, image=image, label=label)
        return self._chosen


def _drawings(id: str) -> dict[str, np.ndarray]:
    """The drawings that a training is shown, by viewer: uint8 (28, 28)."""
    found = {}
    for path in sorted((records.folder_of(id) / _DRAWINGS).glob("[!.]*")):
        with contextlib.suppress(OSError, ValueError):
            found[path.name] = np.frombuffer(path.read_bytes(), np.uint8).reshape((28, 28))
    return found
