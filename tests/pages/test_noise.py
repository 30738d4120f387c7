"""The Noise page without a browser, with made-up digits and networks whose answers are known."""

import re

import numpy as np

from mnist_app.evaluation.results import GENERATED
from tests import drawings
from tests.pages.noise_stage import chart, digit_image, legend, markup, said, visit


def rows(page):
    """What a screen reader says of each denoiser's row."""
    return re.findall(r'<section class="nx-row" aria-label="([^"]*)"', markup(page))


def films(page):
    return re.findall(r'<section aria-label="([^"]*)"><div class="nx-says"', markup(page))


def picture(page, alt):
    return drawings.decoded(re.search(f'<img alt="{re.escape(alt)}[^"]*" src="([^"]*)"', markup(page))[1])


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


def test_the_kind_of_noise_is_the_chosen_one(stage):
    pixels = picture(visit(level="1.0", kind="Occlusion"), "No denoising at level 1.00")
    assert set(np.unique(pixels)) == {128}, "at level 1 a grey square hides everything"


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
    assert "mnist_app train unet" in said(page)
    assert "mnist_app train autoencoder`" not in said(page)


def test_without_mnist_a_drawing_and_the_curves_are_left(stage):
    stage.digits = None
    page = visit(drawn=digit_image(5))
    assert "images of MNIST" in said(page)
    assert len(rows(page)) == 3
    assert page.get("plotly_chart")


def test_without_classifiers_the_page_says_how_to_train_one(stage):
    stage.judges = []
    page = visit()
    assert "mnist_app train" in said(page)
    assert not rows(page)


def test_curves_that_these_digits_cannot_give_are_not_asked_for(stage):
    stage.digits.data = GENERATED
    assert "noise-curve" not in said(visit())
