"""A class trains: two tabs see the same, a training is stopped and kept, guesses are compared, failures explained."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from mnist_app import store
from tests import tiny
from tests.browser.conftest import WAIT, running_app, serious

pytestmark = [pytest.mark.browser, pytest.mark.mnist, pytest.mark.training]

LONG = 120_000
"""Milliseconds until a training must have begun or ended: TensorFlow is imported first, and all share two cores."""
PHONE = {"has_touch": True, "is_mobile": True, "viewport": {"width": 390, "height": 844}}
ENDLESS = "mlp-64-64.images=6000&mlp-64-64.epochs=400"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The running app with a models folder of its own, and its worker."""
    folder = tmp_path_factory.mktemp("school")
    with running_app(folder / "output.txt", models=folder / "models") as found:
        yield found


@pytest.fixture
def enter(visit):
    """Opens the page as a new visitor; a training takes most of the machine's time from the page."""

    def open_page(path, **kind):
        page = visit(path, **{"viewport": {"width": 1280, "height": 800}} | kind)
        page.set_default_timeout(LONG)
        page.get_by_text("What to notice").wait_for()
        return page

    expect.set_options(timeout=LONG)
    yield open_page
    expect.set_options(timeout=WAIT)


def start(page):
    page.get_by_role("button", name="Start", exact=True).click()


def epoch(page, *, at_least=1):
    """The epoch that a tab shows, once the training has come so far."""
    progress = page.get_by_test_id("stProgress").first
    while True:
        found = re.search(r"Epoch (\d+) of 400", progress.inner_text())
        if found and int(found[1]) >= at_least:
            return int(found[1])
        page.wait_for_timeout(200)


def test_two_tabs_see_one_training_which_is_stopped_kept_and_seen_on_the_other_pages(enter, server):
    mine = enter(f"/train?{ENDLESS}")
    mine.get_by_role("textbox", name="Guess before you look").fill("95")
    mine.get_by_role("textbox", name="Guess before you look").press("Enter")
    start(mine)
    first = epoch(mine)

    other = enter(mine.url.removeprefix(server.address))
    expect(other.get_by_role("heading", name="MLP 64-64, epochs 400, images 6000")).to_be_visible()
    epoch(other, at_least=first + 1)
    expect(other.locator(".mx-large")).to_be_visible()
    expect(other.get_by_role("img", name=re.compile(r"first layer, after epoch \d+"))).to_be_visible()
    expect(other.locator(".js-plotly-plot .scatterlayer .trace")).to_have_count(4)

    mine.get_by_role("button", name="Stop the training").click()
    for page in (mine, other):
        expect(page.get_by_role("alert").filter(has_text="Stopped after")).to_be_visible()
    assert serious(other) == []
    assert mine.get_by_text("Test accuracy", exact=True).count() == 0
    mine.get_by_role("button", name="Keep what is there").click()
    for page in (mine, other):
        expect(page.get_by_text("Test accuracy", exact=True).first).to_be_visible()
    # One epoch more than were shown, where its backup was written already.
    kept = mine.get_by_text(re.compile(r"Stopped after \d+ of 400 epochs and kept")).first.inner_text()
    completed = re.search(r"after (\d+) of", kept)[1]
    guess = mine.get_by_test_id("stMetric").filter(has_text="Your guess")
    expect(guess.first).to_contain_text("95.0%")

    label = f"MLP 64-64, epochs 400, images 6000, stopped after {completed} of 400 epochs"
    mine.get_by_role("link", name="Draw: let it guess").first.click()
    expect(mine.locator(".mx-name").filter(has_text=label)).to_be_visible()
    mine.go_back()
    expect(mine).to_have_url(re.compile("/train"))
    mine.get_by_test_id("stMainBlockContainer").get_by_role("link", name="Curves").first.click()
    expect(mine.get_by_role("heading", name="Side by side")).to_be_visible()
    expect(mine.get_by_test_id("stMultiSelect")).to_contain_text(label)
    other.get_by_role("button", name="Delete …").first.click()
    other.get_by_role("button", name="Delete for good").wait_for()


def test_a_loss_that_is_no_number_is_explained_and_the_settings_are_kept(enter):
    page = enter("/train?recipe=Linear&linear.clip_probabilities=false&linear.epochs=1&training_seed=3")
    start(page)
    failure = page.get_by_role("alert").filter(has_text="the loss is no longer a number")
    expect(failure).to_contain_text("The learning rate 0.5 is probably too high")
    assert serious(page) == []
    page.get_by_role("button", name="Change the settings").click()
    expect(failure).to_have_count(0)
    expect(page.get_by_text("clip_probabilities false, epochs 1, seed 3", exact=True)).to_be_visible()
    page.get_by_role("textbox", name="Learning rate").fill("0,05")
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()
    expect(page).not_to_have_url(re.compile("job="))


def test_typing_an_impossible_value_is_answered_at_once(enter):
    page = enter("/train")
    page.get_by_role("textbox", name="Hidden layers").press_sequentially(",abc")
    expect(page.get_by_role("alert").filter(has_text="whole numbers from 1 to 4,096")).to_be_visible()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_disabled()


def test_on_a_phone_the_training_is_in_sight_and_nothing_scrolls_sideways(enter):
    page = enter(f"/train?{ENDLESS}&training_seed=4", **PHONE)
    start(page)
    heading = page.get_by_role("heading", name="MLP 64-64, epochs 400, images 6000, seed 4")
    expect(heading).to_be_in_viewport()
    epoch(page)
    widths = page.evaluate(
        """() => { const main = document.querySelector('[data-testid=stMain]');
             return [document.documentElement.scrollWidth, main.scrollWidth]; }"""
    )
    assert max(widths) <= 390
    page.reload()
    expect(page.get_by_text("(yours)")).to_be_visible()
    page.get_by_role("button", name="Stop the training").click()
    page.get_by_role("button", name="Discard").click()
    expect(heading).to_have_count(0)


def test_missing_noise_curves_are_ordered_on_their_page_and_each_is_shown_when_it_is_there(enter, server, monkeypatch):
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(server.output.parent / "models"))
    model = tiny.save(tiny.RECIPE, tiny.LITERT_FILE, accuracy=0.5)
    page = enter(f"/noise?classifier={quote(model.run.label)}")
    page.get_by_role("button", name="Compute these curves").click()
    progress = page.get_by_test_id("stProgress")
    expect(progress).to_contain_text(re.compile(r"Curve [2-5] of 5, level \d+ of 11"))
    expect(page.locator(".st-key-accuracy_curve")).to_contain_text("No denoising")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Compute these curves")).to_be_visible()
