"""The training that a visitor watches: its place in the queue, its progress, its end, and what can be done then.

Its id stands in the address, so that a link opens it in another tab.
"""

import time
from collections.abc import Callable
from math import inf, log

import streamlit as st

from mnist_app import ExplorerError, jobs
from mnist_app.evaluation import comparison
from mnist_app.recipes import RECIPES
from mnist_app.ui import dataset, html, models, page, queue, visitor
from mnist_app.ui.train import form, runs

_MOST_ENDED = 5


def watched() -> jobs.Job | None:
    """The training in the address, or the last one watched in this visit; a missing one gets a warning."""
    id = st.query_params.get("job") or st.session_state.get("watched")
    if not id:
        return None
    try:
        job = jobs.find(id)
    except ExplorerError as error:
        st.warning(html.as_markdown(str(error)), icon=":material/warning:")
        forget()
        return None
    watch(id)
    return job


def watch(id: str) -> None:
    """Show that training at the top of the page, from its next run on."""
    st.session_state["watched"] = id
    if st.query_params.get("job") != id:
        st.query_params["job"] = id


def forget() -> None:
    st.session_state.pop("watched", None)
    st.query_params.pop("job", None)


def show_heading(job: jobs.Job) -> None:
    """The training's name, and the way back to the form."""
    # The pressed button may be far below, on a phone above all. The browser runs this once for each training.
    to_the_top = "document.querySelector('[data-testid=stMain]').scrollTo(0, 0)"
    st.html(f"<script>/* {job.id} */ {to_the_top}</script>", unsafe_allow_javascript=True)
    key = "active_training" if job.active else "ended_training"
    with st.container(horizontal=True, vertical_alignment="center", key=key):
        page.section(html.as_markdown(_title(job)))
        if job.sweep:
            st.page_link("pages/weight_decay.py", label="Its chart", icon=":material/balance:")
        st.button("Close", key="close", on_click=forget, help="It stays in the list below.")


def show_state(job: jobs.Job) -> None:
    """Where it is and the buttons that go with that."""
    match job.status:
        case "waiting" | "running":
            if queue.show_progress(job, f"{_done(job)} finished. " if job.kind != "train" else ""):
                if job.status == "waiting":
                    forget()
                st.rerun()
        case "keeping":
            st.progress(1.0, "Storing what was trained …")
        case "stopped" | "failed":
            _show_early_end(job)
        case "finished" if job.kind != "train":
            st.success(f"Finished: {_done(job)}.")
        case "finished":
            if model := models.find(job.model):
                runs.show_run(model, place="outcome")
            else:
                st.warning(f"The run {html.as_markdown(job.model)} was deleted.", icon=":material/warning:")


def show_trainings() -> None:
    """Running, waiting in order, and the last ones that ended, each with a button to watch it."""
    for error in jobs.list_damaged():
        page.show_damaged([error])
        remove = visitor.is_teacher() and st.button("Remove this record", key=f"remove_{error.name}")
        if remove and page.attempt(jobs.discard, error.name):
            st.rerun()
    trainings = jobs.list_jobs()
    line = [job.id for job in trainings if job.status == "waiting"]
    shown = sum(job.active for job in trainings) + _MOST_ENDED
    if not trainings:
        st.caption("The queue is empty.")
    for job in trainings[:shown]:
        with st.container(horizontal=True, vertical_alignment="center"):
            whose = f" ({html.as_markdown(owner)})" if (owner := queue.whose(job)) else ""
            place = f", place {line.index(job.id) + 1}" if job.id in line else ""
            st.markdown(f"**{html.as_markdown(_title(job))}**{whose}: {_in_words(job)}{place}", width="stretch")
            if st.button("Watch", key=f"watch_{job.id}"):
                watch(job.id)
                st.rerun()
    if trainings[shown:]:
        st.caption(f"The list leaves out {len(trainings[shown:])} earlier trainings.")


def show_warning(job: jobs.Job) -> None:
    """Where the loss grows, while it trains and after."""
    recipe = job.recipe
    untrained = {"classify": log(10), "denoise": log(2), "reconstruct": log(2)}.get(recipe.task, inf)
    penalty = recipe.options.get("l2")  # a part of the loss from the first weights on
    if job.status != "failed" and job.history.loss_grew(untrained=inf if penalty else untrained):
        words = "grows" if job.active else "grew"
        rate = f"the learning rate, {recipe.learning_rate:g},"
        st.warning(f"The loss {words}: is {rate} too high?", icon=":material/trending_up:")


def _show_early_end(job: jobs.Job) -> None:
    """What can be done with a training that was stopped or failed."""
    if job.status == "failed":
        st.error(html.as_markdown(job.error))
    else:
        st.warning(f"Stopped after {_done(job)}. {html.as_markdown(job.error)}", icon=":material/stop_circle:")
    day = time.strftime("%d %B %Y", time.localtime(job.kept_until))
    st.caption(f"It is kept until {day}, or until {jobs.KEPT_AT_MOST} others have ended after it.")
    with st.container(horizontal=True):
        if job.kind == "train" and job.recipe.key in RECIPES:
            about = "The form below gets these settings. This training stays in the list."
            if st.button("Change the settings", key="change", on_click=_change, args=(job,), help=about):
                st.rerun()  # the form, too
        pressed = _ask_what_to_do(job) if visitor.may_change(job) else None
    if pressed and page.attempt(visitor.change, pressed, job):
        if pressed is jobs.discard:
            forget()
        st.rerun()
    if not visitor.may_change(job):
        queue.show_who_may_change(job)
    if job.status == "failed":
        with st.expander("Log"):
            st.code(jobs.log(job.id) or "The log is empty.", language=None)


def _ask_what_to_do(job: jobs.Job) -> Callable[..., object] | None:
    if job.history.epochs and job.kind == "train" and st.button("Keep what is there", key="keep"):
        return jobs.keep
    if st.button("Continue", key="resume", help="It continues after its last completed epoch."):
        return jobs.resume
    return jobs.discard if st.button("Discard", key="discard") else None


def _change(job: jobs.Job) -> None:
    form.fill(job.recipe, job.seed)
    forget()


def _title(job: jobs.Job) -> str:
    """A name to read: the recipe's title, what was changed of it, the seed where it is not 0."""
    if job.sweep:
        return f"Weight-decay sweep{dataset.on(job.data)}"
    label = comparison.Run(job.recipe, job.seed, 0, 0.0, None, job.history, data=job.data).label
    return f"Noise curves of {label}" if job.classifier else label


def _done(job: jobs.Job) -> str:
    if job.kind != "train":
        return f"{len(job.done)} {'networks' if job.sweep else 'curves'}"
    return f"{len(job.history.epochs)} of {job.recipe.epochs} epochs"


def _in_words(job: jobs.Job) -> str:
    """What has become of it, in a clause."""
    words = "being stored" if job.status == "keeping" else job.status
    if job.history.epochs or job.done:
        words += f", {_done(job)}"
    if job.history.epochs and job.history.epochs[-1].val_accuracy is not None:
        words += f", validation accuracy {job.history.epochs[-1].val_accuracy:.2%}"
    return words
