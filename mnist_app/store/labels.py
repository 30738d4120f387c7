"""The names that users give to their models."""

from mnist_app import InvalidInput

LONGEST = 60


def check(label: object) -> str:
    """The label without space around it; "" stands for none. Raises InvalidInput."""
    if not isinstance(label, str):
        raise InvalidInput("A model cannot be called that", expected="text", found=f"{label!r:.60}")
    label = label.strip()
    if len(label) > LONGEST or not label.isprintable():
        raise InvalidInput(
            "A model cannot be called that",
            expected=f"up to {LONGEST} printable characters in one line",
            found=f"{len(label)} characters" if len(label) > LONGEST else ascii(label),
        )
    return label
