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
    """Of an image of a 3."""
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


def test_a_row_shows_the_picture_and_says_what_was_read_in_words_and_pattern():
    right, wrong = reading(probability=0.25, psnr=float("inf")), reading(5)
    page = Page(rows(wrong))
    assert page.all("section")[0]["aria-label"] == "Median 3×3: guess 5, 70.0%, wrong: it is 3. PSNR 12.3 dB"
    (picture,) = page.all("img")
    assert (drawings.decoded(picture["src"]) == np.round(wrong.image[..., 0] * 255)).all()
    assert picture["alt"] == "Median 3×3 at level 0.40"
    assert "✗ wrong: it is 3" in text(rows(wrong))
    assert [bar.get("class") for bar in page.all("i")] == ["nx-miss"]
    assert "✓ right" in text(rows(right))
    assert "PSNR ∞" in text(rows(right))
    assert [(bar.get("class"), bar["style"]) for bar in Page(rows(right)).all("i")] == [(None, "width:25.0%")]


@pytest.mark.parametrize(
    ("wrong_at", "words"),
    [
        ((0.4, 0.8, 0.9, 1.0), "wrong from level 0.8 up; also wrong at 0.4"),
        ((0.9,), "right at level 1, by chance; also wrong at 0.9"),
        (LEVELS, "wrong at every level"),
    ],
)
def test_the_strip_says_at_which_levels_the_guess_is_wrong(wrong_at, words):
    page = Page(noise.strip([film(wrong_at)]))
    assert page.all("section")[0]["aria-label"] == f"Median 3×3: {words}"
    said = ["guess 5, wrong" if level in wrong_at else "guess 3, right" for level in LEVELS]
    assert [picture["alt"] for picture in page.all("img")] == [
        f"Median 3×3 at level {level:g}: {guess}" for level, guess in zip(LEVELS, said, strict=True)
    ]
    assert " ".join(page.text).count("✗") == len(wrong_at)


def test_a_sure_guess_is_not_rounded_to_certainty_and_titles_are_text():
    sure = reading(probability=0.996, title=EVIL)
    assert ">99%" in text(noise.strip([[sure]]))
    for markup in (rows(sure), noise.strip([[sure]])):
        assert not Page(markup).all("script")
        assert EVIL in "".join(Page(markup).text)
