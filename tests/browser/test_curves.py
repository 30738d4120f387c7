"""A person looks at the curves: they are drawn, saved, and fit a narrow screen."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_link_shows_the_loss_saves_the_epochs_and_fits_a_narrow_screen(visit):
    page = visit("/curves?view=Loss", has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    page.get_by_text("What to notice").wait_for()
    figure = page.locator(".js-plotly-plot").first
    expect(figure.locator(".ytitle")).to_have_text(re.compile("Loss"))
    expect(page.get_by_test_id("stDataFrame")).to_have_count(2)  # the runs, and what a network rejects
    with page.expect_download() as download:
        page.get_by_role("button", name="Epochs as CSV").click()
    assert download.value.suggested_filename == "mnist-epochs.csv"
    text = download.value.path().read_text("utf-8-sig").splitlines()
    assert len(text) > 10
    assert {line.count(",") for line in text} == {text[0].count(",")}
    with page.expect_download() as download:
        page.get_by_role("button", name="Report to hand in").click()
    assert "MLP 64-64: 55,050 parameters" in download.value.path().read_text("utf-8")
    main = page.get_by_test_id("stMain")
    assert main.evaluate("each => [document.documentElement.scrollWidth, each.scrollWidth]") <= [390, 390]
    box = figure.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 391
