"""Undo, Clear and the kept copy, with strokes injected where a browser would send them."""

import base64
import io

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest


def page():
    import streamlit as st

    from mnist_app.ui.canvas import canvas

    if not st.session_state.get("elsewhere"):
        st.session_state["seen"] = canvas(key="draw", brush=st.session_state.get("brush", 20))


def stroke(x):
    return {"type": "Path", "stroke": "#ffffff", "strokeWidth": 20, "path": [["M", x, 20], ["L", x, 200]]}


def value(*objects):
    """What the browser sends once `objects` are drawn."""
    png = io.BytesIO()
    Image.fromarray(np.zeros((280, 280, 4), np.uint8)).save(png, format="PNG")
    data = "data:image/png;base64," + base64.b64encode(png.getvalue()).decode()
    return {
        "drawing": {"raw": {"objects": list(objects), "background": "#000000"}, "data": data},
        "backgroundFit": None,
    }


def seen(at):
    """The strokes' x coordinates and whether there is an image, as the page got them."""
    assert not at.exception
    drawing = at.session_state["seen"]
    return [o["path"][0][1] for o in drawing.strokes["objects"]], drawing.image is not None


def current(at):
    """The key of the component that the browser shows."""
    return f"draw-canvas{at.session_state['draw-kept'].version}"


@pytest.fixture
def at():
    return AppTest.from_function(page, default_timeout=20).run()


@pytest.fixture
def drawn(at):
    at.session_state["draw-canvas0"] = value(stroke(10), stroke(20), stroke(30))
    return at.run()


def test_an_empty_canvas_has_nothing_to_undo(at):
    assert seen(at) == ([], False)
    assert at.button(key="draw-undo").disabled
    assert at.button(key="draw-clear").disabled
    at.session_state["draw-canvas0"] = value()
    assert seen(at.run()) == ([], False), "a picture without strokes is not a drawing"


def test_strokes_and_image_arrive_together(drawn):
    assert seen(drawn) == ([10, 20, 30], True)
    image = drawn.session_state["seen"].image
    assert (image.shape, image.dtype) == ((280, 280, 4), np.uint8)
    assert not drawn.button(key="draw-undo").disabled


def test_undo_drops_the_last_stroke_and_drawing_continues(drawn):
    drawn.session_state["draw-canvas0"] = value(stroke(10), stroke(20), stroke(30), stroke(40))
    drawn.button(key="draw-undo").click().run()
    assert seen(drawn) == ([10, 20, 30], False), "the stroke that arrived with the click is the last one"
    drawn.button(key="draw-undo").click().run()
    assert seen(drawn) == ([10, 20], False)
    drawn.session_state[current(drawn)] = value(stroke(10), stroke(20), stroke(50))
    assert seen(drawn.run()) == ([10, 20, 50], True)


def test_clear_empties_the_canvas_for_good(drawn):
    drawn.button(key="draw-clear").click().run()
    assert seen(drawn) == ([], False)
    assert seen(drawn.run()) == ([], False)


def test_the_drawing_that_a_canvas_starts_from_never_follows_the_strokes(drawn):
    start = drawn.session_state["draw-kept"].start
    drawn.session_state["draw-canvas0"] = value(stroke(10))
    assert drawn.run().session_state["draw-kept"].start == start


def test_a_new_brush_keeps_the_drawing(drawn):
    drawn.session_state["brush"] = 8
    assert seen(drawn.run()) == ([10, 20, 30], False)
    version = current(drawn)
    assert seen(drawn.run()) == ([10, 20, 30], False)
    assert current(drawn) == version


def test_the_drawing_is_back_when_the_page_is_back(drawn):
    for _ in range(2):
        drawn.session_state["elsewhere"] = True
        drawn.run()
        drawn.session_state["elsewhere"] = False
        assert seen(drawn.run()) == ([10, 20, 30], False)
    assert seen(drawn.run()) == ([10, 20, 30], False)
