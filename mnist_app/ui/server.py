"""The web server around the pages: what happens once when it starts, before any visit."""

import contextlib
import ipaddress
import os
from collections.abc import AsyncIterator

from streamlit import config
from streamlit.runtime.pages_manager import PagesManager

from mnist_app import jobs

TEACHER_VARIABLE = "MNIST_APP_TEACHER"
"""The environment variable with the teacher's word."""
NO_TEACHER = "off"
"""The value of that variable which says that nobody is the teacher; a training is changed by its owner only."""


@contextlib.asynccontextmanager
async def lifespan(app: object) -> AsyncIterator[None]:
    """Start what the app needs; a training that waits goes on now."""
    # Else Streamlit takes the folder pages/ for its older kind of app until the first page is shown: a lesson's link
    # that is the first visit would open without the bar of pages.
    PagesManager.uses_pages_directory = False
    jobs.Supervisor().start()
    yield


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
