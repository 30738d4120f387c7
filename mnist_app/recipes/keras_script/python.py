"""Python as text, laid out as `ruff format` does at any line length from 88 on."""

_WIDTH = 88


def call(name: str, arguments: list[str], *, before: int = 0, after: int = 0, indent: int = 0) -> str:
    """A call on one line, or with one argument a line where that is too long.

    `before` and `after` are the characters that stand beside it on its line, `indent` the spaces that the line begins
    with and that `before` counts too.
    """
    short = f"{name}({', '.join(arguments)})"
    if before + len(short) + after <= _WIDTH:
        return short
    space = " " * indent
    return "\n".join([f"{name}(", *(f"{space}    {each}," for each in arguments), f"{space})"])


def assigned(name: str, function: str, arguments: list[str]) -> str:
    """A line, or several, that calls a function and gives its result a name."""
    return f"{name} = {call(function, arguments, before=len(f'{name} = '))}"


def literal(value: object) -> str:
    """A value as a person writes it: 60_000, 1e-7, text in double quotes unless it holds some."""
    written = repr(value)
    if isinstance(value, str):
        return written if '"' in written else f'"{written[1:-1]}"'
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10_000:
        return f"{value:_}"
    return written.replace("e-0", "e-")
