"""The Noise page without a browser, with made-up digits and networks whose answers are known."""

import re

import numpy as np

from mnist_app import jobs
from mnist_app.evaluation.results import GENERATED, Progress
from tests import drawings
from tests.pages import stage as pages
from tests.pages.stage import chart, digit_image, keys, legend, markup, press, text_of
from tests.pages.train_stage import fake_queue


def visit(**query):
    return pages.visit("pages/noise.py", **query)


def rows(page):
    """What a screen reader says of each denoiser's row."""
    return re.findall(r'<section class="nx-row" aria-label="([^"]*)"', markup(page))


def films(page):
    return re.findall(r'<section aria-label="([^"]*)"><div class="nx-says"', markup(page))


def picture(page, alt):
    return drawings.decoded(re.search(f'<img alt="{re.escape(alt)}[^"]*" src="([^"]*)"', markup(page))[1])


def test_a_row_for_each_denoiser_and_the_slider_changes_the_rows_but_not_the_strip(stage):
    page = visit(image="4", level="0")
    assert (picture(page, "No denoising at level 0.00") == np.round(digit_image(4)[..., 0] * 255)).all()
    strip = films(page)
    page.slider(key="level").set_value(0.05).run()
    assert [row.split(":")[0] for row in rows(page)] == ["No denoising", "Median 3×3", "Autoencoder"]
    assert re.search("guess 4, .* right", rows(page)[0])
    assert re.search("guess 0, .* wrong: it is 4", rows(page)[2])
    assert all("PSNR" in row for row in rows(page))
    assert "--noise-level:0.05}" in markup(page)
    press(page, "strip_70")
    assert page.slider(key="level").value == 0.7
    assert "No denoising at level 0.70" in markup(page)
    assert page.query_params["level"] == "0.7"
    assert films(page) == strip


def test_a_link_restores_the_state_where_it_makes_sense(stage):
    page = visit(image="37", level="0.33", seed="5", kind="Occlusion", classifier="Seven", median="5×5")
    assert (page.number_input(key="image").value, page.slider(key="level").value) == (37, 0.33)
    assert (page.number_input(key="seed").value, page.selectbox(key="kind").value) == (5, "occlusion")
    assert page.selectbox(key="classifier").value == "Seven"
    assert "guess 7" in rows(page)[0]
    assert [row.split(":")[0] for row in rows(page)] == ["No denoising", "Median 5×5", "Autoencoder"]
    page = visit(image="10000", level="1.5", seed="-1", kind="rain", classifier="nobody")
    assert (page.number_input(key="image").value, page.slider(key="level").value) == (0, 0.4)
    assert (page.selectbox(key="kind").value, page.selectbox(key="classifier").value) == ("salt-and-pepper", "Rows")


def test_the_seed_and_the_kind_decide_the_noise(stage):
    page = visit(image="3", level="0.5", seed="8")
    first = picture(page, "No denoising at level 0.50")
    for seed, same in ((9, False), (8, True)):
        page.number_input(key="seed").set_value(seed).run()
        assert (picture(page, "No denoising at level 0.50") == first).all() == same
    assert 0 <= press(page, "new_seed").number_input(key="seed").value <= 9999
    page.selectbox(key="kind").set_value("occlusion")
    page.slider(key="level").set_value(1.0).run()
    grey = set(np.unique(picture(page, "No denoising at level 1.00")))
    assert grey == {128}, "at level 1 a grey square hides everything"


def test_a_class_picks_an_image_of_it_and_any_median_filters_are_shown(stage):
    page = visit()
    page.selectbox(key="of_class").set_value(6).run()
    assert page.number_input(key="image").value % 10 == 6
    assert press(page, "random_image").number_input(key="image").value % 10 == 6
    for sizes, count in ((["median-3", "median-5"], 4), ([], 2)):
        page.pills(key="median").set_value(sizes).run()
        assert len(rows(page)) == len(films(page)) == count


def test_for_a_drawing_its_maker_says_which_digit_it_is(stage):
    page = visit(digit="My drawing", level="0")
    assert "You have not drawn a digit on the Draw page yet" in text_of(page)
    assert page.get("page_link")
    assert not rows(page)
    page.session_state["drawn"] = digit_image(5)
    page.run()
    assert page.selectbox(key="meant_5").value == 5
    assert re.search("guess 5, .* right", rows(page)[0])
    page.selectbox(key="meant_5").set_value(3).run()
    assert "wrong: it is 3" in rows(page)[0]
    page.session_state["meant"] = 0  # said on the Draw page
    page.run()
    assert "wrong: it is 0" in rows(page)[0]
    assert not [box for box in page.selectbox if box.key == "meant_5"]


def test_the_curves_are_the_classifiers_and_what_is_missing_can_be_ordered(stage, monkeypatch):
    ordered = []
    monkeypatch.setattr(jobs, "list_jobs", lambda: [])
    monkeypatch.setattr(jobs, "submit_curves", lambda model, **details: ordered.append((model.name, details)))
    page = visit()
    assert legend(page, 0) == legend(page, 1) == ["No denoising", "Median 3×3", "Autoencoder"]
    assert "Rows" in chart(page, 0)["layout"]["title"]["subtitle"]["text"]
    assert "curves of Rows are not computed yet: Median 5×5." in text_of(page)
    assert "mnist_app train unet" in text_of(page)
    assert "mnist_app train autoencoder`" not in text_of(page)
    press(page, "order")
    ((name, details),) = ordered
    assert (name, details["denoisers"]) == ("Rows-1-0", ["median-5"])
    assert details["owner_name"]
    page.segmented_control(key="map_of").set_value("Autoencoder").run()
    assert "Autoencoder" in chart(page, 2)["layout"]["title"]["text"]
    page.selectbox(key="classifier").set_value("Seven").run()
    assert not page.get("plotly_chart")
    assert "Seven are not computed yet: No denoising, Median 3×3, Median 5×5, Autoencoder" in text_of(page)
    stage.digits.data = GENERATED
    assert "order" not in keys(page.run()), "these digits cannot give the curves of MNIST"


def test_curves_in_the_queue_show_their_place_and_an_error_is_named(stage, monkeypatch):
    queue = fake_queue(monkeypatch)
    job = queue.add(id="curves-1", kind="curves", classifier="Rows-1-0", denoisers=("median-5",))
    page = visit()
    assert "Noise curves. Waiting: place 1" in text_of(page)
    assert "order" not in keys(page)
    queue.change(job.id, status="running", progress=Progress(1, 1, 3, 11, 2.0, 40.0))
    assert "Curve 1 of 1, level 3 of 11: about 40 s left" in text_of(page.run())
    queue.change(job.id, status="failed", error="The disk is full")
    assert "The disk is full" in text_of(page.run())
    assert "order" in keys(page)


def test_without_mnist_a_drawing_and_the_curves_are_left(stage):
    stage.digits = None
    page = visit(drawn=digit_image(5))
    assert "images of MNIST" in text_of(page)
    assert len(rows(page)) == 3
    assert page.get("plotly_chart")
