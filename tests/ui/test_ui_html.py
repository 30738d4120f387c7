"""Pictures, guesses and replays as HTML: right numbers, every pixel, text alternatives, everything escaped."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from mnist_app.evaluation import Guess
from mnist_app.evaluation.rejection import Decision
from mnist_app.ui import html
from tests import drawings

EVIL = '<script>alert("1")</script>&'
SURE = Guess((0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0))
TORN = Guess((0.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.25, 0.0, 0.25))


class Page(HTMLParser):
    """The elements of some HTML as (tag, attributes), and the text outside them; everything must be closed."""

    def __init__(self, markup):
        super().__init__()
        self.elements, self.text, self._open = [], [], []
        self.feed(markup)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag != "img":
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open[-1:] != ["style"]:
            self.text.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def card(decision):
    return html.large_card(EVIL, EVIL, decision.guess, decision=decision)


def heights(markup):
    return [float(re.fullmatch(r"height:([\d.]+)rem", bar["style"])[1]) for bar in Page(markup).all("i")]


@pytest.mark.parametrize(
    ("probability", "text"),
    [(1.0, "> 99.9%"), (0.9995, "> 99.9%"), (0.9994, "99.9%"), (0.1234, "12.3%"), (0.0005, "0.1%"), (0.0, "< 0.1%")],
)
def test_a_share_has_one_decimal_and_never_says_0_or_100_percent(probability, text):
    assert html.share(probability).replace("\xa0", " ") == text  # it is no place to break a line


def test_pictures_have_every_pixel_a_text_alternative_and_a_caption():
    levels = np.random.default_rng(0).integers(0, 256, (28, 28))
    page = Page(html.pictures([(levels / 255, "noise", "one"), ((levels / 255)[..., None], EVIL, EVIL)]))
    for image, alt in zip(page.all("img"), ("noise", EVIL), strict=True):
        assert np.array_equal(drawings.decoded(image["src"]), levels)
        assert image["alt"] == alt
    assert "one" in page.text
    assert EVIL in "".join(page.text)


@pytest.mark.parametrize("make", [lambda g: html.large_card("T", "a", g), lambda g: html.cards([("T", "a", g)])])
def test_a_card_says_title_digit_and_probabilities_in_order_with_bars_as_high(make):
    page = Page(make(TORN))
    label = page.all("section")[0]["aria-label"]
    assert label.startswith("T guesses 1. Probabilities: 1: 50.0%, 7: 25.0%, 9: 25.0%, ")
    assert {"1", "T", "a"} <= set(page.text)
    spans = [span for span in page.all("span") if "title" in span]
    assert [span.get("class") for span in spans] == [None, "mx-top", *[None] * 8]
    full = max(heights(make(SURE)))
    assert heights(make(TORN)) == pytest.approx([full * share for share in TORN.probabilities], abs=0.01)


@pytest.mark.parametrize(("score", "filled"), [(-3.0, 2), (4.0, 50), (100.0, 100)])
def test_the_scores_bar_passes_the_middle_where_the_score_passes_the_threshold(score, filled):
    page = Page(card(Decision(SURE, score, 4.0)))
    (bar,) = [bar for bar in page.all("i") if "width" in bar["style"]]
    assert bar["style"] == f"width:{filled}%"
    assert (bar["class"] == "mx-over") == (score > 4.0)
    assert ("no digit" in page.all("section")[0]["aria-label"]) == (score > 4.0)
    assert ("?" in page.text) == (score > 4.0)
    assert page.all("script") == []
    assert "".join(page.text).count(EVIL) == 2
