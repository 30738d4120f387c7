"""MNIST Explorer: neural networks on handwritten digits, to be explored by touching them.

The library knows nothing of pages: arrays, recipes and files go in, arrays and frozen results come out.
"""


class ExplorerError(Exception):
    """What went wrong, in one sentence a person can act on.

    Every named error of the library is a subclass. The message says what was expected, what was found, and what
    to do; pages and the command line show it as it is.
    """

    def __init__(self, problem: str, *, expected: str = "", found: str = "", remedy: str = ""):
        self.problem, self.expected, self.found, self.remedy = problem, expected, found, remedy
        parts = [problem.rstrip(".")]
        if expected and found:
            parts.append(f"expected {expected}, found {found}")
        elif expected or found:
            parts.append(f"expected {expected}" if expected else f"found {found}")
        sentence = ": ".join(parts) + "."
        super().__init__(f"{sentence} {remedy}".strip())
