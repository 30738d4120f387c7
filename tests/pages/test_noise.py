"""The Noise page without a browser, with made-up digits and networks whose answers are known."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from mnist_app import noise, ui
from mnist_app.denoisers import Denoiser
from mnist_app.game import LEVELS
from mnist_app.results import NoiseCurve
from tests import drawings

APP = Path(__file__).resolve().parents[2] / "app.py"
TITLES = {"none": "No denoising", "median-3": "Median 3×3", "median-5": "Median 5×5", "autoencoder": "Autoencoder"}


def digit_image(digit):
    """Two white rows whose place says which digit it is."""
    image = np.zeros((28, 28, 1), np.float32)
    image[4 + 2 * digit : 6 + 2 * digit] = 1
    return image


def read(images):
    """The digit whose two rows are brightest."""
    rows = images[:, 4:24].reshape(len(images), 10, -1).mean(2)
    powers = np.exp(20 * rows.astype(np.float64))
    return powers / powers.sum(1, keepdims=True)


def fake_judge(name, run=read):
    recipe = SimpleNamespace(key=name.lower(), title=name)
    card = SimpleNamespace(recipe=recipe, seed=0, parameters=10, test=SimpleNamespace(value=0.9))
    model = SimpleNamespace(name=f"{name}-1-0", card=card)
    return SimpleNamespace(model=model, label=name, network=SimpleNamespace(run=run))


def curve(key, classifier):
    rows = tuple((100 - 10 * step,) * 10 for step in range(11))
    psnr = (None, *(float(20 - step) for step in range(10)))
    return NoiseCurve(key, classifier, "salt-and-pepper", 0, noise.LEVELS, rows, (100,) * 10, psnr)


@pytest.fixture
def stage(monkeypatch):
    """What the page finds; a test changes it before it visits."""
    labels = np.arange(10_000) % 10
    images = np.stack([digit_image(digit) for digit in range(10)])[labels]
    runs = {
        "none": lambda images: images,
        "median-3": lambda images: noise.median_filter(images, size=3),
        "median-5": lambda images: noise.median_filter(images, size=5),
        "autoencoder": lambda images: np.stack([digit_image(0)] * len(images)),
    }
    found = SimpleNamespace(
        digits=SimpleNamespace(images=images, labels=labels),
        judges=[fake_judge("Rows"), fake_judge("Seven", lambda images: np.eye(10)[[7] * len(images)])],
        denoisers=[Denoiser(key=key, title=TITLES[key], run=run) for key, run in runs.items()],
        curves={"Rows-1-0": ["none", "median-3", "autoencoder"]},
    )
    monkeypatch.setattr(ui, "judges", lambda: SimpleNamespace(ready=tuple(found.judges), unserved=(), damaged=()))
    monkeypatch.setattr(ui, "denoisers", lambda: tuple(found.denoisers))
    monkeypatch.setattr(ui, "test_digits", lambda: found.digits)
    monkeypatch.setattr(ui, "noise_curves", lambda name: {key: curve(key, name) for key in found.curves.get(name, ())})
    yield found
    st.cache_resource.clear()


def visit(drawn=None, **query):
    page = AppTest.from_file(str(APP), default_timeout=20).run()
    if drawn is not None:
        page.session_state["drawn"] = drawn
    for name, value in query.items():
        page.query_params[name] = value
    page.switch_page("pages/noise.py").run()
    assert not page.exception
    return page


def markup(page):
    return "\n".join(element.proto.body for element in page.get("html"))


def rows(page):
    """What a screen reader says of each denoiser's row."""
    return re.findall(r'<section class="nx-row" aria-label="([^"]*)"', markup(page))


def films(page):
    return re.findall(r'<section aria-label="([^"]*)"><div class="nx-says"', markup(page))


def picture(page, alt):
    return drawings.decoded(re.search(f'<img alt="{re.escape(alt)}[^"]*" src="([^"]*)"', markup(page))[1])


def said(page):
    return "\n".join(element.value for element in [*page.info, *page.markdown, *page.code])


def legend(page, place):
    return [trace["name"] for trace in chart(page, place)["data"] if trace.get("showlegend", True)]


def chart(page, place):
    return json.loads(page.get("plotly_chart")[place].proto.spec)


