"""A stage for the pages: digits, networks and curves that a test knows."""

import functools
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner

from mnist_app import noise
from mnist_app.evaluation.results import MNIST
from mnist_app.serving.denoisers import Denoiser
from mnist_app.ui import dataset, models
from tests.pages.stage import TITLES, classifier, digit_image, noise_curve


@pytest.fixture(autouse=True)
def no_keras(monkeypatch):
    """As in the server's process. Where Keras was imported, by other tests here, Streamlit clears it at every rerun."""
    monkeypatch.delitem(sys.modules, "keras", raising=False)


_components = functools.cache(manifest_scanner.scan_component_manifests)


@pytest.fixture(autouse=True)
def packages_read_once(monkeypatch):
    """AppTest looks for components in every installed package, at each visit anew; this takes longer than the visit."""
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", _components)


@pytest.fixture
def stage(monkeypatch):
    """What the Noise and the Game page work with; a test changes it before it visits."""
    labels = np.arange(10_000) % 10
    images = np.stack([digit_image(digit) for digit in range(10)])[labels]
    runs = {
        "none": lambda images: images,
        "median-3": lambda images: noise.median_filter(images, size=3),
        "median-5": lambda images: noise.median_filter(images, size=5),
        "autoencoder": lambda images: np.stack([digit_image(0)] * len(images)),
    }
    stage = SimpleNamespace(
        digits=SimpleNamespace(images=images, labels=labels, data=MNIST),
        classifiers=[classifier("Rows"), classifier("Seven", lambda images: np.eye(10)[[7] * len(images)])],
        denoisers=[Denoiser(key=key, title=TITLES[key], run=run) for key, run in runs.items()],
        curves={"Rows-1-0": ["none", "median-3", "autoencoder"]},
    )

    def served():
        curves = tuple(noise_curve(key, name) for name, keys in stage.curves.items() for key in keys)
        return models.Served((), tuple(stage.classifiers), tuple(stage.denoisers), curves, damaged=())

    monkeypatch.setattr(models, "served", served)
    monkeypatch.setattr(dataset, "test_digits", lambda: stage.digits)
    monkeypatch.setattr(dataset, "name", lambda: stage.digits and stage.digits.data)
    yield stage
    st.cache_resource.clear()
