"""What the tests of several commands need."""

import numpy as np
import pytest
from PIL import Image

from mnist_app import store
from tests import drawings


@pytest.fixture
def fails(run):
    """Runs a command that must fail: exit code 1, one line of error, empty output. Returns the line."""

    def fails(*arguments):
        code, output, error = run(*arguments)
        assert (code, output) == (1, "")
        assert error.startswith("error: ")
        assert error.count("\n") == 1, error
        return error

    return fails


@pytest.fixture
def shipped(monkeypatch):
    """The classifiers that come with the project, the most accurate first."""
    monkeypatch.delenv(store.FOLDER_VARIABLE, raising=False)
    models = [m for m in store.list_models().models if m.card.recipe.task == "classify" and m.served]
    return sorted(models, key=lambda model: -model.card.test.value)


@pytest.fixture
def picture(tmp_path):
    """Writes a drawn digit to a file, dark on light, and returns its path."""

    def picture(lines, name="digit.png", *, side=280):
        ink = np.round(drawings.drawn(lines) * 255).astype(np.uint8)
        Image.fromarray(255 - ink).resize((side, side * 3 // 4)).save(tmp_path / name)
        return tmp_path / name

    return picture