def test_a_row_for_each_denoiser_with_guess_verdict_and_psnr(stage):
    page = visit(image="4", level="0.05")
    assert [row.split(":")[0] for row in rows(page)] == ["No denoising", "Median 3×3", "Autoencoder"]
    assert "guess 4" in rows(page)[0]
    assert "right" in rows(page)[0]
    assert "guess 0" in rows(page)[2]
    assert "wrong: it is 4" in rows(page)[2]
    assert all("PSNR" in row for row in rows(page))


def test_level_0_shows_the_image_and_level_1_nothing_of_it(stage):
    clean = picture(visit(level="0"), "No denoising at level 0.00")
    assert (clean == np.round(digit_image(0)[..., 0] * 255)).all()
    alt = "No denoising at level 1.00"
    assert (picture(visit(image="1", level="1.0"), alt) != picture(visit(image="1", level="1.0", seed="2"), alt)).any()


def test_the_slider_changes_the_rows_and_the_mark_but_not_the_strip(stage):
    page = visit(image="4", level="0.2")
    before, strip = picture(page, "No denoising at level 0.20"), films(page)
    page.slider(key="level").set_value(0.21).run()
    after = picture(page, "No denoising at level 0.21")
    assert (after != before).any()
    assert "--noise-level:0.21}" in markup(page)
    assert films(page) == strip


def test_the_slider_goes_by_hundredths(stage):
    slider = visit().slider(key="level")
    assert (slider.min, slider.max, slider.step) == (0.0, 1.0, 0.01)


def test_a_press_on_the_strip_sets_the_level(stage):
    page = visit(image="4")
    page.button(key="strip_70").click().run()
    assert page.slider(key="level").value == 0.7
    assert "No denoising at level 0.70" in markup(page)
    assert page.query_params["level"] == "0.7"


def test_the_failure_level_is_that_of_the_strips_guesses(stage):
    page = visit(image="4")
    guesses = re.findall(r'alt="No denoising at level ([\d.]+): guess (\d)', markup(page))
    assert len(guesses) == 11
    wrong = [float(level) for level, guess in guesses if guess != "4"]
    last_right = max(float(level) for level, guess in guesses if guess == "4")
    if last_right < 1:
        assert f"wrong from level {min(level for level in wrong if level > last_right):g} up" in films(page)[0]
    else:
        assert "right at level 1, by chance" in films(page)[0]
    assert films(page)[2] == "Autoencoder: wrong at every level"


def test_a_link_restores_the_state(stage):
    page = visit(image="37", level="0.33", seed="5", kind="Occlusion", classifier="Seven", median="5×5")
    assert page.number_input(key="image").value == 37
    assert page.slider(key="level").value == 0.33
    assert page.number_input(key="seed").value == 5
    assert page.selectbox(key="kind").value == "occlusion"
    assert page.selectbox(key="classifier").value == "Seven"
    assert "guess 7" in rows(page)[0]
    assert [row.split(":")[0] for row in rows(page)] == ["No denoising", "Median 5×5", "Autoencoder"]


def test_a_link_with_impossible_values_falls_back(stage):
    page = visit(image="10000", level="1.5", seed="-1", kind="rain", classifier="nobody")
    assert page.number_input(key="image").value == 0
    assert page.slider(key="level").value == 0.4
    assert page.selectbox(key="kind").value == "salt-and-pepper"
    assert page.selectbox(key="classifier").value == "Rows"


def test_the_same_link_shows_the_same_picture_and_a_new_seed_another(stage):
    alt = "No denoising at level 0.50"
    first, again = (picture(visit(image="3", level="0.5", seed="8"), alt) for _ in range(2))
    assert (first == again).all()
    page = visit(image="3", level="0.5", seed="8")
    page.button(key="new_seed").click().run()
    assert 0 <= page.number_input(key="seed").value <= 9999
    page.number_input(key="seed").set_value(9).run()
    assert (picture(page, alt) != first).any()


def test_a_class_picks_an_image_of_that_class(stage):
    page = visit()
    page.selectbox(key="of_class").set_value(6).run()
    assert page.number_input(key="image").value % 10 == 6
    page.button(key="random_image").click().run()
    assert page.number_input(key="image").value % 10 == 6


def test_both_median_filters_or_none(stage):
    page = visit()
    for keys, count in ((["median-3", "median-5"], 4), ([], 2)):
        page.pills(key="median").set_value(keys).run()
        assert len(rows(page)) == len(films(page)) == count


