"""Every page that explorer.py lists opens, with the shipped models and with none, with MNIST and without."""

import pytest
from streamlit.testing.v1 import AppTest

from mnist_app import data
from mnist_app.data import arrival, generated
from tests.pages.stage import APP, keys, shown, text_of

WITHOUT_DIGITS = {"curves", "draw"}
"""Pages that show no digits of the set."""
PAGES = [path.stem for path in sorted(APP.parent.glob("pages/*.py"))]

pytestmark = pytest.mark.usefixtures("fresh_caches")


def every_page():
    page = shown(AppTest.from_file(str(APP), default_timeout=20).run())
    for name in PAGES:
        yield shown(page.switch_page(f"pages/{name}.py").run())


def test_every_page_has_one_title_and_says_what_to_notice_and_draw_is_the_first():
    assert [title.value for title in AppTest.from_file(str(APP), default_timeout=20).run().title] == ["Draw a digit"]
    for name, page in zip(PAGES, every_page(), strict=True):
        assert len(page.title) == 1
        questions = APP.parent / "pages" / f"{name}.md"
        assert [heading.value for heading in page.header].count("What to notice") == questions.exists()
        assert not questions.exists() or page.main.markdown[-1].value == questions.read_text("utf-8").strip()


def test_a_page_without_models_offers_a_way_out(models_folder):
    for page in every_page():
        named = "python -m mnist_app train mlp-64-64" in text_of(page)
        assert named or {"order", "download_mnist"} & keys(page)


def test_without_mnist_every_page_with_digits_says_that_they_are_generated(generated_digits, monkeypatch):
    for name, page in zip(PAGES, every_page(), strict=True):
        banners = [each.value for each in page.warning if "generated digits, not MNIST." in each.value]
        assert len(banners) == (name not in WITHOUT_DIGITS)
        if not banners:
            continue
        (banner,) = banners
        assert banner.startswith("MNIST is not on this machine.")
        assert "`MNIST_APP_DATA`" in text_of(page)
        assert [button.key for button in page.button].count("download_mnist") == 1
        assert "need" not in " ".join(info.value for info in page.info)
    monkeypatch.setattr(arrival, "_share", 0.43)
    page = shown(page.run())
    assert "43% of 11 MB" in text_of(page)
    assert not page.warning
    monkeypatch.setattr(arrival, "_share", None)
    monkeypatch.setenv(data.PATH_VARIABLE, "generated")
    page = shown(page.run())
    assert ["MNIST_APP_DATA=generated" in warning.value for warning in page.warning] == [True]
    assert "download_mnist" not in keys(page)


def test_every_page_opens_without_mnist_and_without_the_decoder(no_mnist, monkeypatch):
    monkeypatch.setattr(generated, "decoder", lambda: None)
    for page in every_page():
        assert not page.warning
