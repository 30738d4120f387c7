"""The Inside page without a browser, with shipped networks."""

import re
import zlib

import numpy as np
import pytest

from mnist_app.evaluation.results import MNIST
from mnist_app.ui import dataset, draw, models
from mnist_app.ui.dataset import Digits
from tests.pages import stage
from tests.pages.stage import digit_image, markup, press, text_of

pytestmark = pytest.mark.usefixtures("fresh_caches")


@pytest.fixture(autouse=True)
def digits(small_mnist, monkeypatch):
    """Twenty test images, of which number 7 shows two white rows, and sixty training images."""
    images = np.repeat(digit_image(3)[None], 20, axis=0)
    images[7] = digit_image(7)
    monkeypatch.setattr(dataset, "test_digits", lambda: Digits(images, np.arange(20) % 10, MNIST))


def visit(classifier, **query):
    return stage.visit("pages/inside.py", classifier=classifier, image="7", **query)


def numbers(text):
    return [float(each.replace("−", "-")) for each in re.findall(r"[+−-]?\d+\.\d+", text)]


def test_the_evidence_of_a_linear_network_adds_up_number_by_number():
    page = visit("Linear")
    rows = dict(re.findall(r'<th scope="row">([^<]*)</th>(.*?)</tr>', markup(page)))
    speaks_for, against, bias, logit = (numbers(rows[title]) for title in list(rows)[3:7])
    assert len(logit) == 10
    assert np.allclose(np.add(speaks_for, against) + bias, logit, atol=0.02)
    assert f"Linear guesses {np.argmax(logit)}" in markup(page)
    assert [each.proto.label for each in page.get("page_link")] == ["How does a layer compute this? See How it works"]


@pytest.mark.parametrize("classifier", ["MLP 64-64", "MLP 500-300"])
def test_the_parts_of_the_hidden_units_add_up_to_the_logit_of_the_digit(classifier):
    page, logits = visit(classifier), set()
    page.selectbox[-1].set_value(4).run()
    sums = re.findall(r"<p>These 12: (.*?), the logit of 4", markup(page))
    assert len(sums) == 2
    for text in sums:
        *parts, logit = numbers(text)
        logits.add(logit)
        assert np.isclose(sum(parts), logit, atol=0.03)
    assert len(logits) == 1


def test_a_cnn_shows_every_layer_and_the_filter_of_the_link():
    page = visit("LeNet-5", filter="1.4")
    for words in ("6 maps of 28 × 28", "6 maps of 14 × 14", "16 maps of 10 × 10", "16 maps of 5 × 5", "of 120 units"):
        assert words in markup(page)
    assert "Filter 4: 1 × 5 × 5 weights" in markup(page)
    assert markup(page).count("Patch of test image") == 10
    for wrong in ("1.6", "0.0", "nonsense", "1." + "9" * 5000):
        assert "<b>Filter" not in markup(visit("LeNet-5", filter=wrong))


def test_ink_neighbours_and_the_change_are_shown_for_every_kind_of_network():
    for classifier in ("Linear", "MLP 64-64", "LeNet-5"):
        page = visit(classifier, part="Which ink?")
        before, after = numbers("".join(re.findall(r"Log-odds of \d: −?\d+\.\d+", markup(page))))
        assert before > after, "the covered ink spoke for the digit"
        page.segmented_control(key="part").set_value("Nearest images").run()
        assert "Of 60 training images" in text_of(page)
        assert markup(page).count("Training image") == 10
        page.segmented_control(key="part").set_value("Change the guess").run()
        changed = re.search(r"\*\*(\d+) pixels\*\*.*: (\d+) made white, (\d+) made black", text_of(page))
        assert int(changed[1]) == int(changed[2]) + int(changed[3])


def test_a_drawing_is_explained_as_well_and_without_one_the_way_there_is_offered():
    page = visit("Linear", digit="My drawing")
    assert "You have not drawn a digit" in text_of(page)
    page = stage.visit("pages/inside.py", drawn=digit_image(2), digit="My drawing", classifier="LeNet-5")
    assert "Your drawing" in markup(page)
    assert "large card says" not in markup(page)
    assert "16 maps of 5 × 5" in markup(page)


def test_where_draws_card_shows_another_probability_it_is_named():
    page = stage.visit("pages/inside.py", drawn=digit_image(2), digit="My drawing")
    (said,) = re.findall("large card says (.*?): it divides", markup(page))
    (best,) = (each for each in models.served().classifiers if each.rule)
    assert f"{said}</div>" in draw.cards([best], digit_image(2), meant=None)
    assert said not in re.search('class="mx-sure">([^<]*)', markup(page))[1]


def test_what_if_compares_before_and_after_and_put_back_restores():
    page = visit("MLP 64-64", part="What if?", weight_noise="1.5", weight_seed="3")
    guesses = {}
    for name in ("Before", "After"):
        (guesses[name],) = re.findall(f'aria-label="{name} (guesses[^"]*)"', markup(page))
    assert guesses["Before"] != guesses["After"]
    press(page, "put_back")
    assert f'aria-label="After {guesses["Before"]}"' in markup(page)
    page.session_state["cut"] = {"1.5", "2.7", "9.9"}
    assert markup(page.run()).count('aria-pressed="true"') <= 2
    edited = f"edited_1_{zlib.crc32(digit_image(7))}"
    for forged in ("ff" * 784, "zz" * 784, "ff", None, {"a": 1}):
        page.session_state[edited] = {"pixels": forged}
        after = re.search('aria-label="After ([^"]*)"', markup(stage.shown(page.run())))[1]
        assert (after == guesses["Before"]) == (forged != "ff" * 784)
        page.session_state["cut"] = set()
