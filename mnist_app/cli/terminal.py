"""The error stream while a command works: quiet when libraries start, a progress bar when something takes long."""

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from mnist_app import InvalidInput, data, store


@contextlib.contextmanager
def quiet_start() -> Iterator[None]:
    """Hide what TensorFlow and LiteRT print from C++ when they start: the error stream is for errors."""
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
def progress_bar(title: str) -> Iterator[Callable[..., None]]:
    """Shows progress on the error stream: on a terminal in one bar, elsewhere in lines.

    Yields:
        A function of the share that is done, in (0, 1], and optionally of a text with figures. With `line=False` it
        moves the bar, but prints no line.
    """
    if not sys.stderr.isatty():
        began = time.perf_counter()

        def print_line(share: float, text: str = "", *, line: bool = True) -> None:
            seconds = time.perf_counter() - began
            if line:
                left = duration(seconds / share - seconds)
                print(f"{title}  {text or format(share, '.0%')}  {left} left", file=sys.stderr, flush=True)

        yield print_line
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (BarColumn(24), TaskProgressColumn(), TextColumn("{task.fields[text]}"), TimeRemainingColumn())
    with Progress(TextColumn("{task.description}"), *columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=1.0, text="")
        yield lambda share, text="", *, line=True: bar.update(task, completed=share, text=text)


def load_digits(*, to_measure: Sequence[store.StoredModel] = ()) -> data.Mnist:
    """MNIST, or the digits that stand in for it; then a line on the error stream says so.

    Raises InvalidInput where each of the models to measure was trained on other digits.
    """
    with quiet_start():
        loaded = data.load()
    if loaded.name != data.NAME:
        print(f"note: {data.why_generated()}", file=sys.stderr)
    trained_on = [model.card.data for model in to_measure]
    if trained_on and loaded.name not in trained_on:
        mnist = trained_on[0] == data.NAME
        raise InvalidInput(
            f"What is measured on these digits cannot be stored for {to_measure[0].name}",
            expected=trained_on[0],
            found=loaded.name,
            remedy=data.HOW_TO_GET_IT if mnist else f"Set {data.PATH_VARIABLE}={data.ONLY_GENERATED}.",
        )
    return loaded


def duration(seconds: float) -> str:
    """Minutes and seconds, for a person."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
