"""Pictures of digits on paper, as the browser sends them; and several digits on the canvas."""

import base64
import io
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from mnist_app.ui import photographs
from tests import drawings
from tests.drawings import FOUR, ONE, SEVEN
from tests.pages.stage import APP, classifier, markup, press, text_of

LINE = (*drawings.moved(ONE, scale=0.4, to=(-20, 80)), *drawings.moved(SEVEN, scale=0.4, to=(90, 80)))


def sent(pixels, form="PNG"):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, form)
    return out.getvalue()


def paper(lines):
    """A dark pen on light paper."""
    return (230 - 200 * drawings.drawn(lines, width=10)).astype(np.uint8)


@pytest.fixture
def read(tiny_model, fresh_caches, monkeypatch):
    """Opens the section with those files as pictures."""

    def read(*files):
        named = [
            {"name": f"*{at}*.jpg", "data": base64.b64encode(file).decode()} for at, file in enumerate(files)
        ]
        answer = SimpleNamespace(chosen=named)
        monkeypatch.setattr(photographs, "_component", lambda: lambda **_: answer)
        page = AppTest.from_file(str(APP), default_timeout=20).run()
        return press(page, "paper")

    return read


def test_every_picture_has_its_answer_or_a_sentence(read):
    page = read(sent(paper(LINE), "JPEG"), b"no picture", b"", sent(paper(())), sent(paper(FOUR)))
    assert "2 digits, read by" in markup(page)
    assert "1 digit, read by" in markup(page)
    assert markup(page).count("4. Centred in 28 × 28") == 2
    assert text_of(page).count("Expected PNG, JPEG") == 2
    assert text_of(page).count("Expected a digit in a dark pen on light paper, found none.") == 1


def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_decoded(read):
    bomb = sent(np.zeros((5000, 5000), np.uint8))
    assert len(bomb) < photographs._MOST_BYTES
    assert "found 5000 × 5000 pixels" in text_of(read(bomb))


def test_the_digits_of_one_drawing_are_read_row_by_row(monkeypatch):
    network = classifier("Tiny")
    monkeypatch.setattr(photographs, "_answers", lambda _, images: [(str(len(images)), "90%")] * len(images))
    assert set(photographs.several(drawings.drawn(SEVEN), [network]).values()) == {""}
    rows = (*LINE, *drawings.moved(ONE, scale=0.4, to=(0, 180)))
    shown = photographs.several(drawings.drawn(rows, width=10), [network])
    assert "<b>2 2<br>1</b><small>3 digits, read by Tiny" in shown["number"]
    assert shown["steps"].count("4. Centred in 28 × 28") == 2
