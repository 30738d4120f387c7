"""Train a network: what does it cost, how does it learn, and how well does it do in the end?"""

import streamlit as st

from mnist_app import jobs
from mnist_app.evaluation.results import MNIST
from mnist_app.figures.live import training_progress
from mnist_app.ui import dataset, page, queue
from mnist_app.ui.train import code, form, pictures, runs, teacher, watched

EVERY = 1.0  # seconds between two looks at a training


def show_live(job: jobs.Job) -> None:
    """The training that is watched, as it is now."""
    job = queue.latest(job)
    watched.show_state(job)
    if job.kind != "train":
        return
    watched.show_warning(job)
    taken = pictures.snapshots(job)
    epoch = pictures.choose_epoch(job, taken) if taken and job.progress else None
    batch = None if epoch is None else epoch * job.progress.steps
    left, right = st.columns([7, 5], gap="medium")
    with left:
        if job.progress:
            history = job.history.until(epoch, batch=batch) if batch is not None else job.history
            version = (job.id, job.attempt, len(history.batches), len(history.epochs))
            about = {"epochs": job.recipe.epochs, "steps": job.progress.steps, "data": job.data}
            about["accuracy"] = job.recipe.task == "classify"
            drawn = page.drawn(version, lambda: training_progress(history, **about))
            page.figure(drawn, key="live", name=f"mnist-training-{job.recipe.key}")
    with right:
        if job.recipe.task == "classify":
            pictures.show_guesses(job, until=batch)
        if taken:
            pictures.show_snapshot(taken, epoch=epoch)


@st.fragment
def show_form() -> None:
    left, right = st.columns(2, gap="large")
    with left:
        recipe, seed = form.choose()
        if not digits:
            dataset.offer_mnist()
        elif id := form.offer(recipe, seed):
            watched.watch(id)
            st.rerun()
    if recipe is None:
        return
    with right:
        form.show_network(recipe)
    pictures.show_augmented(recipe)
    code.show(recipe, seed, place="form", data=digits.data if digits else MNIST)


page.heading("Train a network")
digits = dataset.test_digits()
job = watched.watched()
if job:
    watched.show_heading(job)
    # Its owner may keep it or let it go on in another tab, and the teacher anywhere.
    st.fragment(show_live, run_every=None if job.status == "finished" else EVERY)(job)
    if job.kind == "train":
        code.show(job.recipe, job.seed, place="watched", data=job.data)
    page.section("Train another")
show_form()
page.section("Trainings")
st.fragment(watched.show_trainings, run_every=3)()
page.section("Runs trained here")
runs.show_runs()
teacher.show_entry()
page.notes(__file__)
