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


def found(page):
    return re.findall(r'alt="Test image (\d+): a (\d)"', markup(page))


def test_a_cell_opens_its_images_and_a_second_network_stands_beside_the_first(stage):
    page = visit(classifier="Seven", truth="3", guess="7")
    assert ("073", "7 read as 3: 1000") not in cells(page)
    assert ("037", "3 read as 7: 1000") in cells(page)
    assert "1,000 of 10,000 test images" in text_of(page)
    assert found(page)[:3] == [("3", "3"), ("13", "3"), ("23", "3")]
    page.selectbox(key="second").set_value("Rows").run()
    assert {"133", "037"} <= {press for press, _ in cells(page)}
    assert ("133", "3 read as 3: +1000") in cells(page), (
        "Rows has more of them: the difference opens its images"
    )
    assert ("037", "3 read as 7: −1000") in cells(page)
    assert legend(page) == ["Seven", "Rows"]
    page.selectbox(key="guess").set_value("any")
    page.selectbox(key="truth").set_value("any")
    for whose, count in (("Only Seven", "9,000"), ("Only Rows", "0"), ("Both", "0"), ("Rows", "0")):
        page.selectbox(key="whose").set_value(whose)
        assert f"**{count} of 10,000 test images**" in text_of(shown(page.run()))


def test_the_surest_errors_stand_first_and_of_right_answers_the_least_sure():
    sure = np.array([0.6, 0.9, 0.7, 0.8], np.float32)
    probabilities = np.zeros((4, 10), np.float32)
    probabilities[[0, 1, 2, 3], [3, 3, 5, 3]] = sure
    network = errors.Answers("A", (), probabilities, np.array([5, 8, 5, 3]))
    assert errors.find(network, network.wrong, truth="any", guess="any").tolist() == [1, 0]
    assert errors.find(network, network.wrong, truth="8", guess="any").tolist() == [1]
    assert errors.find(network, network.wrong, truth="5", guess="5").tolist() == [2]