def test_a_drawing_is_judged_by_what_its_maker_says(stage):
    page = visit(drawn=digit_image(5), digit="My drawing", level="0")
    assert page.selectbox(key="meant_5").value == 5
    assert "guess 5" in rows(page)[0]
    assert ", right" in rows(page)[0]
    page.selectbox(key="meant_5").set_value(3).run()
    assert "wrong: it is 3" in rows(page)[0]


def test_without_a_drawing_the_way_to_draw_is_offered(stage):
    page = visit(digit="My drawing")
    assert "Nothing is drawn yet" in said(page)
    assert page.get("page_link")
    assert not rows(page)


def test_the_curves_are_those_of_the_chosen_classifier(stage):
    page = visit()
    assert legend(page, 0) == legend(page, 1) == ["No denoising", "Median 3×3", "Autoencoder"]
    assert "Rows" in chart(page, 0)["layout"]["title"]["subtitle"]["text"]
    assert "No denoising" in chart(page, 2)["layout"]["title"]["text"]
    page.segmented_control(key="map_of").set_value("Autoencoder").run()
    assert "Autoencoder" in chart(page, 2)["layout"]["title"]["text"]


def test_missing_curves_are_named_with_the_command(stage):
    assert "noise-curve --denoiser median-5 --classifier rows" in said(visit())
    page = visit(classifier="Seven")
    assert not page.get("plotly_chart")
    assert "noise-curve --denoiser autoencoder --classifier seven" in said(page)


def test_a_missing_denoiser_is_named_with_the_command(stage):
    page = visit()
    assert "mnist_app train autoencoder-conv" in said(page)
    assert "mnist_app train autoencoder`" not in said(page)


def test_without_mnist_a_drawing_and_the_curves_are_left(stage):
    stage.digits = None
    page = visit(drawn=digit_image(5))
    assert "images of MNIST" in said(page)
    assert len(rows(page)) == 3
    assert page.get("plotly_chart")
    assert "The game needs MNIST" in said(page)
    assert not [button for button in page.button if button.key == "game_start"]


def test_without_classifiers_the_page_says_how_to_train_one(stage):
    stage.judges = []
    page = visit()
    assert "mnist_app train" in said(page)
    assert not rows(page)


def answer_all(page, stage, wanted):
    for turn in range(3 * len(LEVELS)):
        played = page.session_state["game"]
        assert played.turn == turn
        right = int(stage.digits.labels[played.now.image])
        page.button(key=f"answer_{wanted(right, played.now.level)}").click().run()
        assert not page.exception
        yield turn


def test_the_game_tells_nothing_until_its_end_and_then_the_score(stage):
    page = visit()
    page.button(key="game_start").click().run()
    assert page.get("progress")[0].proto.text == "1 of 24"
    charts = len(page.get("plotly_chart"))
    for turn in answer_all(page, stage, lambda right, level: right if level < 0.55 else (right + 1) % 10):
        if turn < 23:
            assert page.get("progress")[0].proto.text == f"{turn + 2} of 24"
            assert "You read" not in said(page)
            assert len(page.get("plotly_chart")) == charts
    assert "You read 12 of 24, 50.0%" in said(page)
    assert "From level 0.6 up you read fewer than half" in said(page)
    assert legend(page, -1) == [*list(TITLES.values()), "You"]
    mine = chart(page, -1)["data"][-1]
    assert mine["name"] == "You"
    assert "error_y" in mine


def test_the_game_shows_the_networks_on_the_same_images(stage):
    page = visit(classifier="Seven")
    page.button(key="game_start").click().run()
    rounds = page.session_state["game"].rounds
    sevens = sum(stage.digits.labels[each.image] == 7 for each in rounds)
    for _ in answer_all(page, stage, lambda right, level: 7):
        pass
    assert said(page).count(f"{sevens} of 24") == 5


def test_a_game_can_be_given_up_and_begun_again(stage):
    page = visit()
    page.button(key="game_start").click().run()
    first = page.session_state["game"]
    page.button(key="answer_3").click().run()
    page.button(key="game_stop").click().run()
    assert "game" not in page.session_state
    page.button(key="game_start").click().run()
    assert page.session_state["game"].turn == 0
    assert page.session_state["game"] != first


def test_a_game_goes_on_after_a_change_above_it(stage):
    page = visit()
    page.button(key="game_start").click().run()
    page.button(key="answer_3").click().run()
    page.slider(key="level").set_value(0.9).run()
    page.selectbox(key="classifier").set_value("Seven").run()
    assert page.get("progress")[0].proto.text == "2 of 24"
