"""Train a network: what does it cost, how does it learn, and how well does it do in the end?"""

import streamlit as st

from mnist_app import NotPossible, jobs, ui
from mnist_app.evaluation.results import MNIST
from mnist_app.figures.live import training_progress
from mnist_app.recipes import keras_script
from mnist_app.ui import jobs as queue
from mnist_app.ui import train

EVERY, EVERY_CURVE, RARELY = 0.7, 1.4, 3  # seconds between two looks; drawing a curve keeps a browser busy longest


def watch(job: jobs.Job) -> None:
    """The training that is watched: while it is active, these three parts run again, and nothing else."""

    def live(show, every: float, later: float | None = None) -> None:
        st.fragment(show, run_every=every if job.active else later)(job)

    train.show_heading(job)
    live(show_state, EVERY, later=None if job.status == "finished" else RARELY)  # others may keep it, or let it go on
    left, right = st.columns([7, 5], gap="medium")
    with left:
        live(show_curves, EVERY_CURVE)
    with right:
        live(show_pictures, EVERY)
    if not job.sweep:
        show_code(job.recipe, job.seed, place="watched", data=job.data)


def show_state(job: jobs.Job) -> None:
    train.show_state(train.look_again(job))


def show_curves(job: jobs.Job) -> None:
    job = train.look_again(job)
    if (job.active or job.history.batches) and not job.sweep:
        key = (job.id, job.attempt, len(job.history.batches), len(job.history.epochs))
        ui.figure(drawn(key, job), key="live", name=f"mnist-training-{job.recipe.key}")


def show_pictures(job: jobs.Job) -> None:
    job = train.look_again(job)
    train.show_guesses(job)
    train.show_first_layer(job)


@st.cache_resource(show_spinner=False, max_entries=64)
def drawn(key: tuple, _job: jobs.Job):
    """The curves so far; drawn once for all who watch."""
    plan = {"epochs": _job.recipe.epochs, "steps": train.steps_of(_job)}
    about = {"accuracy": _job.recipe.task == "classify", "data": _job.data}
    return training_progress(_job.history, **plan, **about)


@st.fragment
def order() -> None:
    """The form beside the network that it asks for."""
    left, right = st.columns(2, gap="large")
    with left:
        chosen = train.choose()
        if trainable:
            train.offer(chosen)
        else:
            ui.offer_mnist()
    with right:
        train.show_network(chosen)
    if chosen.recipe:
        train.show_varied(chosen.recipe)
        show_code(chosen.recipe, chosen.seed, place="form", data=digits.data if digits else MNIST)


def show_code(recipe, seed: int, *, place: str, data: str) -> None:
    with st.expander("Show as code: this very run as a plain Keras script"):
        try:
            text = keras_script.write(recipe, seed=seed)
        except NotPossible as error:
            st.markdown(str(error))
            return
        given = {"file_name": f"{recipe.key}.py", "key": f"script_{place}", "on_click": "ignore"}
        st.download_button("Download the script", text, **given)
        if data != MNIST:
            st.caption(f"The script trains on MNIST, which Keras downloads, and not on {data}.")
        st.code(text, language="python")


ui.heading("Train a network")
queue.ensure_worker()
digits = ui.test_digits()
trainable = digits is not None
job = train.watched()
if job:
    watch(job)
    st.subheader("Train another")
order()
st.subheader("Trainings")
st.fragment(train.show_trainings, run_every=RARELY)()
st.subheader("Runs trained here")
train.show_runs(trainable=trainable)
ui.notes(
    """
- **Guess before you look.** Write down the accuracy that you expect, then train. Which of your guesses were too high,
  and by how much more than the 95% interval of a test of 10,000 images allows?
- **Most of it is learned in the first seconds.** After how many batches does the network read nine of ten images? How
  many epochs does it take for the next nine percentage points, and how long for the last one?
- **Rate too low, rate too high.** Train MLP 64-64 for two epochs with learning rates of 0.001, 0.1, 1 and 10: what does
  the loss do? Then train Linear without *Clip probabilities*: what happens to a loss that grows without bound?
- **The same recipe with another seed** begins with other weights and sees the images in another order. How far do the
  test accuracies of three seeds lie apart? A change of a setting means something only if it does more than that.
- **What the first layer looks for.** Slide from epoch 0, random numbers, to the last. In MLP 64-64, which units look
  for strokes in the middle of the image, and why do the weights at its edge hardly change?
- **Parameters are no measure of quality.** Compare the layers of MLP 500-300 and LeNet-5: which of the two has nine
  times as many parameters, and which reads more digits rightly?
"""
)
