"""A person moves the window of a convolution, and plays, pauses and takes back a small training."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import serious

pytestmark = [pytest.mark.browser, pytest.mark.mnist]


def test_a_small_network_learns_while_it_is_watched_and_rests_when_the_page_is_left(visit):
    def steps():
        return int(re.search(r"After ([\d,]+) steps", page.get_by_text("test images are").inner_text())[1])

    page = visit("/how?part_of_how=Convolution")
    window = page.locator(".hx-framed i").first
    before = window.bounding_box()["y"]
    page.get_by_role("slider", name="Output row").press("ArrowDown")
    page.wait_for_function("y => document.querySelector('.hx-framed i').getBoundingClientRect().y != y", arg=before)
    page.get_by_text("The teacher's answer").click()
    expect(page.get_by_text("Max pooling keeps the largest")).to_be_visible()
    for part in ("Convolution", "Layers", "Activations", "Loss", "Gradient step", "Weight decay"):
        page.get_by_role("radio", name=part).click()
        assert serious(page) == [], part

    page.get_by_text("Microscope", exact=True).click()
    page.get_by_text("After 0 steps").wait_for()
    page.get_by_text("Play", exact=True).click()
    page.wait_for_function("() => /After ([3-9]\\d|\\d{3}) steps/.test(document.body.innerText)")
    assert page.locator(".hx-look figure img[alt^='Weights']").evaluate("each => each.naturalWidth") > 100
    page.get_by_role("link", name="Game").click()
    page.get_by_role("heading", name="You against").wait_for()
    page.get_by_role("link", name="How it works").click()
    page.get_by_text("Microscope", exact=True).click()
    page.get_by_text("test images are").wait_for()
    rested = steps()
    page.wait_for_timeout(900)
    assert steps() == rested
    page.get_by_role("button", name="Back", exact=True).click()
    page.get_by_text(f"After {rested - 1} steps").wait_for()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.get_by_test_id("stMain").evaluate("each => each.scrollWidth - each.clientWidth") <= 0
