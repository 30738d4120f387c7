"""The error stream while a command works: quiet when libraries start, a progress bar when something takes long."""

import contextlib
import os
import sys
import time
from collections.abc import Iterator

from mnist_app import data
from mnist_app.data import digits


@contextlib.contextmanager
def quiet_start() -> Iterator[None]:
    """TensorFlow and LiteRT greet on the error stream from C++; a command's errors are to stand there alone."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


@contextlib.contextmanager
def progress_bar(title: str) -> Iterator:
    """On a terminal a bar that is drawn over and over; elsewhere a line for each epoch."""
    live = sys.stderr.isatty()

    def watch(progress) -> None:
        left = progress.seconds / progress.fraction - progress.seconds
        figures = f"loss {progress.loss:.4f}"
        if progress.accuracy is not None:
            figures += f"  accuracy {progress.accuracy:.2%}"
        if progress.val_loss is not None:
            figures += f"  validation loss {progress.val_loss:.4f}"
        if progress.val_accuracy is not None:
            figures += f"  accuracy {progress.val_accuracy:.2%}"
        epoch = f"{title}  epoch {progress.epoch}/{progress.epochs}"
        if live:
            done = round(24 * progress.fraction)
            bar = "█" * done + "░" * (24 - done)
            print(f"\r\x1b[K{epoch} {bar} {figures}  {duration(left)} left", end="", file=sys.stderr, flush=True)
        elif progress.val_loss is not None:
            print(f"{epoch}  {figures}  {duration(left)} left", file=sys.stderr, flush=True)

    try:
        yield watch
    finally:
        if live:
            print(file=sys.stderr)


@contextlib.contextmanager
def share_done(title: str) -> Iterator:
    """A bar for work that knows no epochs: it is told the share that is done."""
    began, live = time.perf_counter(), sys.stderr.isatty()

    def watch(share: float) -> None:
        seconds = time.perf_counter() - began
        start, end = ("\r\x1b[K", "") if live else ("", "\n")
        left = duration(seconds / share - seconds)
        print(f"{start}{title}  {share:.0%}  {left} left", end=end, file=sys.stderr, flush=True)

    try:
        yield watch
    finally:
        if live:
            print(file=sys.stderr)


def load_digits() -> data.Mnist:
    """MNIST, or the digits that stand in for it, which one line on the error stream then says."""
    with quiet_start():
        found = digits.load()
    if found.name != data.NAME:
        print(f"note: {digits.why()}", file=sys.stderr)
    return found


def how_to_use(name: str) -> str:
    """What to do where other digits are needed than those that are used: "MNIST", or generated ones."""
    return data.HOW_TO_GET_IT if name == data.NAME else f"Set {data.PATH_VARIABLE}={data.ONLY_GENERATED}."


def duration(seconds: float) -> str:
    """Minutes and seconds, for a person."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
