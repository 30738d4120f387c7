"""All trainings of the queue, and the runs that were trained here."""

import streamlit as st

from mnist_app import jobs
from mnist_app.ui import html, models, queue
from mnist_app.ui.train import outcome, watched

MOST_ENDED = 5
"""Ended trainings that are listed; the queue itself forgets them after a day."""


def show_trainings() -> None:
    """Running, waiting in order, and the last ones that ended, each with a button to watch it."""
    trainings = jobs.list_jobs()
    line = [job.id for job in trainings if job.status == "waiting"]
    ended = [job for job in trainings if not job.active]
    shown = [job for job in trainings if job.active] + ended[:MOST_ENDED]
    if not shown:
        st.caption("The queue is empty.")
    for job in shown:
        with st.container(horizontal=True, vertical_alignment="center"):
            yours = " (yours)" if job.owner == queue.owner() else ""
            place = f", place {line.index(job.id) + 1}" if job.id in line else ""
            st.markdown(f"**{html.escape(watched.title(job))}**{yours}: {in_words(job)}{place}", width="stretch")
            if st.button("Watch", key=f"watch_{job.id}"):
                watched.watch(job.id)
                st.rerun()
    if len(ended) > MOST_ENDED:
        st.caption(f"The list leaves out {len(ended) - MOST_ENDED} earlier trainings.")


def in_words(job: jobs.Job) -> str:
    """What has become of it, in a clause."""
    match job.status:
        case "running" if job.sweep:
            return f"running, {len(job.done)} networks finished"
        case "running":
            return f"running, epoch {job.progress.epoch} of {job.recipe.epochs}" if job.progress else "starting"
        case "keeping":
            return "being stored"
        case "stopped":
            return watched.stopped_after(job).lower().rstrip(".")
        case "finished" if job.history.epochs and job.history.epochs[-1].val_accuracy is not None:
            completed, planned = len(job.history.epochs), job.recipe.epochs
            end = "finished" if completed == planned else f"kept after {completed} of {planned} epochs"
            return f"{end}, validation accuracy {job.history.epochs[-1].val_accuracy:.2%}"
    return job.status


def show_runs(*, trainable: bool) -> None:
    """The runs that were trained here, to be downloaded, renamed and deleted; the shipped ones stay."""
    own = [model for model in models.listing().models if not model.shipped]
    by_label = {model.run.label: model for model in own}
    if not by_label:
        message = st.info if trainable else st.markdown  # without MNIST, how to get it comes first
        message("You have not trained a network here yet. Press Start above, or train one in a terminal:")
        st.code("python -m mnist_app train mlp-64-64", language="bash")
        return
    count = f"{len(by_label)} {'run' if len(by_label) == 1 else 'runs'}"
    model = by_label[st.selectbox(count, list(by_label), key="run")]
    st.markdown(f"{outcome.in_short(model)}, {model.card.seconds:.0f} s.")
    outcome.show_links(model)
    outcome.show_actions(model, place="runs")
