"""The training queue on the pages: a job's progress, and whose it is."""

import os

import streamlit as st

from mnist_app import Damaged, NotFound, jobs, store
from mnist_app.recipes.costs import in_words
from mnist_app.ui import html, page, visitor


def latest(job: jobs.Job) -> jobs.Job:
    """That training as it is now; where it is gone or has another status, the whole page runs again."""
    try:
        now = jobs.find(job.id)
    except (NotFound, Damaged):
        st.rerun()
    if now.status != job.status:
        st.rerun()
    return now


@st.fragment(run_every=2)
def follow(job: jobs.Job, text: str) -> None:
    """A job of several parts in the queue; the whole page runs again when a part is finished or the job has ended."""
    now = latest(job)
    if now.done != job.done or show_progress(now, text):
        st.rerun()


def offer(job: jobs.Job | None, progress: str, missing: str, label: str, *order: object, **options: object) -> None:
    """What a job of several parts has done so far; or what is missing, and a button that orders it.

    order: the function that submits it, and its arguments.
    """
    if job is not None and job.active:
        follow(job, progress)
        return
    if job is not None and job.error:
        st.error(html.as_markdown(job.error))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(missing, width="content")
        visitor.ask_name()
        pressed = st.button(label, key="order", type="primary")
    if pressed and page.attempt(visitor.order, *order, **options):
        st.rerun()


def show_progress(job: jobs.Job, text: str = "") -> bool:
    """The bar of a waiting or running job, with `text` before its words, and its Stop; True once that was done."""
    waiting = job.status == "waiting"
    label = "Take out of the queue" if waiting else "Stop" if job.classifier else "Stop the training"
    pressed = False
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(job.progress.fraction if job.progress else 0.0, text + _state_of(job))
        if visitor.is_own(job):
            pressed = st.button(label, key="stop", disabled=job.stopping)
        elif visitor.may_change(job):
            with st.popover(f"{label} …", disabled=job.stopping, key="stop_other"):
                st.markdown("This is another visitor's training. Others may be watching it.")
                pressed = st.button(label, key="stop", disabled=job.stopping)
    if not visitor.may_change(job):
        show_who_may_change(job)
    if waiting and not jobs.workers():
        if os.environ.get(jobs.REDIS_VARIABLE):
            st.warning(
                "The training waits for a worker. Start one on any machine that shares the queue:",
                icon=":material/warning:",
            )
            st.code("python -m mnist_app worker", language="bash")
        else:
            st.caption("The worker is starting.")
    return pressed and page.attempt(visitor.change, jobs.stop, job)


def whose(record: jobs.Job | store.Card) -> str:
    """ "yours" or the owner's name, as plain text; "" for what nobody ordered here."""
    return "yours" if visitor.is_own(record) else record.owner_name


def show_who_may_change(record: jobs.Job | store.Card) -> None:
    """In place of the buttons that a visitor has for what is theirs."""
    st.caption(html.as_markdown(visitor.who_may_change(record)))


def _state_of(job: jobs.Job) -> str:
    if job.stopping:
        return "Stopping …"
    if job.status == "waiting":
        wait = jobs.wait_of(job)
        place = f": place {wait.place} in the queue" if wait else ""
        start = f", expected to start in {in_words(wait.seconds)}" if wait and wait.seconds is not None else ""
        return f"Waiting{place}{start}"
    if (at := job.progress) is None:
        return "Starting …"
    part, step = ("Curve", "level") if job.classifier else ("Epoch", "batch")
    left = in_words(at.seconds_left)
    return f"{part} {at.epoch} of {at.epochs}, {step} {at.step:,} of {at.steps:,}: {left} left"
