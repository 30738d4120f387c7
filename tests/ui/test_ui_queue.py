"""The queue as pages meet it: a visit's own name, durations no more exact than they can be, one supervisor."""

import re

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from mnist_app import jobs
from mnist_app.ui.queue import duration


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (7, "a few seconds"),
        (41, "about 40 s"),
        (58, "about 1 min"),
        (3569, "about 59 min"),
        (4200, "about 1 h 10 min"),
        (7100, "about 2 h"),
    ],
)
def test_a_duration_in_words(seconds, words):
    assert duration(seconds) == words


def visit():
    def script():
        import streamlit as st

        from mnist_app.ui.queue import ensure_worker, owner

        ensure_worker()
        st.text(owner())

    return AppTest.from_function(script, default_timeout=20)


@pytest.fixture
def starts(monkeypatch):
    """How often a supervisor was started."""
    st.cache_resource.clear()
    started = []
    monkeypatch.setattr(jobs.Supervisor, "start", lambda supervisor: started.append(supervisor))
    yield started
    st.cache_resource.clear()


def test_each_visit_has_a_name_of_its_own_and_all_share_one_supervisor(starts):
    first, second = visit(), visit()
    names = [page.run().text[0].value for page in (first, first, second)]
    assert names[0] == names[1] != names[2]
    assert re.fullmatch("[a-z0-9]{8,32}", names[0])
    assert len(starts) == 1
