"""What every page has for every visitor: contrast, headings in order, one bar of pages, help, the projector view."""

from importlib import resources

import pytest

pytestmark = pytest.mark.browser

PHONE = {"has_touch": True, "is_mobile": True, "viewport": {"width": 390, "height": 844}}
# Streamlit puts the keyboard's focus on the box around the code that scrolls; axe-core wants it on the code itself.
EXCEPTED = ("scrollable-region-focusable", "<pre ")
EVERYTHING = {"resultTypes": ["violations"]}


@pytest.fixture
def check(visit):
    """Says what axe-core finds serious on a page as it is, in either theme, and which headings skip a level."""
    axe = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")

    def check_page(page) -> list[str]:
        page.evaluate(f"if (!window.axe) {{{axe}}}")
        found = []
        for theme, options in (("dark", {"runOnly": ["color-contrast"]}), ("light", {})):
            page.emulate_media(color_scheme=theme)
            page.wait_for_timeout(300)  # colours change gradually
            found += page.evaluate("options => axe.run(options)", EVERYTHING | options)["violations"]
        return [
            f"{each['id']}: {node['html'][:150]} {node['failureSummary'][-150:]}"
            for each in found
            if each["impact"] in ("serious", "critical") or each["id"] == "heading-order"
            for node in each["nodes"]
            if not (each["id"] == EXCEPTED[0] and node["html"].startswith(EXCEPTED[1]))
        ]

    return check_page


def rest(page) -> None:
    page.wait_for_timeout(150)
    page.locator("[data-test-script-state=notRunning]").first.wait_for()
    page.wait_for_timeout(150)


def test_axe_finds_nothing_serious_on_any_page_and_the_bar_of_pages_is_one_line(visit, check):
    page = visit("/", viewport={"width": 769, "height": 768})
    page.get_by_text("What to notice").wait_for()
    links = page.get_by_test_id("stTopNavLink")
    for width in (769, 1024):
        page.set_viewport_size({"width": width, "height": 768})
        rest(page)
        boxes = [link.bounding_box() for link in links.all()]
        assert len({box["y"] for box in boxes}) == 1
        assert len({box["x"] for box in boxes}) == links.count(), "none is under “1 more”"
    for place in range(links.count()):
        links.nth(place).click()
        rest(page)
        name = links.nth(place).inner_text()
        assert check(page) == [], name
        assert page.locator("h1").count() == 1, name


def test_on_a_phone_the_list_of_pages_closes_after_a_tap_and_axe_finds_nothing_serious(visit, check):
    page = visit("/", **PHONE)
    page.get_by_test_id("stExpandSidebarButton").tap()
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Curves").tap()
    page.get_by_role("heading", name="How did each network learn?").wait_for()
    page.get_by_test_id("stExpandSidebarButton").wait_for()
    rest(page)
    assert check(page) == []


def test_help_says_where_to_begin_and_the_projector_view_stays_on_the_next_page(visit, check):
    page = visit("/curves")
    page.get_by_text("What to notice").wait_for()
    tick = page.locator(".js-plotly-plot").first.locator(".xtick text").first
    before = tick.evaluate("text => parseFloat(text.style.fontSize)")
    page.get_by_role("button", name="Help", exact=True).click()
    page.get_by_text("Ten words").wait_for()
    assert check(page) == []
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
    rest(page)
    assert not page.get_by_text("What to notice").count()
    assert page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)") > 20
