"""A class trains: two tabs see the same, a training is stopped and kept, guesses are compared, failures explained."""

import re

import pytest

from tests.browser.conftest import WAIT, is_error, running_app

pytestmark = [pytest.mark.browser, pytest.mark.mnist, pytest.mark.training]

LONG = 120_000
"""Milliseconds until a training must have begun or ended: TensorFlow is imported first, and all share two cores."""
PHONE = {"has_touch": True, "is_mobile": True, "viewport": {"width": 390, "height": 844}}
ENDLESS = "mlp-64-64.images=6000&mlp-64-64.epochs=400"


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    """The running app with a models folder of its own, and its worker."""
    folder = tmp_path_factory.mktemp("school")
    with running_app(folder / "output.txt", models=folder / "models") as found:
        yield found


@pytest.fixture(autouse=True)
def patience(chromium):
    """A training takes most of the machine's time from the page."""
    from playwright.sync_api import expect

    expect.set_options(timeout=LONG)
    yield
    expect.set_options(timeout=WAIT)


@pytest.fixture
def enter(school, chromium):
    """Opens the page as a new visitor; the server and the browsers' consoles may report no error."""
    already = len(school.log)
    errors, contexts = [], []

    def open_page(path, **kind):
        context = chromium.new_context(**({"viewport": {"width": 1280, "height": 800}} | kind))
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(LONG)
        page.on("console", lambda message: errors.append(message.text) if is_error(message) else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(path if path.startswith("http") else school.address + path)
        page.get_by_text("What to notice").wait_for()
        page.get_by_role("combobox", name="Recipe").wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []
    assert "Traceback" not in school.log[already:]
    assert school.process.poll() is None, school.log


def start(page, *, guess=None):
    if guess is not None:
        page.get_by_label("Guess before you look").fill(str(guess))
        page.get_by_label("Guess before you look").press("Enter")
    page.get_by_role("button", name="Start", exact=True).click()


def progress(page):
    return page.get_by_test_id("stProgress").first


def epoch(page):
    """The epoch that a tab shows, once the training runs."""
    from playwright.sync_api import expect

    expect(progress(page)).to_contain_text(re.compile(r"Epoch \d+ of 400"))
    return int(re.search(r"Epoch (\d+) of 400", progress(page).inner_text())[1])


def wait_until_epoch(page, at_least):
    page.wait_for_function(
        """least => { const bar = document.querySelector('[data-testid=stProgress]');
             const found = bar && bar.innerText.match(/Epoch (\\d+) of/);
             return found && Number(found[1]) >= least; }""",
        arg=at_least,
        timeout=LONG,
    )


def test_two_tabs_see_one_training_which_is_stopped_kept_and_seen_on_the_other_pages(enter):
    from playwright.sync_api import expect

    mine = enter(f"/train?{ENDLESS}")
    start(mine, guess=95)
    first = epoch(mine)
    expect(mine).to_have_url(re.compile("job=mlp-64-64-"))

    other = enter(mine.url)
    expect(other.get_by_role("heading", name="MLP 64-64, epochs 400, images 6000")).to_be_visible()
    seen = epoch(other)
    assert seen >= first
    wait_until_epoch(mine, seen)
    wait_until_epoch(other, epoch(mine) + 1)
    expect(other.get_by_role("region", name="guesses 7").or_(other.locator(".mx-large"))).to_be_visible()
    expect(
        other.get_by_role("img", name=re.compile(r"36 weight images of the first layer, after epoch \d+"))
    ).to_be_visible()
    expect(other.locator(".js-plotly-plot .scatterlayer .trace")).to_have_count(4)

    mine.get_by_role("button", name="Stop the training").click()
    for page in (mine, other):
        expect(page.get_by_role("alert").filter(has_text="Stopped after")).to_be_visible()
    completed = re.search(r"after (\d+) of 400", mine.get_by_role("alert").first.inner_text())[1]

    assert mine.get_by_text("Test accuracy", exact=True).count() == 0
    mine.get_by_role("button", name="Keep what is there").click()
    for page in (mine, other):
        expect(page.get_by_text("Test accuracy", exact=True)).to_be_visible()
    yours, others = (page.get_by_test_id("stMetric").filter(has_text="Your guess") for page in (mine, other))
    expect(yours).to_contain_text("95.0%")
    assert others.count() == 0

    label = f"MLP 64-64, epochs 400, images 6000, stopped after {completed} of 400 epochs"
    mine.get_by_role("link", name="Draw: let it guess").first.click()
    expect(mine.get_by_text(label)).to_be_visible()
    mine.go_back()
    mine.get_by_test_id("stMainBlockContainer").get_by_role("link", name="Curves").first.click()
    expect(mine.get_by_role("heading", name="Side by side")).to_be_visible()
    expect(mine.get_by_test_id("stMultiSelect")).to_contain_text(label)


def test_a_loss_that_is_no_number_is_explained_and_the_settings_are_kept(enter):
    from playwright.sync_api import expect

    page = enter("/train?recipe=Linear&linear.clip_probabilities=false&linear.epochs=1&training_seed=3")
    start(page)
    failure = page.get_by_role("alert").filter(has_text="the loss is no longer a number")
    expect(failure).to_contain_text("The learning rate 0.5 is probably too high")
    page.get_by_role("button", name="Change the settings").click()
    expect(page.get_by_text("clip_probabilities false, epochs 1, seed 3", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()
    expect(page).not_to_have_url(re.compile("job="))


def test_typing_an_impossible_value_is_answered_at_once(enter):
    from playwright.sync_api import expect

    page = enter("/train")
    page.get_by_role("textbox", name="Hidden layers").press_sequentially(",abc")
    expect(page.get_by_role("alert").filter(has_text="whole numbers from 1 to 4,096")).to_be_visible()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_disabled()
    page.get_by_role("textbox", name="Hidden layers").fill("10")
    expect(page.get_by_test_id("stMetric").filter(has_text="Parameters")).to_contain_text("7,960")
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()


def test_on_a_phone_the_training_is_in_sight_and_nothing_scrolls_sideways(enter):
    from playwright.sync_api import expect

    page = enter(f"/train?{ENDLESS}&training_seed=4", **PHONE)
    start(page)
    heading = page.get_by_role("heading", name="MLP 64-64, epochs 400, images 6000, seed 4")
    expect(heading).to_be_in_viewport()
    wait_until_epoch(page, 1)
    widths = page.evaluate(
        """() => { const main = document.querySelector('[data-testid=stMain]');
             return [document.documentElement.scrollWidth, main.scrollWidth]; }"""
    )
    assert max(widths) <= 390
    page.get_by_role("button", name="Stop the training").click()
    page.get_by_role("button", name="Discard").click()
    expect(heading).to_have_count(0)
