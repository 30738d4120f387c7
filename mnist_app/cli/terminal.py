"""What a command says on the error stream while it works: how far it is, and which digits it works with."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from mnist_app import InvalidInput, data, store


@contextlib.contextmanager
def progress_bar(title: str) -> Iterator[Callable[..., None]]:
    """Shows progress on the error stream: on a terminal in one bar, elsewhere in lines.

    Yields:
        A function of the share that is done, in (0, 1], and optionally of a text with figures. With `line=False` it
        moves the bar, but prints no line.
    """
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        columns = (BarColumn(24), TaskProgressColumn(), TextColumn("{task.fields[text]}"), TimeRemainingColumn())
        with Progress(TextColumn("{task.description}"), *columns, console=Console(stderr=True)) as bar:
            task = bar.add_task(title, total=1.0, text="")
            yield lambda share, text="", *, line=True: bar.update(task, completed=share, text=text)
        return
    began = time.perf_counter()

    def print_line(share: float, text: str = "", *, line: bool = True) -> None:
        if line:
            left = duration((time.perf_counter() - began) * (1 / share - 1))
            print(f"{title}  {text or format(share, '.0%')}  {left} left", file=sys.stderr, flush=True)

    yield print_line


def load_digits(*, to_measure: Sequence[store.StoredModel] = ()) -> data.Mnist:
    """MNIST, or the digits that stand in for it; then a line on the error stream says so.

    Raises InvalidInput where each of the models to measure was trained on other digits.
    """
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
