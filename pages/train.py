"""Train a network: what does it cost, how does it learn, and how well does it do in the end?"""

import streamlit as st

from mnist_app import NotPossible, jobs
from mnist_app.evaluation.results import MNIST
from mnist_app.figures.live import training_progress
from mnist_app.recipes import keras_script
from mnist_app.ui import dataset, page, queue
from mnist_app.ui.train import form, pictures, runs, watched

EVERY = 1.0  # seconds between two looks at a training


def show_live(job: jobs.Job) -> None:
    """The training that is watched, as it is now."""
    job = queue.latest(job)
    watched.show_state(job)
    if job.sweep:
        return
    left, right = st.columns([7, 5], gap="medium")
    with left:
        if job.progress:
            version = (job.id, job.attempt, len(job.history.batches), len(job.history.epochs))
            page.figure(draw_curves(version, job), key="live", name=f"mnist-training-{job.recipe.key}")
    with right:
        if job.recipe.task == "classify":
            pictures.show_guesses(job)
        pictures.show_first_layer(job)


@st.cache_resource(show_spinner=False, max_entries=64)  # drawn once for all who watch
def draw_curves(version: tuple, _job: jobs.Job):
    return training_progress(
        _job.history,
        epochs=_job.recipe.epochs,
        steps=_job.progress.steps,
        accuracy=_job.recipe.task == "classify",
        data=_job.data,
    )


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
    show_code(recipe, seed, place="form", data=digits.data if digits else MNIST)


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
    watched.show_heading(job)
    # Others may keep a training that was stopped, or let it go on.
    st.fragment(show_live, run_every=None if job.status == "finished" else EVERY)(job)
    if not job.sweep:
        show_code(job.recipe, job.seed, place="watched", data=job.data)
    st.subheader("Train another")
show_form()
st.subheader("Trainings")
st.fragment(watched.show_trainings, run_every=3)()
st.subheader("Runs trained here")
runs.show_runs()
page.notes("""
- **Guess before you look.** Write down the accuracy that you expect, then train. Which of your guesses were too high,
  and by how much? Is the difference larger than the 95% interval of a test of 10,000 images?
- **How fast does it learn?** After how many batches does the network read nine of ten images? How many epochs does it
  take for the next nine percentage points?
- **What if the learning rate is too low or too high?** Train MLP 64-64 for two epochs with learning rates of 0.001,
  0.1, 1 and 10. What does the loss do?
- **How much does the seed change?** With another seed, the same recipe starts from other weights and sees the images in
  another order. How far apart are the test accuracies of three seeds? A change of a setting means something only if its
  effect is larger.
- **What does the first layer look for?** Slide from epoch 0, random numbers, to the last epoch. In MLP 64-64, which
  units look for strokes? Why do the weights at the edge hardly change?
- **Are more parameters better?** Compare the layers of MLP 500-300 and LeNet-5. Which of the two has nine times as many
  parameters, and which reads more digits correctly?
""")
