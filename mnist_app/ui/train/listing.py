"""All trainings of the queue, and the runs that were trained here."""

import streamlit as st

from mnist_app import jobs, store, ui
from mnist_app.ui.jobs import owner
from mnist_app.ui.train import outcome
from mnist_app.ui.train.state import stopped_after, title
from mnist_app.ui.train.watching import watch

MOST_ENDED = 5
"""Ended trainings that are listed; the queue itself forgets them after a day."""
COMMAND = "python -m mnist_app train mlp-64-64"


def show_trainings() -> None:
    """Running, waiting in order, and the last ones that ended, each with its way to be watched."""
    every = jobs.list_jobs()
    line = [job.id for job in every if job.status == "waiting"]
    ended = [job for job in every if not job.active]
    shown = [job for job in every if job.active] + ended[:MOST_ENDED]
    if not shown:
        st.caption("No training is running or waiting.")
    for job in shown:
        with st.container(horizontal=True, vertical_alignment="center"):
            yours = " (yours)" if job.owner == owner() else ""
            place = f", place {line.index(job.id) + 1}" if job.id in line else ""
            st.markdown(f"**{ui.html.escape(title(job))}**{yours}: {in_words(job)}{place}", width="stretch")
            if st.button("Watch", key=f"watch_{job.id}"):
                watch(job.id)
                st.rerun()
    if len(ended) > MOST_ENDED:
        st.caption(f"{len(ended) - MOST_ENDED} more that ended are not listed.")


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
            return stopped_after(job)[0].lower() + stopped_after(job)[1:-1]
        case "finished" if job.history.epochs and job.history.epochs[-1].val_accuracy is not None:
            completed, planned = len(job.history.epochs), job.recipe.epochs
            end = "finished" if completed == planned else f"kept after {completed} of {planned} epochs"
            return f"{end}, validation accuracy {job.history.epochs[-1].val_accuracy:.2%}"
    return job.status


def show_runs(*, trainable: bool) -> None:
    """The runs that were trained here, to be downloaded, renamed and deleted; the shipped ones stay."""
    runs = {ui.run_of(model).label: model for model in ui.listing().models if not store.is_shipped(model.name)}
    if not runs:
        say = st.info if trainable else st.markdown  # without MNIST, how to get it comes first
        say("Nothing has been trained here yet. Press Start above, or train in a terminal:")
        st.code(COMMAND, language="bash")
        return
    label = st.selectbox(f"{len(runs)} {'run' if len(runs) == 1 else 'runs'}", list(runs), key="run")
    model = runs[label]
    st.markdown(f"{outcome.in_short(model)[0].upper()}{outcome.in_short(model)[1:]}, {model.card.seconds:.0f} s.")
    outcome.show_links(model)
    outcome.show_actions(model, place="runs")
