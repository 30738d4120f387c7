"""A person looks into a CNN: clicks a filter, goes on with the keyboard, and asks what would change the guess."""

import re

import pytest
from playwright.sync_api import expect

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
    page.get_by_role("radio", name="Change the guess").click()
    expect(page.get_by_text(re.compile(r"\d+ pixels change the guess from"))).to_be_visible()
