"""Train a network: what does it cost, how does it learn, and how well does it do in the end?"""

import streamlit as st

from mnist_app import NotPossible, jobs
from mnist_app.evaluation.results import MNIST
from mnist_app.figures.live import training_progress
from mnist_app.recipes import keras_script
from mnist_app.ui import dataset, page, queue
from mnist_app.ui.train import augmented, first_layer, form, guesses, listing, start, watched

EVERY, EVERY_CURVE, RARELY = 0.7, 1.4, 3  # seconds between two looks; drawing a curve keeps a browser busy longest


def show_watched(job: jobs.Job) -> None:
    """The training that is watched: while it is active, these three parts run again, and nothing else."""

    def live(show, every: float, later: float | None = None) -> None:
        st.fragment(show, run_every=every if job.active else later)(job)

    watched.show_heading(job)
    # Others may keep a training that has ended, or let it go on.
    live(watched.show_state, EVERY, later=None if job.status == "finished" else RARELY)
    left, right = st.columns([7, 5], gap="medium")
    with left:
        live(show_curves, EVERY_CURVE)
    with right:
        live(show_pictures, EVERY)
    if not job.sweep:
        show_code(job.recipe, job.seed, place="watched", data=job.data)


def show_curves(job: jobs.Job) -> None:
    job = queue.latest(job)
    if (job.active or job.history.batches) and not job.sweep:
        version = (job.id, job.attempt, len(job.history.batches), len(job.history.epochs))
        page.figure(draw_curves(version, job), key="live", name=f"mnist-training-{job.recipe.key}")


def show_pictures(job: jobs.Job) -> None:
    job = queue.latest(job)
    guesses.show_guesses(job)
    first_layer.show_first_layer(job)


@st.cache_resource(show_spinner=False, max_entries=64)
def draw_curves(version: tuple, _job: jobs.Job):
    """The curves so far; drawn once for all who watch."""
    return training_progress(
        _job.history,
        epochs=_job.recipe.epochs,
        steps=watched.steps_of(_job),
        accuracy=_job.recipe.task == "classify",
        data=_job.data,
    )


@st.fragment
def show_form() -> None:
    left, right = st.columns(2, gap="large")
    with left:
        chosen = form.choose()
        if digits:
            start.offer(chosen)
        else:
            dataset.offer_mnist()
    with right:
        start.show_network(chosen)
    if chosen.recipe:
        augmented.show_augmented(chosen.recipe)
        show_code(chosen.recipe, chosen.seed, place="form", data=digits.data if digits else MNIST)


def show_code(recipe, seed: int, *, place: str, data: str) -> None:
    with st.expander("Show as code: this training as a plain Keras script"):
        try:
            script = keras_script.write(recipe, seed=seed)
        except NotPossible as error:
            st.markdown(str(error))
            return
        key = f"script_{place}"
        st.download_button("Download the script", script, file_name=f"{recipe.key}.py", key=key, on_click="ignore")
        if data != MNIST:
            st.caption(f"The script trains on MNIST, which Keras downloads, and not on {data}.")
        st.code(script, language="python")


page.heading("Train a network")
queue.ensure_worker()
digits = dataset.test_digits()
job = watched.watched()
if job:
    show_watched(job)
    st.subheader("Train another")
show_form()
st.subheader("Trainings")
st.fragment(listing.show_trainings, run_every=RARELY)()
st.subheader("Runs trained here")
listing.show_runs(trainable=digits is not None)
page.notes("""
- **Guess before you look.** Write down the accuracy that you expect, then train. Which of your guesses were too high,
  and by how much? Is the difference larger than the 95% interval of a test of 10,000 images?
- **How fast does it learn?** After how many batches does the network read nine of ten images? How many epochs does it
  take for the next nine percentage points, and how long for the last one?
- **What if the learning rate is too low or too high?** Train MLP 64-64 for two epochs with learning rates of 0.001,
  0.1, 1 and 10. What does the loss do? Then train Linear without *Clip probabilities*. What happens to a loss that
  grows without bound?
- **How much does the seed change?** With another seed, the same recipe starts from other weights and sees the images in
  another order. How far apart are the test accuracies of three seeds? A change of a setting means something only if its
  effect is larger.
- **What does the first layer look for?** Slide from epoch 0, random numbers, to the last epoch. In MLP 64-64, which
  units look for strokes in the middle of the image? Why do the weights at its edge hardly change?
- **Are more parameters better?** Compare the layers of MLP 500-300 and LeNet-5. Which of the two has nine times as many
  parameters, and which reads more digits correctly?
""")
