"""Where the training that is watched is: its place in the queue, its progress, its end, and what can be done then."""

import math
from collections.abc import Callable

import streamlit as st

from mnist_app import ExplorerError, jobs, ui
from mnist_app.evaluation import comparison
from mnist_app.ui.jobs import duration, owner, show_missing_worker
from mnist_app.ui.train import form, outcome
from mnist_app.ui.train.watching import forget, scroll_to_it

_CALM = "<style>[data-testid=stStatusWidget] {display:none}</style>"
"""Streamlit's own sign of a run would blink at each look, with a button “Stop” that does not stop the training."""


def title(job: jobs.Job) -> str:
    """A name to read: the recipe's title, what was changed of it, the seed where it is not 0."""
    if job.sweep:
        return f"Weight-decay sweep{ui.on(job.data)}"
    return comparison.Run(job.recipe, job.seed, 0, 0.0, None, job.history, data=job.data).label


def show_heading(job: jobs.Job) -> None:
    """The training's name, and the way back to the form."""
    scroll_to_it()
    if job.active:
        st.html(_CALM)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(title(job), width="stretch")
        if job.sweep:
            st.page_link("pages/weight_decay.py", label="Its chart", icon="⚖️")
        st.button("Close", key="close", on_click=forget, help="It stays in the list below.")


def show_state(job: jobs.Job) -> None:
    """Where it is and the buttons that go with that."""
    {
        "waiting": _show_waiting,
        "running": _show_running,
        "keeping": lambda job: st.progress(1.0, "Storing what was trained …"),
        "stopped": _show_stopped,
        "failed": _show_failed,
        "finished": _show_finished,
    }[job.status](job)


def steps_of(job: jobs.Job) -> int:
    """Batches of one epoch of that training."""
    if job.progress:
        return job.progress.steps
    available = 50_000 if job.recipe.validation == "held-out" else 60_000
    return math.ceil(min(job.recipe.images, available) / job.recipe.batch_size)


def stopped_after(job: jobs.Job) -> str:
    """How far a training came that was stopped."""
    if job.sweep:
        return f"Stopped after {len(job.done)} networks."
    return f"Stopped after {len(job.history.epochs)} of {job.recipe.epochs} epochs."


def _show_waiting(job: jobs.Job) -> None:
    wait = jobs.wait_of(job)
    text = f"Waiting: place {wait.place} in the queue" if wait else "Waiting"
    if wait and wait.seconds is not None:
        text += f", expected to start in {duration(wait.seconds)}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(job.progress.fraction if job.progress else 0.0, text)
        _show_stop(job, "Take out of the queue")
    show_missing_worker()


def _show_running(job: jobs.Job) -> None:
    at = job.progress
    if job.stopping:
        text = "Stopping …"
    elif at is None:
        text = "Starting …"
    else:
        text = f"Epoch {at.epoch} of {at.epochs}, batch {at.step:,} of {at.steps:,}: {duration(at.seconds_left)} left"
    if job.sweep:
        text = f"{len(job.done)} networks finished. {text}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(at.fraction if at else 0.0, text)
        _show_stop(job, "Stop the training")


def _show_stop(job: jobs.Job, label: str) -> None:
    """At once for one's own training; another visitor's, or one's own of an earlier visit, takes a second click."""
    if job.owner == owner():
        pressed = st.button(label, key="stop", disabled=job.stopping)
    else:
        with st.popover(f"{label} …", disabled=job.stopping, key="stop_other"):
            st.markdown("This training was not started in this visit. Others may be watching it.")
            pressed = st.button(label, key="stop", disabled=job.stopping)
    if pressed and _act(jobs.stop, job):
        if job.status == "waiting":
            forget()
        st.rerun()


def _show_stopped(job: jobs.Job) -> None:
    st.warning(f"{stopped_after(job)} {job.error}".strip(), icon="⏹️")
    with st.container(horizontal=True):
        keep = job.history.epochs and not job.sweep and st.button("Keep what is there", key="keep", type="primary")
        again = st.button("Continue", key="resume")
        discard = st.button("Discard", key="discard")
    _follow_up(job, keep=keep, again=again, discard=discard)


def _show_failed(job: jobs.Job) -> None:
    st.error(job.error)
    with st.container(horizontal=True):
        if not job.sweep and form.can_fill(job.recipe):
            st.button(
                "Change the settings", key="change", type="primary", on_click=_change, args=(job,),
                help="They are put into the form below; this training stays in the list.",
            )  # fmt: skip
        keep = job.history.epochs and not job.sweep and st.button("Keep what is there", key="keep")
        again = st.button("Try again", key="resume", help="From its last completed epoch.")
        discard = st.button("Remove", key="discard")
    with st.expander("Log"):
        st.code(_log(job.id) or "Nothing was written.", language=None)
    _follow_up(job, keep=keep, again=again, discard=discard)


def _show_finished(job: jobs.Job) -> None:
    if job.sweep:
        st.success(f"Finished: {len(job.done)} networks were trained.")
        return
    model = outcome.stored(job.model)
    if model is None:
        st.warning(f"The run {job.model} was deleted.", icon="⚠️")
        return
    left, right = st.columns(2, gap="medium")
    with left:
        outcome.show_outcome(model, id=job.id)
    with right:
        outcome.show_links(model)
        outcome.show_actions(model, place="outcome")


def _follow_up(job: jobs.Job, *, keep: bool = False, again: bool = False, discard: bool = False) -> None:
    if keep and _act(jobs.keep, job):
        st.rerun()
    if again and _act(jobs.resume, job):
        st.rerun()
    if discard and _act(jobs.discard, job):
        forget()
        st.rerun()


def _act(action: Callable[[str], object], job: jobs.Job) -> bool:
    """Whether it could be done; why not is shown."""
    try:
        action(job.id)
    except ExplorerError as error:
        st.error(str(error))
        return False
    return True


def _change(job: jobs.Job) -> None:
    form.fill(job.recipe, job.seed)
    forget()


def _log(id: str) -> str:
    try:
        return jobs.log(id)
    except ExplorerError as error:
        return str(error)
