"""The queue as pages meet it: a visit's own name, durations no more exact than they can be."""

import pytest
from streamlit.testing.v1 import AppTest

from mnist_app.ui.queue import duration


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (7, "a few seconds"),
        (41, "about 40 s"),
        (58, "about 1 min"),
        (4200, "about 1 h 10 min"),
        (7100, "about 2 h"),
    ],
)
def test_a_duration_in_words(seconds, words):
    assert duration(seconds) == words


def test_each_visit_has_a_name_of_its_own():
    def script():
        import streamlit as st

        from mnist_app.ui.queue import owner

        st.text(owner())

    first, second = (AppTest.from_function(script, default_timeout=20) for _ in range(2))
    names = [page.run().text[0].value for page in (first, first, second)]
    assert names[0] == names[1] != names[2]
