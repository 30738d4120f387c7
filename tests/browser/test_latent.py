"""A person drags over the map of two numbers, by mouse, finger and keys, and moves the decoder's sliders."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from mnist_app import store
from tests import drawings, tiny_latent
from tests.browser.conftest import running_app, serious

pytestmark = [pytest.mark.browser, pytest.mark.mnist]

SECTIONS = ("Random points", "Morph", "Two numbers", "Sliders")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The app with the tiny networks, whose answers are known, before the shipped ones."""
    folder = tmp_path_factory.mktemp("models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(store.FOLDER_VARIABLE, str(folder))
        for key in ("autoencoder", "autoencoder-2d", "cvae"):
            tiny_latent.save(key)
    with running_app(tmp_path_factory.mktemp("server") / "output.txt", models=folder) as found:
        yield found


def open_section(visit, section, **kind):
    page = visit(f"/latent?stretched=false&section={section.replace(' ', '+')}", **kind)
    page.get_by_text("What to notice").wait_for()
    return page


def area_of(page):
    area = page.get_by_role("application", name="Map of two numbers")
    area.scroll_into_view_if_needed()
    area.locator(".lens img").wait_for()
    return area


def numbers(page):
    return [page.get_by_role("slider", name=name) for name in ("First number", "Second number")]


def range_of(page):
    """Low and high of each number."""
    return [tuple(float(slider.get_attribute(end)) for end in ("min", "max")) for slider in numbers(page)]


def code_at(page, left, top):
    (x0, x1), (y0, y1) = range_of(page)
    return x0 + left * (x1 - x0), y1 - top * (y1 - y0)


def decoded_at(page):
    """The place of the large picture, as its text alternative says, and its two grey levels, upper and lower half."""
    picture = page.locator(".mx-row img").first
    pixels = drawings.decoded(picture.get_attribute("src"))
    place = re.search(r"\((-?[\d.]+), (-?[\d.]+)\)", picture.get_attribute("alt"))
    return tuple(map(float, place.groups())), (pixels[0, 0], pixels[-1, -1])


def expect_code(page, code, *, within=0.06):
    """Waits until the decoded place is that one, and sees to it that the picture is that place's."""
    page.wait_for_function(
        """([x, y, within]) => {
          const said = document.querySelector('.mx-row img').alt.match(/\\((-?[\\d.]+), (-?[\\d.]+)\\)/);
          return Math.abs(said[1] - x) <= within && Math.abs(said[2] - y) <= within;
        }""",
        arg=[*code, within],
    )
    place, levels = decoded_at(page)
    assert levels == pytest.approx(255 * tiny_latent.decoded(np.array([place]))[0, [0, -1], 0, 0], abs=5)


def test_the_digit_follows_pointer_and_keys_and_the_sliders_take_its_place(visit):
    page = open_section(visit, "Two numbers")
    area = area_of(page)
    box = area.bounding_box()
    before = [slider.input_value() for slider in numbers(page)]
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.9 * box["height"])
    page.mouse.down()
    for left, top in ((0.2, 0.9), (0.5, 0.3), (0.9, 0.6)):
        page.mouse.move(box["x"] + left * box["width"], box["y"] + top * box["height"], steps=5)
        expect_code(page, code_at(page, left, top))
        small, large = area.locator(".lens img"), page.locator(".mx-row img").first
        expect(small).to_have_attribute("src", large.get_attribute("src"))
    assert [slider.input_value() for slider in numbers(page)] == before, "the sliders wait"
    page.mouse.up()
    for slider, number in zip(numbers(page), code_at(page, 0.9, 0.6), strict=True):
        expect(slider).to_have_value(re.compile(rf"^{round(number, 1):g}$"))
    expect(page).to_have_url(re.compile(r"first_number="))
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    expect_code(page, code_at(page, 0.9, 0.6))

    (x0, x1), (y0, y1) = range_of(page)
    start = [float(slider.input_value()) for slider in numbers(page)]
    area.focus()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Shift+ArrowUp")
    expect_code(page, (start[0] - (x1 - x0) / 10, start[1] + (y1 - y0) / 10))
    first = numbers(page)[0]
    first.focus()
    first.press("Home")
    expect_code(page, (x0, start[1] + (y1 - y0) / 10))
    point = area.locator(".point")
    page.wait_for_function("each => each.style.left === '0%'", arg=point.element_handle())


def test_a_finger_moves_the_point_on_a_telephone(visit):
    page = open_section(visit, "Two numbers", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    area = area_of(page)
    box = area.bounding_box()
    assert box["width"] > 300
    page.touchscreen.tap(box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"])
    expect_code(page, code_at(page, 0.75, 0.25), within=0.1)
    assert area.evaluate("each => getComputedStyle(each).touchAction") == "none", "a drag does not scroll the page"


def test_a_slider_changes_the_picture_and_the_link(visit):
    page = open_section(visit, "Sliders")
    picture = page.get_by_role("img", name="A generated 3")
    before = picture.get_attribute("src")
    slider = page.locator(".st-key-z1 input")
    slider.focus()
    slider.press("End")
    expect(picture).not_to_have_attribute("src", before)
    assert drawings.decoded(picture.get_attribute("src"))[0, 0] == round(255 * tiny_latent.generated(3, 3)[0, 0, 0])
    expect(page).to_have_url(re.compile(r"z1=3"))
    page.get_by_role("button", name="Zero").click()
    expect(picture).to_have_attribute("src", before)


def test_no_section_is_wider_than_the_screen(visit):
    page = open_section(visit, SECTIONS[0])
    for section in SECTIONS:
        page.get_by_role("radio", name=section).or_(page.get_by_role("button", name=section)).first.click()
        page.get_by_text("What to notice").wait_for()
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 844})
            page.wait_for_timeout(300)
            assert page.get_by_test_id("stMain").evaluate("each => each.scrollWidth - each.clientWidth") <= 0, section
        assert serious(page) == [], section
