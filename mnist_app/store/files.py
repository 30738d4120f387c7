"""Files put in place whole: written beside their target, flushed to the disk, then renamed onto it."""

import contextlib
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

PARTIAL = ".partial-"


@contextlib.contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A path to write to; what is there when the block ends takes the target's place. Raises OSError.

    A reader sees the old content or the new, never half of either; on any error the old stays and nothing else.
    """
    partial = target.with_name(f"{PARTIAL}{secrets.token_hex(4)}")
    try:
        yield partial
        flush(partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def check_writable(folder: Path) -> None:
    """Make the folder and try whether it can be written. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    trial = folder / f"{PARTIAL}{secrets.token_hex(4)}"
    trial.touch()
    trial.unlink()


def flush(path: Path) -> None:
    """To the disk itself, so that a rename never arrives there before the content."""
    if path.is_dir() and os.name == "nt":
        return  # Windows opens no folders
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def stamps(paths: Iterable[Path]) -> list[tuple[str, tuple[int, int]]]:
    """Path, time of change in ns and size in bytes of each file that is there: a cheap summary of their content."""
    seen = []
    for path in paths:
        with contextlib.suppress(OSError):
            about = path.stat()
            seen.append((str(path), (about.st_mtime_ns, about.st_size)))
    return seen
