"""A person draws with a mouse or a finger and reads what the networks guess."""

import re
import signal
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from mnist_app.ui.html import REJECTED
from tests import drawings
from tests.browser.conftest import WAIT
from tests.drawings import FOUR, ONE, SEVEN

pytestmark = pytest.mark.browser

INVITATION = "Draw a digit, 0 to 9, in the black square"
SCRIBBLE = (
    ((60, 70), (210, 90), (80, 120), (200, 60), (70, 190), (220, 150), (90, 230), (120, 60), (190, 220), (60, 130)),
    ((220, 220), (70, 160), (230, 110), (130, 230), (160, 60)),
)


def open_draw(visit, path="/", **kind):
    page = visit(path, **kind)
    page.locator("canvas.area[width]").wait_for()
    page.get_by_text("What to notice").wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    return page


def draw(page, lines, *, lift=True):
    """The lines with the mouse, one stroke each; the last one stays unfinished where the mouse is not lifted."""
    for line in lines:
        first, *others = on_screen(page, line)
        page.mouse.move(*first)
        page.mouse.down()
        for point in others:
            page.mouse.move(*point, steps=5)
        if lift or line is not lines[-1]:
            page.mouse.up()


def touch(page, lines):
    """The lines with a finger."""
    session = page.context.new_cdp_session(page)

    def send(kind, *points):
        session.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": px, "y": py} for px, py in points]}
        )

    for line in lines:
        first, *others = on_screen(page, line)
        send("touchStart", first)
        for point in others:
            send("touchMove", point)
        send("touchEnd")


def on_screen(page, line):
    """Where points of the 280 × 280 that are judged lie in the window."""
    page.locator("canvas.area").scroll_into_view_if_needed()
    box = page.locator("canvas.area").bounding_box()
    assert box["width"] == box["height"]
    return [(box["x"] + x * box["width"] / 280, box["y"] + y * box["height"] / 280) for x, y in line]


def guesses(page):
    """The cards of the networks that have guessed; the first is the large one."""
    return page.locator("section[aria-label*=' guesses ']")


def expect_guess(page, digit):
    expect(guesses(page).first).to_have_attribute("aria-label", re.compile(f" guesses {digit}\\. "))


def expect_invitation(page):
    expect(page.get_by_role("heading", name=INVITATION)).to_be_visible()
    expect(guesses(page)).to_have_count(0)


def drawing_of(page):
    """The picture of the drawing, as the server sees it."""
    return page.get_by_role("img", name="The drawing", exact=True)


def wait_for_change(locator, before):
    expect(locator).not_to_have_attribute("src", before)


def shown(page, alt):
    """The pixels of a picture on the page, as the server sent them."""
    return drawings.decoded(page.get_by_role("img", name=alt, exact=True).get_attribute("src"))


