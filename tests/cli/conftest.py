"""What the tests of several commands need."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_app import data, store
from tests import drawings

ROOT = Path(__file__).parents[2]


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
def misused(run):
    """Runs a command line that cannot be read: exit code 2, and what is wrong on the error stream."""

    def misused(*arguments):
        code, output, error = run(*arguments)
        assert (code, output) == (2, "")
        assert "Error: " in error

    return misused


@pytest.fixture
def shipped(monkeypatch):
    """The classifiers that come with the project, the most accurate first."""
    monkeypatch.delenv(store.FOLDER_VARIABLE, raising=False)
    models = [m for m in store.list_models().models if m.card.recipe.task == "classify" and m.served]
    return sorted(models, key=lambda model: -model.card.test.value)


@pytest.fixture
def labelled_mnist(small_mnist, tmp_path, monkeypatch):
    """The stand-in for MNIST with every digit equally often: test images float32 (20, 28, 28, 1), and labels (20,)."""
    for name in ("y_train", "y_test"):
        labels = np.arange(len(small_mnist[name]), dtype=np.uint8) % 10
        small_mnist[name] = labels
        monkeypatch.setitem(data.ARRAYS, name, (labels.shape, hashlib.sha256(labels.tobytes()).hexdigest()))
    np.savez_compressed(tmp_path / "mnist.npz", **small_mnist)
    return data.as_images(small_mnist["x_test"]), small_mnist["y_test"]


@pytest.fixture
def picture(tmp_path):
    """Writes a drawn digit to a file and returns its path."""

    def picture(lines, name="digit.png", *, kind="dark on light", side=280):
        ink = np.round(drawings.drawn(lines) * 255).astype(np.uint8)
        image = {
            "dark on light": lambda: Image.fromarray(255 - ink),
            "light on dark": lambda: Image.fromarray(ink),
            "transparent": lambda: Image.fromarray(np.dstack([np.zeros((280, 280, 3), np.uint8), ink])),
        }[kind]()
        image.resize((side, side * 3 // 4)).save(tmp_path / name)
        return tmp_path / name

    return picture


def start(*arguments, **environment):
    """A command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "mnist_app", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {name: str(value) for name, value in environment.items()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
