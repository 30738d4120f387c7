"""A person looks at the curves: they are drawn, chosen, saved, and fit a narrow screen."""

import re

import pytest

pytestmark = pytest.mark.browser


def open_curves(visit, path="/curves", **kind):
    page = visit(path, **kind)
    page.locator(".js-plotly-plot .main-svg").first.wait_for()
    page.get_by_text("What to notice").wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    return page


def test_a_link_shows_the_loss_and_the_epochs_are_saved_as_csv(visit):
    from playwright.sync_api import expect

    page = open_curves(visit, "/curves?view=Loss")
    expect(page.locator(".js-plotly-plot").first.locator(".ytitle")).to_have_text(re.compile("Loss"))
    expect(page.get_by_test_id("stDataFrame")).to_have_count(2)  # the runs, and what a network rejects
    with page.expect_download() as download:
        page.get_by_role("button", name="Epochs as CSV").click()
    assert download.value.suggested_filename == "mnist-epochs.csv"
    text = download.value.path().read_text("utf-8-sig").splitlines()
    assert len(text) > 10
    assert {line.count(",") for line in text} == {text[0].count(",")}


def test_a_narrow_screen_has_no_sideways_scrolling(visit):
    page = open_curves(visit, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    widths = page.evaluate(
        """() => { const main = document.querySelector('[data-testid=stMain]');
             return [document.documentElement.scrollWidth, main.scrollWidth, main.clientWidth]; }"""
    )
    assert max(widths) <= 390
    box = page.locator(".js-plotly-plot").first.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 391
