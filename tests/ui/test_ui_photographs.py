"""Pictures of digits on paper, as the browser sends them; and several digits on the canvas."""

import base64
import io
from types import SimpleNamespace

import numpy as np
from PIL import Image
from streamlit.testing.v1 import AppTest

from mnist_app.ui import photographs
from tests import drawings
from tests.drawings import FOUR, ONE, SEVEN
from tests.pages.stage import APP, classifier, markup, press, text_of

LINE = (*drawings.moved(ONE, scale=0.4, to=(-20, 80)), *drawings.moved(SEVEN, scale=0.4, to=(90, 80)))


def sent(pixels, form="PNG"):
    out = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(out, form)
    assert len(out.getvalue()) < photographs._MOST_BYTES
    return out.getvalue()


def test_every_picture_has_its_answer_or_a_sentence(tiny_model, fresh_caches, monkeypatch):
    line, four, empty = (230 - 200 * drawings.drawn(lines, width=10) for lines in (LINE, FOUR, ()))
    bomb = np.zeros((5000, 5000))  # refused before it is decoded
    files = sent(line, "JPEG"), b"no picture", b"", sent(empty), sent(four), sent(bomb)
    named = [{"name": f"*{at}*", "data": base64.b64encode(file).decode()} for at, file in enumerate(files)]
    answer = SimpleNamespace(chosen=named)
    monkeypatch.setattr(photographs.component, "of", lambda *_, **__: lambda **_: answer)
    page = press(AppTest.from_file(str(APP), default_timeout=20).run(), "paper")
    assert [part in markup(page) for part in ("2 digits, read by", "1 digit, read by")] == [True, True]
    assert markup(page).count("4. Centred in 28 × 28") == 2
    for sentence, times in {"found another kind": 2, "light paper, found none": 1, "5000 × 5000 pixels": 1}.items():
        assert text_of(page).count(sentence) == times


def test_the_digits_of_one_drawing_are_read_row_by_row(monkeypatch):
    network = classifier("Tiny")
    network.rule = None
    monkeypatch.setattr(photographs.html, "answer", lambda guess: "8")
    assert set(photographs.several(drawings.drawn(SEVEN), [network]).values()) == {""}
    rows = (*LINE, *drawings.moved(ONE, scale=0.4, to=(0, 180)))
    shown = photographs.several(drawings.drawn(rows, width=10), [network])
    assert "<b>8 8<br>8</b><small>3 digits, read by Tiny" in shown["number"]
    assert shown["steps"].count("4. Centred in 28 × 28") == 2
