"""The rows and the film strip: what is wrong is said in words, failure levels are exact, everything is escaped."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from mnist_app.evaluation import Guess, failure_level
from mnist_app.ui import noise_rows
from mnist_app.ui.noise_rows import Reading
from tests import drawings
from tests.ui.test_ui_html import EVIL, Page

LEVELS = tuple(step / 10 for step in range(11))


def guess(digit, probability=0.7):
    rest = (1 - probability) / 9
    return Guess(tuple(probability if each == digit else rest for each in range(10)))


def reading(digit=3, *, level=0.4, title="Median 3×3", psnr=12.34, seed=0, probability=0.7):
    image = np.random.default_rng(seed).random((28, 28, 1), dtype=np.float32)
    return Reading(title, image, level, guess(digit, probability), 3, psnr)


def film(wrong_at=()):
    return [reading(5 if level in wrong_at else 3, level=level) for level in LEVELS]


def strip(wrong_at=()):
    pictures = film(wrong_at)
    return noise_rows.strip([pictures], [failure_level(LEVELS, [each.right for each in pictures])])


def text(markup):
    return re.sub(r"\s+", " ", " ".join(Page(markup).text))


def test_a_row_says_guess_probability_verdict_and_likeness():
    (row,) = Page(noise_rows.rows([reading(5)], level=0.4)).all("section")
    label = row["aria-label"]
    assert "Median 3×3: guess 5" in label
    assert "wrong: it is 3" in label
    assert re.search(r"70\.0\s?%", label)
    assert "PSNR 12.3 dB" in label


def test_wrong_and_right_differ_in_words_and_pattern_not_by_colour_alone():
    right, wrong = (noise_rows.rows([reading(digit)], level=0.4) for digit in (3, 5))
    assert "✓ right" in text(right)
    assert "✗" not in text(right)
    assert "✗ wrong: it is 3" in text(wrong)
    assert [bar.get("class") for bar in Page(right).all("i")] == [None]
    assert [bar.get("class") for bar in Page(wrong).all("i")] == ["nx-miss"]


def test_the_bar_is_as_long_as_the_probability():
    (bar,) = Page(noise_rows.rows([reading(probability=0.25)], level=0)).all("i")
    assert bar["style"] == "width:25.0%"


def test_every_pixel_is_shown():
    given = reading()
    (picture,) = Page(noise_rows.rows([given], level=0.4)).all("img")
    assert (drawings.decoded(picture["src"]) == np.round(given.image[..., 0] * 255)).all()
    assert picture["alt"] == "Median 3×3 at level 0.40"


def test_an_identical_picture_has_no_finite_psnr():
    assert "PSNR ∞" in text(noise_rows.rows([reading(psnr=float("inf"))], level=0))


def test_the_rows_mark_the_level_in_strip_and_figures():
    markup = noise_rows.rows([reading()], level=0.3)
    assert "--noise-level:0.30}" in markup
    assert ".st-key-strip_30 button" in markup
    assert noise_rows.level_key(0.3) == "strip_30"


def test_the_strip_has_a_picture_and_a_guess_for_each_level():
    page = Page(strip(wrong_at=(0.9, 1.0)))
    assert [picture["alt"] for picture in page.all("img")][8:10] == [
        "Median 3×3 at level 0.8: guess 3, right",
        "Median 3×3 at level 0.9: guess 5, wrong",
    ]
    assert len(page.all("figcaption")) == 11
    assert [caption.get("class") for caption in page.all("figcaption")][8:] == [None, "nx-wrong", "nx-wrong"]
    assert text(strip(wrong_at=(0.9, 1.0))).count("✗") == 2


@pytest.mark.parametrize(
    ("wrong_at", "said"),
    [
        ((0.8, 0.9, 1.0), "wrong from level 0.8 up"),
        ((0.4, 0.8, 0.9, 1.0), "wrong from level 0.8 up; also wrong at 0.4"),
        ((0.9,), "right at level 1, by chance; also wrong at 0.9"),
        ((), "right at level 1, by chance"),
        (LEVELS, "wrong at every level"),
    ],
)
def test_the_failure_level_is_said(wrong_at, said):
    (section,) = Page(strip(wrong_at)).all("section")
    assert section["aria-label"] == f"Median 3×3: {said}"
    assert said in text(strip(wrong_at))


def test_no_guess_is_rounded_to_certainty():
    assert ">99%" in text(noise_rows.strip([[reading(probability=0.996)]], [None]))
    assert "99%" in text(noise_rows.strip([[reading(probability=0.99)]], [None]))


def test_titles_are_text_and_not_markup():
    given = reading(title=EVIL)
    for markup in (noise_rows.rows([given], level=0.4), noise_rows.strip([[given]], [None])):
        assert not Page(markup).all("script")
        assert EVIL in "".join(Page(markup).text)


def test_the_question_gives_nothing_away():
    (picture,) = Page(noise_rows.question(reading().image)).all("img")
    assert not re.search(r"\d", picture["alt"])


def test_the_line_over_a_figure_stands_at_the_level():
    layout = SimpleNamespace(height=500, margin=SimpleNamespace(l=58, r=18, t=120, b=80))
    style = noise_rows.level_line("accuracy_curve", layout)
    assert "calc(58px + (100% - 76px) * var(--noise-level, 0) - 1px)" in style
    assert ".st-key-accuracy_curve::after" in style
    assert "top:120px; height:300px" in style


def test_classes_have_names():
    assert [noise_rows.class_name(digit) for digit in (None, 0, 9)] == ["any", "0", "9"]
