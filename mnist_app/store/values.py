"""Values read from a file's JSON and checked; what is wrong is raised as KeyError, TypeError or ValueError."""

import math
from collections.abc import Mapping

import msgspec

from mnist_app import ExplorerError
from mnist_app.recipes import Recipe

UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, ExplorerError)
"""What reading a file that holds something else may raise."""


def text(plain: Mapping, name: str) -> str:
    """The text of that name."""
    if not isinstance(plain[name], str):
        raise ValueError(f"{name} is {plain[name]!r:.60}, not text")
    return plain[name]


def whole(plain: Mapping, name: str) -> int:
    """The whole number of that name, from 0 to below 2⁶³."""
    value = plain[name]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 63:
        raise ValueError(f"{name} is {value!r:.60}, not a whole number from 0")
    return value


def number(plain: Mapping, name: str) -> float:
    """The finite number of that name, from 0."""
    value = plain[name]
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < math.inf:
        raise ValueError(f"{name} is {value!r:.60}, not a number from 0")
    return float(value)


def texts(plain: Mapping, name: str) -> dict[str, str]:
    """The texts by name that are kept under that name."""
    return {inner: text(plain[name], inner) for inner in plain[name]}


def recipe(plain: Mapping, name: str) -> Recipe:
    """The recipe of that name."""
    return msgspec.convert(plain[name], Recipe)
