"""The web server around the pages: what happens once when it starts, before any visit, and how a visit ends."""

import asyncio
import contextlib
import functools
import gc
import ipaddress
import logging
import os
import socket
from collections.abc import AsyncIterator

from streamlit import config
from streamlit.runtime import Runtime
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.session_manager import SessionInfo, SessionStorage

from mnist_app import jobs
from mnist_app.data import arrival

TEACHER_VARIABLE = "MNIST_APP_TEACHER"  # the environment variable with the teacher's word
NO_TEACHER = "off"
"""The value of that variable which says that nobody is the teacher; a training is changed by its owner only."""

_MOST_LOST_VISITS = 128  # as Streamlit does
_FILES, _FILES_OF_A_CLASS = 4096, 1024
"""Open files asked for, and needed: an open page takes four, a visit that may come back three."""


@contextlib.asynccontextmanager
async def lifespan(app: object) -> AsyncIterator[None]:
    """Start what the app needs: a training that waits goes on now, and MNIST is fetched where it is missing."""
    # Else Streamlit takes the folder pages/ for its older kind of app until the first page is shown: a lesson's link
    # that is the first visit would open without the bar of pages.
    PagesManager.uses_pages_directory = False
    Runtime.instance()._session_mgr._session_storage = LostVisits(min(_MOST_LOST_VISITS, raise_file_limit() // 8))
    send_at_once()
    # At each answer Streamlit collects the theme from all its options, anew: a tenth of what a class's strokes cost.
    config.get_options_for_section = functools.cache(config.get_options_for_section)
    jobs.supervise()
    arrival.start()
    stay_on_one_core()  # but not the worker, whose parent is the thread that was just started
    yield


def send_at_once() -> None:
    """Let no message wait until the browser has acknowledged the one before, which takes 40 ms (Nagle's algorithm).

    asyncio says so of each connection only if the socket that listens names its protocol; Streamlit's does not. What
    is set for that socket holds for its connections.
    """
    for each in gc.get_objects():
        if type(each) is socket.socket and each.type == socket.SOCK_STREAM:
            with contextlib.suppress(OSError):  # closed, or not of TCP
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def stay_on_one_core() -> None:
    """Keep this thread, and those that it starts, on one core, where the system allows that.

    Python's threads take turns anyway. When a class draws they pass the turn on hundreds of times a second, and each
    time another core must be woken: on one core an answer takes three quarters of the time (benchmarks.class_load).
    """
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[os.getpid() % len(cores)]})


def listens_beyond_this_machine() -> bool:
    """Whether other machines can reach the app, by the option `server.address`."""
    address = config.get_option("server.address") or "0.0.0.0"
    with contextlib.suppress(ValueError):
        return not ipaddress.ip_address(address).is_loopback
    return address != "localhost"


def require_teacher() -> None:
    """End the process with a message where other machines can reach the app and nobody said who the teacher is."""
    if listens_beyond_this_machine() and not os.environ.get(TEACHER_VARIABLE, "").strip():
        raise SystemExit(
            f"Other machines can reach the app, by server.address={config.get_option('server.address')}: expected the "
            f"teacher's word in the environment variable {TEACHER_VARIABLE}, found none. Set it to a word that only "
            f"the teacher knows. Or set {TEACHER_VARIABLE}={NO_TEACHER}: then nobody is the teacher, and only "
            "who started a training may stop, rename or delete it."
        )


def raise_file_limit() -> int:
    """Let the process open more files than a Mac's terminal allows (256), and say so where it may not; the limit."""
    try:
        import resource
    except ImportError:  # Windows, which has no such limit
        return _FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit, most = (_FILES if each == resource.RLIM_INFINITY else each for each in (soft, hard))
    if limit < min(_FILES, most):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(_FILES, most), hard))
            limit = min(_FILES, most)
    if limit < _FILES_OF_A_CLASS:
        logging.getLogger(__name__).warning(
            f"The system lets the app open {limit} files, enough for about {limit // 8} visitors at once. A class "
            f"needs {_FILES_OF_A_CLASS}: let an administrator raise the hard limit (`ulimit -Hn`)."
        )
    return limit


class LostVisits(SessionStorage):
    """Visits whose connection was lost, each for the `server.disconnectedSessionTTL` seconds in which it may come back.

    Then a visit is ended, and its files are closed. Streamlit's own storage forgets a visit only when another one is
    lost, and nothing ends it: its three files stay open until Python's collector finds it, which is rare.
    """

    def __init__(self, most: int):
        self._most = most
        self._visits: dict[str, SessionInfo] = {}

    def get(self, session_id: str) -> SessionInfo | None:
        return self._visits.get(session_id)

    def save(self, session_info: SessionInfo) -> None:
        self._visits[session_info.session.id] = session_info
        seconds = config.get_option("server.disconnectedSessionTTL")
        asyncio.get_running_loop().call_later(seconds, self._end, session_info)
        if len(self._visits) > self._most:
            self._end(next(iter(self._visits.values())))

    def delete(self, session_id: str) -> None:
        self._visits.pop(session_id, None)

    def list(self) -> list[SessionInfo]:
        return list(self._visits.values())

    def _end(self, visit: SessionInfo) -> None:
        if self._visits.get(visit.session.id) is visit:  # it has not come back
            self.delete(visit.session.id)
            visit.session.shutdown()
