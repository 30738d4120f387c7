"""The training queue as pages meet it: whose visit this is, a worker that is running, and durations in words."""

import os
import secrets

import streamlit as st

from mnist_app import jobs


def owner() -> str:
    """A random name of this visit, which its trainings carry."""
    return st.session_state.setdefault("owner", secrets.token_hex(8))


def ensure_worker() -> None:
    """Start a worker where none is alive; it ends with the app.

    With a queue on Redis the app starts none: `show_missing_worker` says how to.
    """
    _supervisor()


def show_missing_worker() -> None:
    """Say what to do where a training waits and nobody has started a worker."""
    if jobs.worker_alive():
        return
    if os.environ.get(jobs.REDIS_VARIABLE):
        st.warning("The training waits for a worker. Start one on any machine that shares the queue:", icon="⚠️")
        st.code("python -m mnist_app worker", language="bash")
    else:
        st.caption("The worker is starting.")


def duration(seconds: float) -> str:
    """An expected time in words, no more exact than it can be: "a few seconds", "about 40 s", "about 3 min"."""
    if seconds < 7.5:
        return "a few seconds"
    if seconds < 57.5:
        return f"about {5 * round(seconds / 5)} s"
    if seconds < 3570:
        return f"about {max(1, round(seconds / 60))} min"
    hours, minutes = divmod(round(seconds / 600) * 10, 60)
    return f"about {hours} h {minutes} min" if minutes else f"about {hours} h"


@st.cache_resource(show_spinner=False)
def _supervisor() -> jobs.Supervisor:
    supervisor = jobs.Supervisor()
    supervisor.start()
    return supervisor
