"""A person slides the noise up until reading fails, takes a level from the strip, and plays by keyboard."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests import drawings
from tests.browser.conftest import serious

pytestmark = [pytest.mark.browser, pytest.mark.mnist]


def open_page(visit, name, heading):
    """By the link in the bar: opened by its own address, Streamlit first asks for files that are not there."""
    page = visit()
    page.get_by_text("What to notice").wait_for()
    page.get_by_role("link", name=name).first.click()  # others may lead there too
    page.get_by_role("heading", name=heading).wait_for()
    page.get_by_text("What to notice").wait_for()
    return page


def row(page, title):
    """What a screen reader says of a denoiser's row."""
    return page.locator(f".nx-row[aria-label^='{title}:']")


def shown_at(page, title, level):
    return page.get_by_role("img", name=f"{title} at level {level:.2f}", exact=True)


def test_slid_up_the_guess_fails_and_the_strip_says_where_and_is_pressed(visit):
    page = open_page(visit, "Noise", "Slide the noise")
    slider = page.get_by_role("slider", name="Level of noise")
    slider.focus()
    slider.press("Home")
    expect(shown_at(page, "No denoising", 0)).to_be_visible()
    assert ", right" in row(page, "No denoising").get_attribute("aria-label")
    words = page.locator("section[aria-label^='No denoising: ']:not(.nx-row)").get_attribute("aria-label")
    failure = float(re.search(r"wrong from level ([\d.]+) up", words)[1])
    for _ in range(round(100 * failure)):
        slider.press("ArrowRight")
    expect(shown_at(page, "No denoising", failure)).to_be_visible()
    assert "wrong: it is 7" in row(page, "No denoising").get_attribute("aria-label")
    slider.press("End")
    picture = shown_at(page, "No denoising", 1)
    picture.wait_for()
    assert serious(page) == []
    assert 0.4 < np.mean(drawings.decoded(picture.get_attribute("src")) > 127) < 0.6
    assert picture.evaluate("each => getComputedStyle(each).imageRendering") == "pixelated"
    assert picture.bounding_box()["width"] >= 100

    figure = page.locator(".st-key-accuracy_curve")
    figure.locator(".plot-container").wait_for()
    figure.locator(".main-svg").first.evaluate("each => { each.dataset.old = 'yes'; }")
    page.locator(".st-key-strip_20 button").focus()
    page.keyboard.press("Enter")
    expect(shown_at(page, "No denoising", 0.2)).to_be_visible()
    box = page.get_by_role("img", name=re.compile("^Median 3×3 at level 0.9: guess")).bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(shown_at(page, "No denoising", 0.9)).to_be_visible()
    expect(page).to_have_url(re.compile(r"[?&]level=0\.9(&|$)"))
    left = figure.evaluate("each => parseFloat(getComputedStyle(each, '::after').left)")
    plot = figure.locator(".nsewdrag").first.bounding_box()
    assert (left + figure.bounding_box()["x"] + 1 - plot["x"]) / plot["width"] == pytest.approx(0.9, abs=0.005)
    assert figure.locator(".main-svg").first.get_attribute("data-old") == "yes", "the curve was drawn again"


def test_three_rounds_of_the_game_by_keyboard(visit):
    page = open_page(visit, "Game", "You against the networks")
    page.get_by_role("button", name="Start the game").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 of 24", exact=True)).to_be_visible()
    question = page.locator(".nx-question img")
    for turn, key in enumerate("307", start=2):
        before = question.get_attribute("src")
        page.keyboard.press(key)
        expect(page.get_by_text(f"{turn} of 24", exact=True)).to_be_visible()
        expect(question).not_to_have_attribute("src", before)
    expect(page.get_by_text("You read").filter(has_text="of 24, ")).to_have_count(0)

    page.get_by_role("link", name="Curves").click()
    page.get_by_text("Side by side").wait_for()
    page.get_by_role("link", name="Game").click()
    expect(page.get_by_text("4 of 24", exact=True)).to_be_visible()

    page.get_by_role("button", name="Give up").click()
    expect(page.get_by_text("You: no answer")).to_be_visible()


def test_noise_fits_on_a_small_screen_and_is_no_wider_than_it_and_neither_is_the_game(visit):
    page = open_page(visit, "Noise", "Slide the noise")
    page.set_viewport_size({"width": 1280, "height": 800})
    for place in range(4):
        for part in (".nx-row", "section:not(.nx-row) .nx-film"):
            box = page.locator(part).nth(place).bounding_box()
            assert box["y"] + box["height"] <= 800
    assert page.get_by_role("slider", name="Level of noise").bounding_box()["y"] > 0
    framed = page.locator(".nx-film figure:nth-child(5)").nth(1)  # level 0.4
    assert framed.evaluate("each => getComputedStyle(each).outlineWidth") == "3px"
    words = page.locator(".nx-says").nth(1).bounding_box()
    assert framed.bounding_box()["y"] >= words["y"] + words["height"]
    page.set_viewport_size({"width": 1920, "height": 1000})
    section, guess = page.locator("section:not(.nx-row)").first, page.locator(".nx-film small").first
    below = [box["y"] + box["height"] for box in (guess.bounding_box(), section.bounding_box())]
    assert below == sorted(below), "the guesses are cut off"
    main = page.get_by_test_id("stMain")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert main.evaluate("each => each.scrollWidth - each.clientWidth") <= 0
        for level in (0, 50, 100):
            box = page.locator(f".st-key-strip_{level} button").bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
    page.get_by_role("link", name=re.compile("Play against the networks")).click()
    page.get_by_role("button", name="Start the game").click()
    page.get_by_text("1 of 24", exact=True).wait_for()
    assert main.evaluate("each => each.scrollWidth - each.clientWidth") <= 0
