"""Several digits in one drawing, and one digit in several strokes."""

import math

import numpy as np
import pytest

from mnist_app import ink
from tests.drawings import FOUR, ONE, SEVEN, SPECK, drawn, moved

ARC = tuple((140 + 55 * math.sin(t / 4), 175 - 55 * math.cos(t / 4)) for t in range(-3, 16))
ROUND = tuple((140 + 60 * math.sin(t / 5), 140 + 90 * math.cos(t / 5)) for t in range(32))
SLANTED, DASH = ((190, 40), (150, 200)), ((40, 120), (70, 120))
ONE_DIGIT = {
    "1 with a dot": (((140, 100), (140, 240)), ((139, 50), (141, 52))),
    "4": FOUR,
    "4, not closed": (((100, 75), (85, 150), (150, 152)), ((190, 50), (185, 240))),
    "5, its bar apart": (((95, 75), (90, 140), *ARC), ((125, 45), (200, 42))),
    "5, its bar beside": (((95, 65), (90, 140), *ARC), ((130, 62), (215, 60))),
    "7 with a bar": (*SEVEN, ((120, 150), (200, 145))),
    "0 with a slash, not closed": (ROUND[2:-2], ((190, 50), (90, 230))),
    "two halves": (((80, 50), (200, 60), (150, 110)), ((150, 135), (205, 190), (90, 240))),
    "with a speck": (*SEVEN, *moved(SPECK, to=(-110, 60))),
}


@pytest.mark.parametrize("name", ONE_DIGIT)
def test_one_digit_stays_one(name):
    for width in (8, 33):
        drawing = drawn(ONE_DIGIT[name], width=width)
        ((steps,),) = ink.find_digits(drawing)
        assert np.array_equal(steps.image, ink.centre(drawing).image)


def test_digits_are_found_from_left_to_right_and_row_by_row():
    places = {SEVEN: (140, 10), FOUR: (65, 0), ONE: (0, 20), (SLANTED,): (70, 140), (DASH, SLANTED): (36, 140)}
    lines = [line for digit, to in places.items() for line in moved(digit, scale=0.4, to=to)]
    upper, lower = ink.find_digits(drawn(lines, width=8))
    assert len(lower) == 2
    for found, digit in zip(upper, (ONE, FOUR, SEVEN), strict=True):
        alone = ink.centre(drawn(digit))
        assert np.corrcoef(found.image.ravel(), alone.image.ravel())[0, 1] > 0.9
        left, top, right, bottom = found.box
        assert found.cropped.shape == (bottom - top, right - left)


def test_nothing_is_no_digit_and_a_pattern_is_one():
    assert ink.find_digits(np.zeros((280, 280))) == ()
    dots = np.tile(np.pad(np.ones((6, 4)), 2), (20, 20))
    assert [len(row) for row in ink.find_digits(dots)] == [1]
