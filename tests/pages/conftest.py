"""A stage for the noise and game pages: digits, networks and curves that a test knows."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
import streamlit as st

from mnist_app import jobs, noise, ui
from mnist_app.evaluation.results import MNIST
from mnist_app.serving.denoisers import Denoiser
from mnist_app.ui import digits as ui_digits
from tests.pages.noise_stage import TITLES, curve, digit_image, fake_judge


@pytest.fixture(autouse=True)
def no_keras(monkeypatch):
    """As in the server's process. Where Keras was imported, by other tests here, Streamlit clears it at every rerun."""
    monkeypatch.delitem(sys.modules, "keras", raising=False)


@pytest.fixture(autouse=True)
def no_worker(monkeypatch):
    """A page that would start a worker starts none."""
    monkeypatch.setattr(jobs.Supervisor, "start", lambda self: None)


@pytest.fixture
def stage(monkeypatch):
    """What the page finds; a test changes it before it visits."""
    labels = np.arange(10_000) % 10
    images = np.stack([digit_image(digit) for digit in range(10)])[labels]
    runs = {
        "none": lambda images: images,
        "median-3": lambda images: noise.median_filter(images, size=3),
        "median-5": lambda images: noise.median_filter(images, size=5),
        "autoencoder": lambda images: np.stack([digit_image(0)] * len(images)),
    }
    found = SimpleNamespace(
        digits=SimpleNamespace(images=images, labels=labels, data=MNIST),
        judges=[fake_judge("Rows"), fake_judge("Seven", lambda images: np.eye(10)[[7] * len(images)])],
        denoisers=[Denoiser(key=key, title=TITLES[key], run=run) for key, run in runs.items()],
        curves={"Rows-1-0": ["none", "median-3", "autoencoder"]},
    )
    monkeypatch.setattr(ui, "judges", lambda: SimpleNamespace(ready=tuple(found.judges), unserved=(), damaged=()))
    monkeypatch.setattr(ui, "denoisers", lambda: tuple(found.denoisers))
    monkeypatch.setattr(ui, "test_digits", lambda: found.digits)
    monkeypatch.setattr(ui_digits, "name", lambda: found.digits and found.digits.data)
    monkeypatch.setattr(ui, "noise_curves", lambda name: {key: curve(key, name) for key in found.curves.get(name, ())})
    yield found
    st.cache_resource.clear()
