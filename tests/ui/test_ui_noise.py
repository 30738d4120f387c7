"""The Noise page's rows and film strip: what is wrong is said in words, failure levels are exact, text is escaped."""

import re

import numpy as np
import pytest

from mnist_app.evaluation import Guess
from mnist_app.ui import noise
from mnist_app.ui.noise import Reading
from tests import drawings
from tests.ui.test_ui_html import EVIL, Page

LEVELS = tuple(step / 10 for step in range(11))


def reading(digit=3, *, level=0.4, title="Median 3×3", psnr=12.34, probability=0.7):
    image = np.random.default_rng(0).random((28, 28, 1), dtype=np.float32)
    rest = (1 - probability) / 9
    guess = Guess(tuple(probability if each == digit else rest for each in range(10)))
    return Reading(title, image, level, guess, 3, psnr)


def film(wrong_at):
    return [reading(5 if level in wrong_at else 3, level=level) for level in LEVELS]


def rows(reading):
    return noise.rows([[reading]], level=0.4)


def text(markup):
    return re.sub(r"\s+", " ", " ".join(Page(markup).text))


def test_a_row_shows_the_picture_and_says_guess_probability_and_psnr():
    wrong = reading(5)
    page = Page(rows(wrong))
    (section,) = page.all("section")
    assert section["aria-label"] == "Median 3×3: guess 5, 70.0%, wrong: it is 3. PSNR 12.3 dB"
    (picture,) = page.all("img")
    assert (drawings.decoded(picture["src"]) == np.round(wrong.image[..., 0] * 255)).all()
    assert picture["alt"] == "Median 3×3 at level 0.40"
    assert "PSNR ∞" in text(rows(reading(psnr=float("inf"))))


def test_wrong_and_right_differ_in_words_and_pattern_not_by_colour_alone():
    right, wrong = rows(reading(3, probability=0.25)), rows(reading(5))
    assert "✓ right" in text(right)
    assert "✗ wrong: it is 3" in text(wrong)
    assert [(bar.get("class"), bar["style"]) for bar in Page(right).all("i")] == [(None, "width:25.0%")]
    assert [bar.get("class") for bar in Page(wrong).all("i")] == ["nx-miss"]


def test_the_strip_has_a_picture_and_a_guess_for_each_level():
    page = Page(noise.strip([film((0.9, 1.0))]))
    assert [picture["alt"] for picture in page.all("img")][8:10] == [
        "Median 3×3 at level 0.8: guess 3, right",
        "Median 3×3 at level 0.9: guess 5, wrong",
    ]
    assert [caption.get("class") for caption in page.all("figcaption")][8:] == [None, "nx-wrong", "nx-wrong"]
    assert text(noise.strip([film((0.9, 1.0))])).count("✗") == 2
    assert ">99%" in text(noise.strip([[reading(probability=0.996)]])), "it is not rounded to certainty"


@pytest.mark.parametrize(
    ("wrong_at", "words"),
    [
        ((0.4, 0.8, 0.9, 1.0), "wrong from level 0.8 up; also wrong at 0.4"),
        ((0.9,), "right at level 1, by chance; also wrong at 0.9"),
        (LEVELS, "wrong at every level"),
    ],
)
def test_the_strip_says_from_which_level_on_the_guess_is_wrong(wrong_at, words):
    (section,) = Page(noise.strip([film(wrong_at)])).all("section")
    assert section["aria-label"] == f"Median 3×3: {words}"


def test_titles_are_text_and_not_markup():
    evil = reading(title=EVIL)
    for markup in (rows(evil), noise.strip([[evil]])):
        assert not Page(markup).all("script")
        assert EVIL in "".join(Page(markup).text)
