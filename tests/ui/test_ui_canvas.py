"""Undo, Clear and the kept copy, with strokes injected where a browser would send them."""

import base64
import io

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from mnist_app.ui import canvas as canvas_module


def page():
    import streamlit as st

    from mnist_app.ui.canvas import canvas

    if not st.session_state.get("elsewhere"):
        st.session_state["seen"] = canvas(key="draw", brush=st.session_state.get("brush", 20))


def stroke(x):
    return {"type": "Path", "stroke": "#ffffff", "strokeWidth": 20, "path": [["M", x, 20], ["L", x, 200]]}


def value(*objects):
    """What the browser sends once `objects` are drawn; the picture's first red value is their number."""
    pixels = np.zeros((280, 280, 4), np.uint8)
    pixels[0, 0] = [len(objects), 0, 0, 255]
    png = io.BytesIO()
    Image.fromarray(pixels).save(png, format="PNG")
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


def version(at):
    return at.session_state["draw-kept"].version


@pytest.fixture
def at():
    return AppTest.from_function(page, default_timeout=20).run()


@pytest.fixture
def drawn(at):
    at.session_state["draw-canvas0"] = value(stroke(10), stroke(20), stroke(30))
    return at.run()


def test_an_empty_canvas_has_no_image_and_nothing_to_undo(at):
    assert seen(at) == ([], False)
    assert at.session_state["seen"].empty
    assert at.button(key="draw-undo").disabled
    assert at.button(key="draw-clear").disabled


def test_strokes_and_image_arrive_together(drawn):
    assert seen(drawn) == ([10, 20, 30], True)
    image = drawn.session_state["seen"].image
    assert (image.shape, image.dtype, image[0, 0, 0]) == ((280, 280, 4), np.uint8, 3)
    assert not drawn.button(key="draw-undo").disabled


def test_a_picture_without_strokes_is_no_drawing(at):
    at.session_state["draw-canvas0"] = value()
    assert seen(at.run()) == ([], False)


def test_undo_drops_the_last_stroke_and_the_image_that_showed_it(drawn):
    drawn.button(key="draw-undo").click().run()
    assert seen(drawn) == ([10, 20], False)
    assert version(drawn) == 1
    drawn.button(key="draw-undo").click().run()
    assert seen(drawn) == ([10], False)
    assert version(drawn) == 2


def test_undo_counts_a_stroke_that_arrives_with_the_click(drawn):
    drawn.session_state["draw-canvas0"] = value(stroke(10), stroke(20), stroke(30), stroke(40))
    drawn.button(key="draw-undo").click().run()
    assert seen(drawn) == ([10, 20, 30], False)


def test_drawing_goes_on_after_undo(drawn):
    drawn.button(key="draw-undo").click().run()
    drawn.session_state["draw-canvas1"] = value(stroke(10), stroke(20), stroke(50))
    assert seen(drawn.run()) == ([10, 20, 50], True)


def test_clear_empties_the_canvas_for_good(drawn):
    drawn.button(key="draw-clear").click().run()
    assert seen(drawn) == ([], False)
    assert version(drawn) == 1
    assert seen(drawn.run()) == ([], False)


def test_the_drawing_a_canvas_starts_from_never_follows_the_strokes(drawn):
    start = drawn.session_state["draw-kept"].start
    drawn.session_state["draw-canvas0"] = value(stroke(10))
    drawn.run()
    assert drawn.session_state["draw-kept"].start == start == '{"objects": []}'


def test_a_new_brush_restarts_the_canvas_with_the_drawing(drawn):
    drawn.session_state["brush"] = 8
    assert seen(drawn.run()) == ([10, 20, 30], False)
    assert version(drawn) == 1
    assert seen(drawn.run()) == ([10, 20, 30], False)
    assert version(drawn) == 1


def test_a_new_brush_on_an_empty_canvas_restarts_nothing(drawn):
    drawn.button(key="draw-clear").click().run()
    before = version(drawn)
    drawn.session_state["brush"] = 8
    drawn.run()
    assert version(drawn) == before


def test_the_drawing_is_back_when_the_page_is_back(drawn):
    for expected in (1, 1):  # the second time nothing new was drawn, and the same start serves again
        drawn.session_state["elsewhere"] = True
        drawn.run()
        drawn.session_state["elsewhere"] = False
        assert seen(drawn.run()) == ([10, 20, 30], False)
        assert version(drawn) == expected
    assert seen(drawn.run()) == ([10, 20, 30], False)


def test_component_key_names_the_current_version():
    def shown():
        import streamlit as st

        from mnist_app.ui.canvas import canvas, component_key

        canvas(key="draw")
        st.text(component_key("draw"))

    at = AppTest.from_function(shown, default_timeout=20)
    at.session_state["draw-canvas0"] = value(stroke(10))
    assert at.run().text[0].value == "draw-canvas0"
    assert at.button(key="draw-undo").click().run().text[0].value == "draw-canvas1"


def test_the_component_is_registered_with_the_mend():
    def registered():
        import streamlit as st
        from streamlit.runtime import Runtime

        from mnist_app.ui.canvas import canvas

        canvas(key="draw")
        name = "streamlit-drawable-canvas.streamlit_drawable_canvas"
        st.session_state["html"] = Runtime.instance().bidi_component_registry.get(name).html

    at = AppTest.from_function(registered, default_timeout=20).run()
    assert at.session_state["html"] == canvas_module._HTML
    assert ".dc-toolbar { display: none !important; }" in canvas_module._HTML
