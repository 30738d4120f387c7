"""Several digits in one drawing, and one digit in several strokes."""

import math

import numpy as np
import pytest

from mnist_app import ink
from tests import drawings
from tests.drawings import FOUR, ONE, SEVEN, drawn, moved

ARC = tuple((140 + 55 * math.sin(t / 4), 175 - 55 * math.cos(t / 4)) for t in range(-3, 16))
ROUND = tuple((140 + 60 * math.sin(t / 5), 140 + 90 * math.cos(t / 5)) for t in range(32))
ONE_DIGIT = {
    "1": ONE,
    "1 with a dot": (((140, 100), (140, 240)), ((139, 50), (141, 52))),
    "4": FOUR,
    "4, not closed": (((100, 75), (85, 150), (150, 152)), ((190, 50), (185, 240))),
    "5, its bar apart": (((95, 75), (90, 140), *ARC), ((125, 45), (200, 42))),
    "5, its bar beside": (((95, 65), (90, 140), *ARC), ((130, 62), (215, 60))),
    "7 with a bar": (*SEVEN, ((120, 150), (200, 145))),
    "0 with a slash": (ROUND, ((190, 50), (90, 230))),
    "0, not closed": (ROUND[2:-2],),
    "two halves": (((80, 50), (200, 60), (150, 110)), ((150, 135), (205, 190), (90, 240))),
    "with a speck": (*SEVEN, *moved(drawings.SPECK, to=(-110, 60))),
}


def boxes(rows):
    return [[digit.box for digit in row] for row in rows]


@pytest.mark.parametrize("width", [8, 33])
@pytest.mark.parametrize("name", ONE_DIGIT)
def test_one_digit_stays_one(name, width):
    drawing = drawn(ONE_DIGIT[name], width=width)
    ((steps,),) = ink.find_digits(drawing)
    assert np.array_equal(steps.image, ink.centre(drawing).image)


def small(lines, x, y=0):
    return moved(lines, scale=0.4, to=(x, y))


def test_digits_are_found_from_left_to_right_and_row_by_row():
    lines = (
        *small(SEVEN, 140, 10),
        *small(FOUR, 65),
        *small(ONE, 0, 20),
        *small(SEVEN, 20, 140),
        *small(ONE, 120, 150),
    )
    rows = ink.find_digits(drawn(lines, width=8))
    assert [len(row) for row in rows] == [3, 2]
    for digit, line in zip((*rows[0], *rows[1]), (ONE, FOUR, SEVEN, SEVEN, ONE), strict=True):
        alone = ink.centre(drawn(line, width=20))
        assert np.corrcoef(digit.image.ravel(), alone.image.ravel())[0, 1] > 0.9
        left, top, right, bottom = digit.box
        assert digit.cropped.shape == (bottom - top, right - left)
        assert digit.ink.shape == (280, 280)


def test_slanted_digits_and_a_dash_between_them():
    stroke = (((60, 20), (20, 120)),)
    dash = (((170, 70), (195, 70)),)
    lines = (
        *moved(stroke, to=(10, 70)),
        *moved(stroke, to=(45, 70)),
        *moved(dash, to=(-50, 60)),
        *moved(stroke, to=(150, 70)),
    )
    assert [len(row) for row in ink.find_digits(drawn(lines, width=10))] == [3]


def test_where_nothing_or_too_much_is_drawn():
    assert ink.find_digits(np.zeros((280, 280))) == ()
    dots = np.kron(np.indices((16, 16)).sum(0) % 2, np.ones((8, 8)))
    assert [len(row) for row in ink.find_digits(np.pad(dots, 20)[:, ::2])] == [1]
