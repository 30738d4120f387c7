"""How a command answers: as text or as JSON; and the kinds of numbers that several commands take."""

import contextlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from mnist_app.evaluation.calibration import Reliability
from mnist_app.evaluation.results import MNIST, Proportion

Answer = tuple[object, str]  # JSON values for programs, text for a person


class Command(click.Command):
    """Prints the Answer of its function: the text, or JSON after `--json`.

    Where an option's metavar ends with "...", the option takes several values at once: `--levels 0 0.5 1`.
    """

    def __init__(self, *args, **settings):
        super().__init__(*args, **settings)
        self.params.append(click.Option(["--json"], is_flag=True, help="Print JSON, not text."))

    def parse_args(self, ctx, args):
        lists = {f"--{each.name}" for each in self.params if each.multiple and each.metavar.endswith("...")}
        option, repeated = "", []
        for before, argument in zip(["", *args], args, strict=False):
            if argument.startswith("--"):
                option = argument if argument in lists else ""
            elif option and before != option:
                repeated.append(option)
            repeated.append(argument)
        return super().parse_args(ctx, repeated)

    def invoke(self, ctx):
        as_json = ctx.params.pop("json")
        with _quiet_libraries():
            plain, text = super().invoke(ctx)
        click.echo(json.dumps(plain, indent=1) if as_json else text)


@contextlib.contextmanager
def _quiet_libraries() -> Iterator[None]:
    """Hide what TensorFlow and LiteRT print from C++: the error stream is for errors and progress."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    with os.fdopen(os.dup(2), "w") as kept, Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
        try:
            with contextlib.redirect_stderr(kept):
                yield
        finally:
            os.dup2(kept.fileno(), 2)


def level(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 1:  # "nan", too, which click's own range lets pass
        raise click.BadParameter(f"{text} is not from 0 to 1.")
    return number


SEED = click.IntRange(0, 2**31 - 1)


def interval(figure: Proportion | Reliability, name: str) -> str:
    """The interval of a figure, and the test images it was measured on, with their name where that is not MNIST."""
    low, high = figure.interval
    images = "" if name == MNIST else f" {name}, not MNIST"
    return f"95% interval {low:.2%} to {high:.2%}, n = {figure.n:,}{images}"


def table(heads: Sequence[str], rows: Iterable[Sequence]) -> str:
    """Aligned columns. Long cells are folded where a terminal is too narrow for them."""
    from rich.console import Console
    from rich.table import Column, Table

    width = None if sys.stdout.isatty() else 10_000
    console = Console(width=width, markup=False, emoji=False, highlight=False)
    columns = [Column(head, overflow="fold") for head in heads]
    made = Table(*columns, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        made.add_row(*map(str, row))
    with console.capture() as captured:
        console.print(made)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())
