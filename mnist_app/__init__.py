"""MNIST Explorer: neural networks on handwritten digits, to be explored by touching them.

The library knows nothing of pages: arrays, recipes and files go in, arrays and frozen results come out.
"""


class ExplorerError(Exception):
    """What went wrong, in one sentence a person can act on.

    Every error of the library is a subclass, named by what the caller can do about it. The message says what was
    expected, what was found, and what to do; pages and the command line show it as it is. `name` is that of the model
    or job that the error concerns, where there is one.
    """

    def __init__(self, problem: str, *, expected: str = "", found: str = "", remedy: str = "", name: str = ""):
        self.problem, self.expected, self.found, self.remedy, self.name = problem, expected, found, remedy, name
        parts = [problem.rstrip(".")]
        if expected and found:
            parts.append(f"expected {expected}, found {found}")
        elif expected or found:
            parts.append(f"expected {expected}" if expected else f"found {found}")
        sentence = ": ".join(parts) + "."
        super().__init__(f"{sentence} {remedy}".strip())


class InvalidInput(ExplorerError, ValueError):
    """A value that came from a person, a file or a caller cannot be used: correct it."""


class NotFound(ExplorerError):
    """There is nothing of that name."""


class Damaged(ExplorerError):
    """A file does not hold what was saved in it: restore it, or make it again."""


class CannotWrite(ExplorerError):
    """The folder is not writable, or the disk is full."""


class Unavailable(ExplorerError):
    """What this needs cannot be reached now: MNIST, or the queue."""


class Busy(ExplorerError):
    """Others have what this needs, or too many wait already: try later."""


class NotPossible(ExplorerError):
    """What is asked for is not possible in the present state, or never for this thing."""
