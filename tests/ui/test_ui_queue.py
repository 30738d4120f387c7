"""The queue as pages meet it: durations no more exact than they can be."""

import pytest

from mnist_app.ui.queue import duration


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(7, "a few seconds"), (41, "about 40 s"), (58, "about 1 min"), (4200, "about 1 h 10 min"), (7100, "about 2 h")],
)
def test_a_duration_in_words(seconds, words):
    assert duration(seconds) == words
