"""The training that a visitor watches: its place in the queue, its progress, its end, and what can be done then.

Its id stands in the address, so that a link opens it in another tab.
"""

import math

import streamlit as st

from mnist_app import ExplorerError, jobs
from mnist_app.evaluation import comparison
from mnist_app.ui import dataset, models, page, queue
from mnist_app.ui.train import form, outcome

_PARAMETER = "job"
_KEPT = "watched"
_NEW = "newly_watched"
_TO_THE_TOP = "<script>document.querySelector('[data-testid=stMain]').scrollTo(0, 0)</script>"


def watched() -> jobs.Job | None:
    """The training in the address, or the last one watched in this visit; a missing one gets a warning."""
    id = st.query_params.get(_PARAMETER) or st.session_state.get(_KEPT)
    if not id:
        return None
    try:
        job = jobs.find(id)
    except ExplorerError as error:
        st.warning(str(error), icon="⚠️")
        forget()
        return None
    _remember(job.id)
    return job


def watch(id: str) -> None:
    """Show that training at the top of the page, from its next run on."""
    _remember(id)
    st.session_state[_NEW] = True


def forget() -> None:
    st.session_state.pop(_KEPT, None)
    st.query_params.pop(_PARAMETER, None)


def title(job: jobs.Job) -> str:
    """A name to read: the recipe's title, what was changed of it, the seed where it is not 0."""
    if job.sweep:
        return f"Weight-decay sweep{dataset.on(job.data)}"
    return comparison.Run(job.recipe, job.seed, 0, 0.0, None, job.history, data=job.data).label


def stopped_after(job: jobs.Job) -> str:
    """How far a stopped training came."""
    if job.sweep:
        return f"Stopped after {len(job.done)} networks."
    return f"Stopped after {len(job.history.epochs)} of {job.recipe.epochs} epochs."


def steps_of(job: jobs.Job) -> int:
    if job.progress:
        return job.progress.steps
    available = 50_000 if job.recipe.validation == "held-out" else 60_000
    return math.ceil(min(job.recipe.images, available) / job.recipe.batch_size)


def show_heading(job: jobs.Job) -> None:
    """The training's name, and the way back to the form."""
    if st.session_state.pop(_NEW, False):  # the pressed button may be far below, on a phone above all
        st.html(_TO_THE_TOP, unsafe_allow_javascript=True)
    key = "active_training" if job.active else "ended_training"
    with st.container(horizontal=True, vertical_alignment="center", key=key):
        st.subheader(title(job), width="stretch")
        if job.sweep:
            st.page_link("pages/weight_decay.py", label="Its chart", icon="⚖️")
        st.button("Close", key="close", on_click=forget, help="It stays in the list below.")


def show_state(job: jobs.Job) -> None:
    """Where it is and the buttons that go with that."""
    job = queue.latest(job)
    match job.status:
        case "waiting" | "running":
            if queue.show_progress(job, f"{len(job.done)} networks finished. " if job.sweep else ""):
                if job.status == "waiting":
                    forget()
                st.rerun()
        case "keeping":
            st.progress(1.0, "Storing what was trained …")
        case "stopped":
            st.warning(f"{stopped_after(job)} {job.error}".strip(), icon="⏹️")
            with st.container(horizontal=True):
                _show_buttons(job, keep="primary", resume="Continue", discard="Discard")
        case "failed":
            st.error(job.error)
            with st.container(horizontal=True):
                if not job.sweep and form.can_fill(job.recipe):
                    st.button(
                        "Change the settings", key="change", type="primary", on_click=_change, args=(job,),
                        help="The form below gets these settings. This training stays in the list.",
                    )  # fmt: skip
                _show_buttons(job, keep="secondary", resume="Try again", discard="Remove")
            with st.expander("Log"):
                st.code(_log(job.id) or "The log is empty.", language=None)
        case "finished":
            _show_finished(job)


def _show_buttons(job: jobs.Job, *, keep: str, resume: str, discard: str) -> None:
    """What can be done with a training that ended early. keep: the type of the button that keeps its epochs."""
    worth_keeping = job.history.epochs and not job.sweep
    kept = worth_keeping and st.button("Keep what is there", key="keep", type=keep)
    resumed = st.button(resume, key="resume", help="It continues after its last completed epoch.")
    discarded = st.button(discard, key="discard")
    if discarded and page.attempt(jobs.discard, job.id):
        forget()
        st.rerun()
    if kept and page.attempt(jobs.keep, job.id):
        st.rerun()
    if resumed and page.attempt(jobs.resume, job.id):
        st.rerun()


def _show_finished(job: jobs.Job) -> None:
    if job.sweep:
        st.success(f"Finished: {len(job.done)} networks were trained.")
        return
    model = models.find(job.model)
    if model is None:
        st.warning(f"The run {job.model} was deleted.", icon="⚠️")
        return
    left, right = st.columns(2, gap="medium")
    with left:
        outcome.show_outcome(model, id=job.id)
    with right:
        outcome.show_links(model)
        outcome.show_actions(model, place="outcome")


def _change(job: jobs.Job) -> None:
    form.fill(job.recipe, job.seed)
    forget()


def _log(id: str) -> str:
    try:
        return jobs.log(id)
    except ExplorerError as error:
        return str(error)


def _remember(id: str) -> None:
    st.session_state[_KEPT] = id
    if st.query_params.get(_PARAMETER) != id:
        st.query_params[_PARAMETER] = id
