"""Every page opens with the shipped models, shows their figures, and needs no TensorFlow for it."""

import re

import pytest

from tests.end_to_end.conftest import ROOT

pytestmark = pytest.mark.mnist


def numbers(seen):
    """Every number in the page's tables, as text with two decimal places."""
    cells = [cell for table in seen["tables"] for column in table.values() for cell in column]
    return {f"{cell:.2f}" for cell in cells if isinstance(cell, float | int)}


def test_pages_open_and_show_the_stored_figures(house, golden):
    visit = house.open_app()
    paths = re.findall(r"pages/\w+\.py", (ROOT / "explorer.py").read_text("utf-8"))
    seen = {path: visit(path) for path in paths}
    assert len(paths) >= 7
    for path, page in seen.items():
        assert len(page["title"]) == 1, path
        assert path == "pages/how.py" or "What to notice" in page["text"], path
    assert {"99.21", "98.21", "96.95", "91.91"} <= numbers(seen["pages/curves.py"])
    shown = ("1e-06", "1e-05", "0.0001", "0.0005", "0.001")
    for about in ("mean", "sd"):
        assert {f"{100 * golden['weight_decay'][factor][about]:.2f}" for factor in shown} <= numbers(
            seen["pages/weight_decay.py"]
        )
    assert seen["pages/train.py"]["metrics"]["Parameters"] == "55,050"
    changed = visit("pages/train.py", set={"Hidden layers": "100,50", "Epochs": "3"})
    assert changed["metrics"]["Parameters"] == "84,060"
    assert {"tensorflow", "keras"}.isdisjoint(changed["modules"])
