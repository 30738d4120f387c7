"""Every page that app.py lists opens, with the shipped models and with none."""

import ast

import pytest
from streamlit.testing.v1 import AppTest

from mnist_app import data
from mnist_app.data import generated
from tests.pages.stage import APP, keys, shown, text_of

PAGES = [
    node.args[0].value
    for node in ast.walk(ast.parse(APP.read_text("utf-8")))
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "st.Page"
]


pytestmark = pytest.mark.usefixtures("fresh_caches")


def visit(path):
    return shown(AppTest.from_file(str(APP), default_timeout=20).run().switch_page(path).run())


def test_every_page_of_the_folder_is_listed_and_the_first_one_is_draw():
    assert sorted(PAGES) == sorted(f"pages/{path.name}" for path in APP.parent.glob("pages/*.py"))
    assert PAGES[0] == "pages/draw.py"
    assert [title.value for title in AppTest.from_file(str(APP), default_timeout=20).run().title] == ["Draw a digit"]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_one_title_and_says_what_to_notice(path):
    page = visit(path)
    assert len(page.title) == 1
    assert [heading.value for heading in page.subheader].count("What to notice") == 1
    assert len(page.main.markdown[-1].value) > 200


@pytest.mark.parametrize("path", PAGES)
def test_a_page_without_models_offers_a_way_out(path, models_folder):
    page = visit(path)
    assert len(page.info) == 1
    assert "python -m mnist_app train mlp-64-64" in text_of(page)


@pytest.mark.parametrize("path", PAGES)
def test_without_mnist_a_page_uses_generated_digits_and_says_so(path, generated_digits):
    page = visit(path)
    (banner,) = [each.value for each in page.warning if "This page uses generated digits, not MNIST." in each.value]
    assert banner.startswith("MNIST is not on this machine.")
    assert "`MNIST_APP_DATA`" in text_of(page)
    assert [button.key for button in page.button].count("download_mnist") == 1
    assert "need" not in " ".join(info.value for info in page.info)


def test_where_generated_digits_were_asked_for_the_download_is_not_offered(generated_digits, monkeypatch):
    monkeypatch.setenv(data.PATH_VARIABLE, "generated")
    page = visit("pages/curves.py")
    assert ["MNIST_APP_DATA=generated" in warning.value for warning in page.warning] == [True]
    assert "download_mnist" not in keys(page)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_opens_without_mnist_and_without_the_decoder(path, no_mnist, monkeypatch):
    monkeypatch.setattr(generated, "decoder", lambda: None)
    assert not visit(path).warning


def test_the_entry_file_stays_short():
    assert len(APP.read_text("utf-8").splitlines()) <= 40
