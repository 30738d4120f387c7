"""The queue as pages meet it: a visit's own name, durations no more exact than they can be, one supervisor."""

import re

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from mnist_app import jobs
from mnist_app.ui.jobs import duration


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "a few seconds"),
        (7, "a few seconds"),
        (8, "about 10 s"),
        (41, "about 40 s"),
        (57, "about 55 s"),
        (58, "about 1 min"),
        (89, "about 1 min"),
        (130, "about 2 min"),
        (3569, "about 59 min"),
        (3570, "about 1 h"),
        (4200, "about 1 h 10 min"),
        (7100, "about 2 h"),
    ],
)
def test_a_duration_in_words(seconds, words):
    assert duration(seconds) == words


def test_a_longer_time_is_never_said_to_be_shorter():
    units = {"s": 1, "min": 60, "h": 3600}
    said = [re.findall(r"(\d+) (s|min|h)", duration(seconds)) for seconds in range(8, 10_000)]
    lengths = [sum(int(count) * units[unit] for count, unit in parts) for parts in said]
    assert lengths == sorted(lengths)


def visit():
    def script():
        import streamlit as st

        from mnist_app.ui.jobs import ensure_worker, owner

        ensure_worker()
        st.text(owner())

    return AppTest.from_function(script, default_timeout=20)


@pytest.fixture
def starts(monkeypatch):
    """How often a supervisor was started."""
    st.cache_resource.clear()
    found = []
    monkeypatch.setattr(jobs.Supervisor, "start", lambda supervisor: found.append(supervisor))
    yield found
    st.cache_resource.clear()


def test_each_visit_has_a_name_of_its_own_that_stays(starts):
    first, second = visit(), visit()
    names = [page.run().text[0].value for page in (first, first, second)]
    assert names[0] == names[1] != names[2]
    assert re.fullmatch("[a-z0-9]{8,32}", names[0])


def test_all_visits_share_one_supervisor(starts):
    for page in (visit(), visit()):
        page.run()
        page.run()
    assert len(starts) == 1
