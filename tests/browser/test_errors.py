"""A person opens a cell of the confusion matrix by mouse and by keyboard, and refuses unsure answers."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import serious

pytestmark = [pytest.mark.browser, pytest.mark.mnist]


def test_a_cell_opens_its_images_and_a_slider_refuses_answers(visit):
    page = visit("/errors?classifier=MLP+64-64&second=LeNet-5")
    cell = page.get_by_role("button", name=re.compile(r"^3 read as 5: \d")).first
    cell.click()
    count = cell.inner_text()
    expect(page.get_by_text(f"{count} of 10,000 test images")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile(r"^Test image \d+: a 3$"))).to_have_count(min(12, int(count)))
    expect(cell).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("truth=4&guess=5"))
    expect(page.get_by_role("button", name=re.compile(r"^4 read as 5: \d")).first).to_be_focused()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.get_by_test_id("stMain").evaluate("each => each.scrollWidth - each.clientWidth") <= 0
    assert serious(page) == []

    why = page.get_by_role("link", name="Why?").first
    number = re.search("image ([0-9]+)", why.get_attribute("aria-label"))[1]
    why.click()
    expect(page.get_by_text(f"Test image {number}, a 4")).to_be_visible()
    expect(page).to_have_url(re.compile("classifier=MLP"))
    page.go_back()
    expect(page.get_by_role("button", name=re.compile(r"^4 read as 5: \d")).first).to_be_visible()
    expect(page).to_have_url(re.compile("truth=4&guess=5"))
    page.get_by_text("Refuse", exact=True).click()
    page.get_by_role("slider").press("End")
    expect(page.get_by_text(re.compile(r"MLP 64-64: (\d+) of \1 wrong answers and"))).to_be_visible()
    assert serious(page) == []
    page.get_by_text("Prediction sets", exact=True).click()
    page.get_by_text("One half of the test images").wait_for()


def test_one_press_of_back_returns_from_inside_also_for_the_first_network(visit):
    page = visit("/errors?truth=9&guess=4&projector=true")
    page.get_by_role("link", name="Why?").first.click()
    expect(page.get_by_text(re.compile(r"^Test image \d+, a 9$"))).to_be_visible()
    expect(page).to_have_url(re.compile("projector=true"))
    page.wait_for_load_state("networkidle")  # by then Streamlit has taken defaults out of the address
    page.go_back()
    expect(page.get_by_role("heading", name="What do networks get wrong?")).to_be_visible()
    expect(page).to_have_url(re.compile("truth=9&guess=4"))
