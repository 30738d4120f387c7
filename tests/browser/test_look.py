"""What every page has for every visitor: contrast, headings in order, one bar of pages, help, the projector view."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import serious

pytestmark = pytest.mark.browser

PHONE = {"has_touch": True, "is_mobile": True, "viewport": {"width": 390, "height": 844}}


def test_axe_finds_nothing_serious_on_any_page_and_the_bar_of_pages_is_one_line(visit):
    page = visit("/", viewport={"width": 769, "height": 768})
    page.get_by_text("What to notice").wait_for()
    links = page.get_by_test_id("stTopNavLink")
    for width in (769, 1024):
        page.set_viewport_size({"width": width, "height": 768})
        page.wait_for_timeout(300)
        boxes = [link.bounding_box() for link in links.all()]
        assert len({box["y"] for box in boxes}) == 1
        assert len({box["x"] for box in boxes}) == links.count(), "none is under “1 more”"
    for place in range(links.count()):
        links.nth(place).click()
        expect(links.nth(place)).to_have_attribute("aria-current", "page")
        name = links.nth(place).inner_text()
        assert serious(page) == [], name
        assert page.locator("h1").count() == 1, name


def test_on_a_phone_the_list_of_pages_closes_after_a_tap_and_axe_finds_nothing_serious(visit):
    page = visit("/", **PHONE)
    page.get_by_test_id("stExpandSidebarButton").tap()
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Curves").tap()
    page.get_by_role("heading", name="How did each network learn?").wait_for()
    page.get_by_test_id("stExpandSidebarButton").wait_for()


def test_help_says_where_to_begin_and_the_projector_view_stays_on_the_next_page(visit):
    page = visit("/curves")
    page.get_by_text("What to notice").wait_for()
    tick = page.locator(".js-plotly-plot").first.locator(".xtick text").first
    before = tick.evaluate("text => parseFloat(text.style.fontSize)")
    page.get_by_role("button", name="Help", exact=True).click()
    page.get_by_text("Ten words").wait_for()
    assert serious(page) == []
    page.get_by_text("Projector view", exact=True).click()
    page.wait_for_url("**/curves?projector=true")
    page.get_by_text("What to notice").wait_for(state="detached")
    page.keyboard.press("Escape")
    page.wait_for_function(f"parseFloat(document.querySelector('.xtick text')?.style.fontSize) > {1.3 * before}")
    assert len({link.bounding_box()["y"] for link in page.get_by_test_id("stTopNavLink").all()}) == 1
    page.set_viewport_size({"width": 1024, "height": 768})
    page.get_by_test_id("stTopNavLink").filter(has_text="Noise").click()
    page.wait_for_url("**/noise?projector=true")
    box = page.locator(".st-key-classifier input").bounding_box()
    assert box["width"] > 200, "its text is not cut"
    page.get_by_role("link", name="Weight decay").click()
    page.get_by_role("heading", name="How much weight decay?").wait_for()
    page.locator("[data-test-script-state=notRunning]").first.wait_for()
    assert not page.get_by_text("What to notice").count()
    assert page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)") > 20
