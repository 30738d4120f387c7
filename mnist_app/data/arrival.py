"""MNIST comes by itself: the web server fetches it in the background, and the pages say how far it is."""

import contextlib
import logging
import threading
import time

from mnist_app import Unavailable
from mnist_app.data import sources

logger = logging.getLogger("mnist_app.data")

_PAUSE, _LONGEST_PAUSE = 60.0, 3600.0  # seconds until the next try; each pause is twice the one before

_share: float | None = None


def progress() -> float | None:
    """The share of MNIST that is here, in (0, 1], while it arrives; None at other times."""
    return _share


def start() -> None:
    """Fetch MNIST in a thread, where it is missing and may be downloaded; where that fails, try again later.

    Call it once in a process. It says in the log that MNIST has come, or, once, that it cannot be had now.
    """
    threading.Thread(target=_fetch, daemon=True).start()


def _is_missing() -> bool:
    """Whether to fetch it: not where that is forbidden, nor where MNIST_APP_DATA names something else."""
    with contextlib.suppress(Unavailable):
        return not sources.offline() and sources.find() is None
    return False


def _fetch() -> None:
    pause = _PAUSE
    while _is_missing():
        try:
            logger.warning("MNIST has come, and the pages use it: %s", sources.download(on_progress=_note))
        except Unavailable as error:
            if pause == _PAUSE:
                logger.warning("%s The app tries again in a minute, later once an hour.", error)
        _note(None)
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


def _note(share: float | None) -> None:
    global _share
    _share = share
