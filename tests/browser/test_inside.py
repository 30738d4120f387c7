"""A person looks into a CNN: clicks a filter, goes on with the keyboard, and asks what would change the guess."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import serious

pytestmark = [pytest.mark.browser, pytest.mark.mnist]


def test_a_filter_is_opened_by_mouse_and_by_key_and_the_link_keeps_it(visit):
    page = visit("/inside?classifier=LeNet-5&image=8")
    filters = page.locator("[data-press]")
    expect(filters).to_have_count(22)
    filters.nth(2).click()
    opened = page.locator(".ix-filter")
    expect(opened).to_contain_text("Filter 2: 1 × 5 × 5 weights")
    expect(opened.get_by_alt_text(re.compile("Patch of test image"))).to_have_count(10)
    expect(filters.nth(2)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(opened).to_contain_text("Filter 3: 1 × 5 × 5 weights")
    page.reload()
    expect(opened).to_contain_text("Filter 3: 1 × 5 × 5 weights")
    assert serious(page) == []
    for part in ("Which ink?", "Nearest images", "Change the guess"):
        page.get_by_role("radio", name=part).click()
        expect(page.get_by_role("radio", name=part)).to_be_checked()
        assert serious(page) == [], part
    expect(page.get_by_text(re.compile(r"\d+ pixels change the guess from"))).to_be_visible()


def test_what_if_follows_the_brush_and_a_cut_filter_and_put_back_restores(visit):
    page = visit("/inside?classifier=LeNet-5&part=What+if?&image=0")
    filters, put_back = page.locator("[data-press]"), page.get_by_role("button", name="Put back")
    cut, first = page.locator("[data-press][aria-pressed=true]"), filters.first.locator("img")
    square, after = page.get_by_label(re.compile("^The image: drag")), page.get_by_label(re.compile("^After "))
    page.get_by_role("button", name="Erase").click()
    whole, probabilities = first.get_attribute("src"), after.get_attribute("aria-label")
    box = square.bounding_box()
    at = [[box["x"] + across * box["width"], box["y"] + 0.3 * box["width"]] for across in (0.2, 0.4, 0.6)]
    page.mouse.move(*at[0])
    page.mouse.down()
    page.mouse.move(*at[1])
    page.mouse.move(*at[2])
    expect(first).not_to_have_attribute("src", whole)  # the brush is still down
    page.mouse.up()
    put_back.click()
    expect(first).to_have_attribute("src", whole)
    filters.nth(3).click()
    page.get_by_text("All biases 0").click()
    expect(cut).to_have_count(1)
    expect(after).not_to_have_attribute("aria-label", probabilities)
    put_back.click()
    expect(cut).to_have_count(0)
    expect(after).to_have_attribute("aria-label", probabilities)
    square.focus()
    for key in ("ArrowUp", "ArrowLeft", "Space"):
        page.keyboard.press(key)
    expect(first).not_to_have_attribute("src", whole)