def drawing_where(page, holds):
    """The pixels of the drawing, as soon as it is one for which that holds: it is shown while it still grows."""
    for _ in range(WAIT // 50):
        if drawing_of(page).count() and holds(pixels := shown(page, "The drawing").astype(int)):
            return pixels
        page.wait_for_timeout(50)
    raise AssertionError("the drawing has not come")


def press(page, slider, key, times=1):
    control = page.get_by_role("slider", name=slider)
    control.focus()
    for _ in range(times):
        control.press(key)


def test_a_digit_is_read_taken_back_cleared_and_a_scribble_is_rejected(visit):
    page = open_draw(visit)
    expect_invitation(page)
    assert page.locator("canvas.area").bounding_box()["width"] == 480, "as large as the window allows"
    draw(page, FOUR)
    expect_guess(page, 4)
    drawing_where(page, lambda pixels: pixels[234, 160] > 200)
    page.get_by_role("button", name="Undo").click()
    one = drawing_where(page, lambda pixels: pixels[200, 161] == 0)
    assert one[100, 91] > 200

    page.get_by_role("button", name="Clear").click()
    expect_invitation(page)
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    draw(page, ONE)
    expect_guess(page, 1)
    assert shown(page, "The drawing")[100, 91] == 0, "the cleared stroke has come back"
    expect(page.locator("section.mx-large")).to_contain_text("It looks like a digit")
    draw(page, SCRIBBLE)
    expect(page.locator("section.mx-large")).to_contain_text(REJECTED)
    expect(page.locator("section.mx-large .mx-digit")).to_have_text("?")


def test_the_guess_follows_the_pen_undo_and_clear_follow_at_once_and_no_late_stroke_is_lost(visit, server):
    page = open_draw(visit)
    draw(page, SEVEN, lift=False)
    expect_guess(page, 7)
    bar = page.locator(".mx-bars i").first.element_handle()
    page.mouse.up()
    draw(page, FOUR)
    page.get_by_role("button", name="Undo").click()
    two = drawing_where(page, lambda pixels: pixels[148, 200] > 200 and pixels[200, 161] == 0)
    assert two[232, 130] > 200, "the strokes before the one taken back are there"
    assert bar.evaluate("bar => bar.isConnected"), "the bars were made anew and cannot move smoothly"
    draw(page, ONE, lift=False)
    page.mouse.up()
    page.get_by_role("button", name="Clear").click()
    expect_invitation(page)
    page.wait_for_timeout(500)
    expect_invitation(page)
    server.process.send_signal(signal.SIGSTOP)
    draw(page, FOUR)
    page.wait_for_timeout(1200)  # the browser takes the answer for lost
    server.process.send_signal(signal.SIGCONT)
    drawing_where(page, lambda pixels: pixels[200, 161] > 200 and pixels[100, 91] > 200)


def test_what_was_meant_marks_each_network_and_counts_on_noise_and_a_reload_keeps_both(visit):
    page = open_draw(visit)
    draw(page, FOUR)
    expect_guess(page, 4)
    page.get_by_role("button", name="9", exact=True).click()
    wrong = page.locator("section .mx-mark", has_text="✗ wrong")
    expect(wrong).to_have_count(guesses(page).count())
    page.reload()
    expect(wrong).to_have_count(guesses(page).count())
    expect(page.get_by_role("button", name="9", exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("link", name="Noise: until when").click()
    slider = page.get_by_role("slider", name="Level of noise")
    for _ in range(2):
        slider.focus()
        slider.press("Home")
        expect(page.locator(".nx-row").first).to_contain_text("wrong: it is 9")
        page.reload()
    page.get_by_role("link", name="Draw").first.click()
    page.get_by_role("button", name="9", exact=True).click()
    expect(page.locator("section .mx-mark").first).to_have_text("")


def test_a_dot_leaves_nothing_and_a_stroke_begun_outside_starts_where_it_enters(visit):
    page = open_draw(visit)
    page.mouse.click(*on_screen(page, [(140, 140)])[0])
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    expect_invitation(page)
    draw(page, [((-15, 140), (80, 140), (200, 140))])
    columns = drawing_where(page, lambda pixels: pixels[140, 205] > 128)[140].nonzero()[0]
    assert columns.min() < 12, "where it entered"


def test_the_replay_is_moved_by_keyboard_and_stands_beside_a_scribble_too(visit):
    page = open_draw(visit, "/?brush=8&replay=true", color_scheme="dark", viewport={"width": 1280, "height": 900})
    draw(page, drawings.moved(SEVEN, scale=0.3, to=(190, 8)))
    expect_guess(page, 7)
    drawing_where(page, lambda pixels: pixels[75, 229] > 200)
    marked, last = page.locator("td.mx-now"), page.get_by_role("img", name="Input at moment 24", exact=True)
    expect(marked).to_have_count(guesses(page).count() + 1)
    press(page, "Moment of the drawing", "ArrowLeft", times=3)
    expect(page.get_by_role("img", name="The drawing at moment 21", exact=True)).to_be_visible()
    for row in marked.all():
        expect(row).to_have_js_property("cellIndex", 21)
    assert shown(page, "The drawing at moment 21").sum() < shown(page, "The drawing").sum()
    assert shown(page, "Input at moment 24")[:, :14].max() > 0, "the digit is not centred"
    before = last.get_attribute("src")
    page.get_by_text("Shrink without centring", exact=True).first.click()
    wait_for_change(last, before)
    assert shown(page, "Input at moment 24")[:, :18].max() == 0, "the digit has left its corner"
    assert re.search(r"[?&]plain=true", page.url)

    alternatives = page.locator("[data-testid=stMain] img").evaluate_all("all => all.map(image => image.alt)")
    assert len(alternatives) > 20
    assert all(alternatives)
    page.get_by_role("button", name="Clear").click()
    draw(page, SCRIBBLE)
    page.locator(".mx-rejection").wait_for()
    page.locator(".mx-meant button").first.click()
    page.locator(".mx-wrong").first.wait_for()


def test_a_finger_draws_everywhere_on_a_phone_and_nothing_scrolls_sideways(visit):
    page = open_draw(visit, "/?replay=true", has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    touch(page, SEVEN)
    expect_guess(page, 7)
    undo, answer, brush = (
        page.locator(each).first.bounding_box()["y"] for each in (".buttons", ".mx-large", ".st-key-brush")
    )
    assert undo < answer < undo + 80 < brush, "the answer does not stand directly under the square"
    for line in (((225, 12), (272, 12)), ((262, 10), (262, 40))):
        touch(page, [line])
    before = drawing_where(page, lambda pixels: pixels[12, 250] > 200 and pixels[38, 262] > 200)
    assert before[200, 141] > 200, "what was drawn before is gone"
    for x in range(145, 280, 30):
        page.touchscreen.tap(*on_screen(page, [(x, 14)])[0])
    page.wait_for_timeout(600)
    assert (shown(page, "The drawing") >= before - 1).all(), "a tap has erased something"
    page.get_by_role("img", name="Input at moment 24").wait_for()
    for width in (390, 660, 768):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate(OVERFLOWING) == []
        assert page.evaluate("Math.max(document.documentElement.scrollWidth, window.innerWidth)") <= width


# What reaches beyond the screen's right edge, other than inside something that scrolls by itself.
OVERFLOWING = """() => [...document.querySelectorAll('[data-testid=stMain] *')]
    .filter(e => e.checkVisibility() && !e.closest('.mx-scroll table') && e.type !== 'range')
    .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .map(e => e.outerHTML.slice(0, 120))"""


def test_the_drawing_outlives_another_page_and_fast_changes_of_the_brush(visit):
    page = open_draw(visit)
    draw(page, SEVEN)
    page.get_by_role("link", name="Curves").click()  # at once: the last stroke is on its way
    expect(page).to_have_url(re.compile("/curves"))
    page.get_by_role("link", name="Draw").click()
    expect_guess(page, 7)
    before = drawing_where(page, lambda pixels: pixels[234, 130] > 200)
    press(page, "Brush width", "ArrowRight", times=16)
    press(page, "Brush width", "ArrowLeft", times=16)
    press(page, "Brush width", "ArrowRight", times=12)
    expect(page).to_have_url(re.compile("brush=32"))
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    draw(page, [((40, 200), (120, 200))])
    pixels = drawing_where(page, lambda pixels: pixels[200, 115] > 200)
    assert (pixels[:150] == before[:150]).all(), "what was drawn before is gone"
    assert (pixels[:, 80] > 128).sum() == pytest.approx((before[:, 80] > 128).sum() + 32, abs=4)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a process's libraries are read from /proc")
def test_the_server_has_loaded_no_tensorflow_after_every_page_was_shown(visit, server):
    page = open_draw(visit)
    draw(page, SEVEN)
    expect_guess(page, 7)
    links = page.locator("[data-testid=stTopNavLink]").all()
    assert len(links) >= 2, "the list of pages was not found"
    for link in links:
        link.click()
        expect(link).to_have_attribute("aria-current", "page")
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    libraries = Path(f"/proc/{server.process.pid}/maps").read_text()
    assert "/ai_edge_litert/" in libraries, "this is not the process that guesses"
    assert "/tensorflow/" not in libraries
