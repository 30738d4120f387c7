"""A command's answer, as JSON or as text, and what the commands' options have in common."""

import functools
import json
import math
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

import click

from mnist_app.evaluation.results import MNIST


class Answer(NamedTuple):
    """JSON values for programs, text for a person."""

    plain: object
    text: str


def command(**settings) -> Callable:
    """A click command that prints the Answer of the decorated function: its text, or JSON after `--json`."""

    def made_of(function: Callable[..., Answer]) -> click.Command:
        @functools.wraps(function)
        def run(*, as_json: bool, **options) -> None:
            answer = function(**options)
            click.echo(json.dumps(answer.plain, indent=1) if as_json else answer.text)

        option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
        return click.command(**settings)(option(run))

    return made_of


class WithLists(click.Command):
    """Lets a repeatable option take several values at once: `--levels 0 0.5 1`."""

    def parse_args(self, ctx, args):
        lists = {name for option in self.params if option.multiple for name in option.opts}
        option, repeated = "", []
        for place, argument in enumerate(args):
            if argument.startswith("--"):
                option = argument if argument in lists else ""
                repeated.append(argument)
            elif option and args[place - 1] != option:
                repeated += [option, argument]
            else:
                repeated.append(argument)
        return super().parse_args(ctx, repeated)


class _Level(click.FloatRange):
    def convert(self, value, param, ctx):
        level = super().convert(value, param, ctx)
        if math.isnan(level):
            self.fail(f"{value} is not a number.", param, ctx)
        return level


LEVEL = _Level(0, 1)
SEED = click.IntRange(0, 2**31 - 1)


def test_images(n: int, name: str) -> str:
    """ "n = 10,000", with the data's name where it is not MNIST."""
    return f"n = {n:,}" if name == MNIST else f"n = {n:,} {name}, not MNIST"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Aligned columns. Long cells are folded where a terminal is too narrow for them."""
    from rich.console import Console
    from rich.table import Column, Table

    console = Console(width=None if sys.stdout.isatty() else 10_000, markup=False, emoji=False, highlight=False)
    made = Table(*(Column(head, overflow="fold") for head in heads), box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        made.add_row(*row)
    with console.capture() as captured:
        console.print(made)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())
