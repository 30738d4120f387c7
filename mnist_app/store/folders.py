"""Where models and results lie: a folder for what is made here, and that of the models that come with the project."""

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from mnist_app import CannotWrite

FOLDER_VARIABLE = "MNIST_APP_MODELS"
SHIPPED = Path(__file__).resolve().parents[2] / "models"


def own_folder() -> Path:
    """Where what is trained here goes: MNIST_APP_MODELS, or the folder of the shipped models."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named).expanduser() if named else SHIPPED


def every_folder() -> list[Path]:
    """The own folder, then that of the shipped models; one where they are the same."""
    return list(dict.fromkeys(path.resolve() for path in (own_folder(), SHIPPED)))


def check_writable(what: str = "model") -> None:
    """See before the minutes that something takes whether it can be stored. Raises CannotWrite."""
    with raising_cannot_write(what):
        own_folder().mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=own_folder()).close()


def state() -> int:
    """A number that changes whenever a file in the folders is added, changed or removed."""
    return hash(frozenset(stamp for folder in every_folder() for stamp in stamps(folder)))


def stamps(folder: Path | str) -> Iterator[tuple]:
    """Path, time of change in ns and size of each file, at any depth; hidden ones are none of the store's."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                yield from stamps(entry.path)
            else:
                about = entry.stat()
                yield entry.path, about.st_mtime_ns, about.st_size


@contextlib.contextmanager
def raising_cannot_write(what: str = "model", *, deed: str = "saved") -> Iterator[None]:
    """An OSError of the block, which writes to the own folder, is raised as CannotWrite."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        room = "Make room on the disk and try again."
        raise CannotWrite(
            f"The {what} cannot be {deed}, and nothing was changed",
            expected=f"a writable folder {own_folder()}" + " with room in it" * full,
            found=str(error),
            remedy=room if full else f"Make it writable, or set {FOLDER_VARIABLE} to a folder that is.",
        ) from error
