"""The drawing on the server's side, with strokes injected where a browser would send them."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mnist_app import ink
from tests.drawings import canvas_value


def page():
    import streamlit as st

    from mnist_app.ui import canvas

    if not st.session_state.get("elsewhere"):
        st.session_state["seen"] = canvas.drawn("draw")
        canvas.show(key="draw")


def seen(at):
    """The strokes' x coordinates, as the page got them."""
    assert not at.exception
    return [stroke.points[0, 0] for stroke in at.session_state["seen"].strokes]


def send(at, *places):
    """As the browser does: a drawing of vertical strokes at these x coordinates."""
    at.session_state["draw-canvas"] = canvas_value([((x, 20), (x, 200)) for x in places])
    return at.run()


@pytest.fixture
def at():
    return AppTest.from_function(page, default_timeout=20).run()


def test_what_the_browser_sends_last_is_the_drawing(at):
    assert seen(at) == []
    assert seen(send(at, 10, 20, 30)) == [10, 20, 30]
    assert seen(send(at, 10, 20)) == seen(at.run()) == [10, 20]
    assert seen(send(at)) == seen(at.run()) == []


def test_the_ink_is_that_of_all_strokes_whatever_was_drawn_before(at):
    for places in ((10,), (10, 20), (10, 20, 30), (10, 40), (10, 40, 50), (), (60, 70)):
        drawing = send(at, *places).session_state["seen"]
        assert np.array_equal(drawing.ink, ink.draw_strokes(drawing.strokes))


def test_too_long_a_drawing_is_named_and_can_be_undone(at):
    at.session_state["draw-canvas"] = canvas_value([[(x % 280, 20) for x in range(5_001)]] * 2)
    assert seen(at.run()) == []
    assert "10,000 points at most" in at.error[0].value
    assert at.get("bidi_component"), "the square has gone, and Undo with it"
    assert seen(send(at, 10)) == [10]
    assert not at.error


def test_the_drawing_is_back_when_the_page_is_back(at):
    send(at, 10, 20, 30)
    for _ in range(2):
        at.session_state["elsewhere"] = True
        at.run()
        at.session_state["elsewhere"] = False
        assert seen(at.run()) == seen(at.run()) == [10, 20, 30]
