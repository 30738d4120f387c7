"""What a command answers, and how tables are printed."""

from collections.abc import Sequence
from dataclasses import dataclass

from mnist_app.evaluation.results import MNIST


@dataclass(frozen=True)
class Answer:
    """A command's answer: JSON values for programs, text for a person."""

    plain: object
    text: str


def on_generated(name: str) -> str:
    """What is added to a number of test images where they are those of that data, and not MNIST's."""
    return "" if name == MNIST else f" {name}, not MNIST"


def columns(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (heads, *rows)]
    return "\n".join(line.rstrip() for line in lines)


def markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
