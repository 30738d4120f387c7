"""The page How it works without a browser: what it says is computed from the image and the network in hand."""

import re

import numpy as np
import pytest

from mnist_app.ui.how import convolution
from tests.pages import stage
from tests.pages.stage import digit_image, markup, press, text_of

pytestmark = pytest.mark.usefixtures("fresh_caches")


def visit(part, **query):
    return stage.visit("pages/how.py", part_of_how=part, **query)


def cells(page):
    """The numbers of the page's tables, row by row."""
    rows = re.findall("<tr>(.*?)</tr>", markup(page))
    return [re.findall(r"<td[^>]*>(?:<b>)?(.*?)(?:</b>)?</td>", row) for row in rows]


def test_without_a_drawing_the_page_says_how_to_get_one(small_mnist, tiny_model):
    assert "You have not drawn a digit" in text_of(visit("Convolution", digit="My drawing"))


def test_every_part_asks_first_and_hides_the_answer(small_mnist, tiny_model):
    page = visit("Numbers")
    for part in page.segmented_control(key="part_of_how").options:
        page.segmented_control(key="part_of_how").set_value(part).run()
        assert page.info[0].value.startswith("**Predict:**")
        (answer,) = page.expander
        assert answer.label == "The teacher's answer"
        assert not answer.proto.expanded
        assert len(answer.markdown[0].value) > 200


def test_each_number_of_the_image_is_there_with_its_division(small_mnist, tiny_model):
    page = visit("Numbers", image="3")
    image, label = small_mnist["x_test"][3], small_mnist["y_test"][3]
    assert (np.array(cells(page)[:28], int) == image).all()
    value = int(image[5, 9])
    assert f"Row 5, column 9: {value} / 255 = {np.float32(value) / np.float32(255)}" in markup(page)
    assert cells(page)[-1] == [str(int(digit == label)) for digit in range(10)]
    page.toggle(key="divided").set_value(True).run()
    assert np.abs(np.array(cells(page)[:28], float) - image / 255).max() <= 0.0051


def test_sizes_change_the_count_and_an_impossible_one_is_named(small_mnist, tiny_model):
    page = visit("Layers", **{"mlp-64-64_hidden": "32"})
    assert page.table[0].value["Arithmetic"].tolist()[1:3] == ["784 × 32 + 32", "32 × 10 + 10"]
    page.text_input(key="mlp-64-64_hidden").set_value("0").run()
    assert "whole numbers from 1" in page.error[0].value


def test_softmax_and_loss_are_those_of_the_sliders_and_of_the_image(small_mnist, tiny_model):
    page = visit("Activations", logit_3="0", logit_5="0", logit_8="0", relu_of="-2")
    assert cells(page)[-1] == ["0.333", "0.333", "0.333", "1.000"]
    assert "**0.0**" in text_of(page)
    assert "**0.000**" in text_of(visit("Loss", p="1.0", image="0"))
    page = visit("Loss", p="0.1", image="0")
    assert "**2.303**" in text_of(page)
    columns = np.array(cells(page)[1:])
    assert columns[:, 1].astype(int).argmax() == small_mnist["y_test"][0]
    assert f"**{max(columns[:, 2], key=float)}**" in text_of(page)


def test_steps_lead_to_the_lowest_loss_and_too_large_ones_do_not(small_mnist, tiny_model):
    page = visit("Gradient step", step_rate="5.0")
    for _ in range(4):
        press(page, "step_taken")
    assert page.slider(key="step_weight").value == pytest.approx(np.log(2), abs=0.01)
    page.select_slider(key="step_rate").set_value(30.0)
    page.slider(key="step_weight").set_value(2.0).run()
    assert "does not fall" in text_of(page)
    page = visit("Weight decay", decay_rate="3.0")
    for _ in range(9):
        press(page, "decay_taken")
    assert 0.3 < page.slider(key="decay_weight").value < 0.6


def test_the_window_s_products_add_up_to_the_output(small_mnist, tiny_model):
    page = visit("Convolution", digit="My drawing", bias="0.5", kernel="Upper edges")
    page.session_state["drawn"] = digit_image(3)  # its rows 10 and 11 are white
    page.run()
    page.slider(key="out_row").set_value(8).run()
    white, black = ["1.00"] * 3, ["0.00"] * 3
    assert cells(page)[0] == [*black, "×", *["−1.00"] * 3, "=", *black]
    assert cells(page)[2] == [*white, "×", *white, "=", *white]
    assert "Sum 3.00, with the bias 3.50, ReLU: **3.50**" in text_of(page)


@pytest.mark.training
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [1, 2])
def test_convolution_and_pooling_are_keras_s(padding, stride):
    keras = pytest.importorskip("keras")
    rng = np.random.default_rng(0)
    image, kernel = rng.random((28, 28), np.float32), rng.normal(size=(3, 3)).astype(np.float32)
    layer = keras.layers.Conv2D(1, 3, strides=stride, padding=padding, activation="relu")
    layer.build((None, 28, 28, 1))
    layer.set_weights([kernel[..., None, None], np.array([0.3])])
    theirs = layer(image[None, ..., None])
    options = {"bias": 0.3, "stride": stride, "padding": padding}
    ours, pooled = convolution.convolve(image[..., None], kernel, **options)
    np.testing.assert_allclose(ours, np.asarray(theirs)[0, ..., 0], atol=1e-5)
    for name, each in pooled.items():
        pool = getattr(keras.layers, f"{name}Pooling2D")(2)
        np.testing.assert_allclose(each, np.asarray(pool(theirs))[0, ..., 0], atol=1e-5)


def test_the_small_network_steps_goes_back_with_its_settings_and_reads_the_drawing(small_mnist, tiny_model):
    page = visit("Microscope", micro_units="4")
    assert "After 0 steps" in markup(page)
    press(page, "micro_10")
    page.selectbox(key="micro_rate").set_value(1.0).run()
    press(press(page, "micro_1"), "micro_1")
    after = markup(page)
    assert "After 12 steps" in after
    page.number_input(key="micro_back_by").set_value(5).run()
    press(page, "micro_back")
    assert "After 7 steps" in markup(page)
    assert page.selectbox(key="micro_rate").value == 0.1
    for _ in range(3):
        press(page, "micro_1")
    page.selectbox(key="micro_rate").set_value(1.0).run()
    press(press(page, "micro_1"), "micro_1")
    assert markup(page) == after
    page.session_state["drawn"] = digit_image(5)
    assert "Your drawing guesses" in markup(page.run())
    page.toggle(key="micro_plays").set_value(True).run()
    assert "After 22 steps" in markup(page)
    page.session_state["micro_moved"] = np.inf  # as if it had moved just now
    assert "After 22 steps" in markup(page.run())
    page.selectbox(key="micro_units").set_value(0).run()
    assert "After 0 steps" in markup(page)
