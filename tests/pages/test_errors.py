"""The Errors page without a browser, with made-up digits and networks whose answers are known."""

import re

import numpy as np

from mnist_app.ui import errors
from tests.pages import stage as pages
from tests.pages.stage import legend, markup, shown, text_of


def visit(**query):
    return pages.visit("pages/errors.py", **query)


def cells(page):
    """What a screen reader says of the matrices' numbers."""
    return re.findall(r'data-press="(\d+)" [^>]*aria-label="([^"]*)"', markup(page))


def test_a_cell_opens_its_images_and_a_second_network_stands_beside_the_first(stage):
    page = visit(classifier="Seven", truth="3", guess="7")
    assert ("037", "3 read as 7: 1000") in cells(page)
    assert "1,000 of 10,000 test images" in text_of(page)
    assert re.findall(r'alt="Test image (\d+): a 3"', markup(page))[:3] == ["3", "13", "23"]
    page.selectbox(key="second").set_value("Rows").run()
    assert ("133", "3 read as 3: +1000") in cells(page), "Rows has more of them: the difference opens its images"
    assert ("037", "3 read as 7: −1000") in cells(page)
    assert legend(page) == ["Seven", "Rows"]
    page.selectbox(key="guess").set_value("any")
    for whose, count in (("Only Seven", "1,000"), ("Only Rows", "0"), ("Both", "0"), ("Rows", "0")):
        page.selectbox(key="whose").set_value(whose)
        assert f"**{count} of 10,000 test images**" in text_of(shown(page.run()))


def test_the_surest_errors_stand_first_and_of_right_answers_the_least_sure():
    probabilities = np.eye(10)[[3, 3, 5, 3]] * np.array([[0.6], [0.9], [0.7], [0.8]])
    network = errors.Answers("A", (), probabilities, np.array([5, 8, 5, 3]))
    for truth, guess, order in (("any", "any", [1, 0]), ("8", "any", [1]), ("5", "5", [2])):
        assert errors.find(network, network.wrong, truth=truth, guess=guess).tolist() == order


def test_a_threshold_refuses_wrong_answers_and_right_ones_and_sets_name_several_digits(stage):
    def unsure(images):
        """Sure of even digits, unsure of odd ones, and wrong about 1."""
        digits = pages.read_rows(images).argmax(1)
        sure = np.eye(10)[np.where(digits == 1, 8, digits)]
        return np.where(digits[:, None] % 2 == 0, sure, 0.5 * sure + 0.05)

    stage.classifiers = [pages.classifier("Unsure", unsure)]
    page = visit(errors_part="Refuse", threshold="50%")
    assert "0 of 1,000 wrong answers and 0 of 9,000 right answers are refused" in text_of(page)
    page.select_slider(key="threshold").set_value(0.9).run()
    assert "1,000 of 1,000 wrong answers and 4,000 of 9,000 right answers are refused" in text_of(page)
    assert "**0.00%** (95% interval 0.00% to 0.08%, n = 5,000) are wrong." in text_of(page)
    page = visit(errors_part="Prediction sets", set_level="80%")
    assert "Mean size **1.00**: 0 sets have no digit" in text_of(page)
    page.select_slider(key="set_level").set_value(0.95).run()
    assert "<b>0, 1, 2, 3, 4, 5, 6, 7, 8 or 9</b>" in markup(page)
