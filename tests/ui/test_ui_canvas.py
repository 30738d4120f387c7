"""Undo, Clear and the kept copy, with strokes injected where a browser would send them."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mnist_app import ink
from tests.drawings import canvas_value


def page():
    import streamlit as st

    from mnist_app.ui.canvas import canvas

    if not st.session_state.get("elsewhere"):
        st.session_state["seen"] = canvas(key="draw", brush=st.session_state.get("brush", 20))


def value(*places):
    """What the browser sends of vertical strokes at these x coordinates."""
    return canvas_value([((x, 20), (x, 200)) for x in places])


def seen(at):
    """The strokes' x coordinates, as the page got them; the ink is theirs, however the drawing came about."""
    assert not at.exception
    drawing = at.session_state["seen"]
    np.testing.assert_array_equal(drawing.ink, ink.draw_strokes(drawing.strokes))
    return [stroke.points[0, 0] for stroke in drawing.strokes]


def current(at):
    """The key of the component that the browser shows."""
    return f"draw-canvas{at.session_state['draw-kept'].version}"


@pytest.fixture
def drawn():
    at = AppTest.from_function(page, default_timeout=20).run()
    assert seen(at) == []
    assert all(button.disabled for button in at.button)
    at.session_state["draw-canvas0"] = value(10, 20, 30)
    return at.run()


def test_undo_drops_the_last_stroke_and_drawing_continues(drawn):
    assert seen(drawn) == [10, 20, 30]
    drawn.session_state["draw-canvas0"] = value(10, 20, 30, 40)
    drawn.button(key="draw-undo").click().run()
    assert seen(drawn) == [10, 20, 30], "the stroke that arrived with the click is the last one"
    drawn.button(key="draw-undo").click().run()
    assert seen(drawn) == [10, 20]
    drawn.session_state[current(drawn)] = value(10, 20, 50)
    assert seen(drawn.run()) == [10, 20, 50]


def test_a_drawing_without_end_is_refused_and_the_one_before_stays(drawn):
    scribble = [(at % 280, at % 7) for at in range(6000)]
    drawn.session_state["draw-canvas0"] = canvas_value([scribble, scribble])
    assert seen(drawn.run()) == [10, 20, 30]
    assert "Undo the last stroke" in drawn.error[0].value
    drawn.button(key="draw-clear").click().run()
    assert seen(drawn) == []


def test_clear_empties_the_canvas_for_good(drawn):
    drawn.button(key="draw-clear").click().run()
    assert seen(drawn) == seen(drawn.run()) == []


def test_a_new_brush_keeps_the_drawing_and_starts_from_it_once(drawn):
    drawn.session_state["brush"] = 8
    assert seen(drawn.run()) == [10, 20, 30]
    kept = drawn.session_state["draw-kept"]
    drawn.session_state[current(drawn)] = value(10, 20, 30, 40)
    assert seen(drawn.run()) == [10, 20, 30, 40]
    assert drawn.session_state["draw-kept"].version == kept.version
    assert drawn.session_state["draw-kept"].start == kept.start, (
        "a start that follows the drawing would load for ever"
    )


def test_the_drawing_is_back_when_the_page_is_back(drawn):
    for _ in range(2):
        drawn.session_state["elsewhere"] = True
        drawn.run()
        drawn.session_state["elsewhere"] = False
        assert seen(drawn.run()) == seen(drawn.run()) == [10, 20, 30]
