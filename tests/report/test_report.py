"""The report: complete in one file, with figures that agree with the networks, and blanks that keep what is written."""

import re
import shutil

import numpy as np
import pytest
from playwright.sync_api import expect, sync_playwright

from mnist_app import evaluation, report, serving, store
from tests.browser.conftest import FLAGS

SCRIPTS = r"(?s)<(script|style).*?</\1>"


@pytest.fixture
def shipped(monkeypatch):
    """The networks that come with the project, by key."""
    monkeypatch.delenv(store.FOLDER_VARIABLE, raising=False)
    return {model.card.recipe.key: model for model in store.list_models().models if model.card.as_declared}


def words(text):
    """What a reader sees, roughly: without scripts, styles and marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", re.sub(SCRIPTS, "", text)))


def test_it_holds_figures_tables_and_commands_of_the_chosen_networks_and_loads_nothing(shipped, labelled_mnist):
    images, labels = labelled_mnist
    text = report.make([shipped[key] for key in ("cnn", "mlp-64-64")])
    said = words(text)
    assert len(text.encode()) < 6_000_000
    assert not re.findall(r"""(?:src|href)\s*=\s*["']?(?!data:)[^"'\s>]+""", re.sub(SCRIPTS, "", text))
    for part in ("784 × 64 + 64", "3 × 3 × 32 × 64 + 64", "A 97.39 %", "C, Autoencoder", "0.9 1.0"):
        assert part in said
    assert "python -m mnist_app train mlp-64-64 --seed 0" in said
    probabilities = serving.open_model(shipped["cnn"]).run(images)
    right, counts = evaluation.accuracy(probabilities, labels), evaluation.confusion(probabilities, labels)
    assert f"CNN on 20 test images (MNIST): {100 * right.value:.2f} %" in said
    errors = counts[~np.eye(10, dtype=bool)]
    assert said.count("that is read as") == (errors == errors.max()).sum() > 1, "all that tie"
    assert "<td>1e-6</td>" in text, "a factor as the pages write it"
    assert text.count('alt="a generated digit"') == 24
    assert text.count("denoised, level 0.4") == 4
    assert "To get it" not in said


def test_what_is_missing_is_named_with_its_command_and_a_name_is_no_html(save_tiny, no_mnist):
    store.rename(save_tiny(), "<b>mine</b>")
    (model,) = store.list_models().models
    said = words(text := report.make([model]))
    assert "<b>mine" not in text
    assert "&lt;b&gt;mine" in said
    for command in ("download", "train mlp-64-64", "train autoencoder", "sweep --resume", "noise-curve"):
        assert f"python -m mnist_app {command}" in said


def test_the_command_writes_a_file_or_says_why_not(run, tmp_path, no_mnist, save_tiny):
    model = save_tiny()
    code, output, _ = run("report", "--run", model.name, "--output", tmp_path / "mine.html")
    assert (code, "of 1 networks" in output) == (0, True)
    assert "Tiny" in (tmp_path / "mine.html").read_text("utf-8")
    code, _, error = run("report", "--run", model.name, "--output", tmp_path / "no" / "mine.html")
    assert code == 1
    assert "report" in error


@pytest.mark.browser
def test_it_opens_without_a_network_keeps_what_is_written_and_prints(shipped, labelled_mnist, tmp_path):
    (tmp_path / "report.html").write_text(report.make([shipped["linear"], shipped["cnn"]]), "utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS.split())
        page = browser.new_context(offline=True).new_page()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto((tmp_path / "report.html").as_uri())
        expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
        assert page.locator(".js-plotly-plot").count() == 6
        page.get_by_role("textbox", name="Name").fill("Ada")
        page.reload()
        expect(page.get_by_role("textbox", name="Name")).to_have_text("Ada")
        assert {url.split(":")[0] for url in asked} <= {"file", "data", "blob"}
        assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
        browser.close()
