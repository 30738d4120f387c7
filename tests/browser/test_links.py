"""A lesson's link opens its page as if it had been reached through the first page."""

import pytest

from tests.browser.conftest import serious

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("path", ["/curves?view=Error", "/noise?level=0.3", "/game"])
def test_the_first_visit_of_a_server_may_be_to_any_page(fresh_server, chromium, path):
    page = chromium.new_page(viewport={"width": 1280, "height": 800})
    page.goto(fresh_server.address + path)
    page.get_by_text("What to notice").wait_for()
    page.get_by_role("link", name="Curves").wait_for()
    assert path.split("?")[0] in page.url
    assert page.get_by_test_id("stMainBlockContainer").bounding_box()["width"] > 1100
    assert serious(page) == []
    page.close()


def test_an_impossible_link_is_harmless_also_after_the_back_button(server, chromium):
    page = chromium.new_page()
    for step in (lambda: page.goto(f"{server.address}/latent?points_seed=1e999&around=5"), page.go_back):
        step()
        page.get_by_text("The link's value of points_seed is impossible").wait_for()
        page.wait_for_url("**/latent?around=5")
        page.get_by_label("Seed").wait_for()
        assert not page.get_by_test_id("stException").count()
    assert serious(page) == []
    page.close()
