"""Which training a visitor watches: its id stands in the address, so that a link opens it in another tab."""

import streamlit as st

from mnist_app import ExplorerError, NotFound, jobs

_PARAMETER = "job"
_KEPT = "watched"
_NEW = "newly_watched"
_TO_THE_TOP = "<script>document.querySelector('[data-testid=stMain]').scrollTo(0, 0)</script>"


def watched() -> jobs.Job | None:
    """The training in the address, or the last one watched in this visit; one that is gone is said so."""
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


def look_again(job: jobs.Job) -> jobs.Job:
    """That training as it is now; where it is gone or has another status, the whole page runs again."""
    try:
        now = jobs.find(job.id)
    except NotFound:
        st.rerun()
    if now.status != job.status:
        st.rerun()
    return now


def watch(id: str) -> None:
    """Show that training at the top of the page, from its next run on."""
    _remember(id)
    st.session_state[_NEW] = True


def scroll_to_it() -> None:
    """Once after `watch`: what was pressed may lie far below what is watched, on a phone above all."""
    if st.session_state.pop(_NEW, False):
        st.html(_TO_THE_TOP, unsafe_allow_javascript=True)


def forget() -> None:
    """Show no training."""
    st.session_state.pop(_KEPT, None)
    st.query_params.pop(_PARAMETER, None)


def _remember(id: str) -> None:
    st.session_state[_KEPT] = id
    if st.query_params.get(_PARAMETER) != id:
        st.query_params[_PARAMETER] = id
