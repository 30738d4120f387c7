"""What several test modules need: MNIST itself or a small stand-in for it, a models folder, and a tiny model."""

import hashlib
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import streamlit as st

from mnist_app import ExplorerError, data, store
from mnist_app.cli import main
from mnist_app.data import generated, sources
from tests import tiny, tiny_latent


@pytest.fixture(scope="session")
def mnist():
    """The real MNIST, never downloaded; mark tests that use it with `mnist`."""
    try:
        return data.load(name=data.NAME, download=False)
    except ExplorerError as error:
        pytest.skip(str(error))


@pytest.fixture(autouse=True)
def no_graphs_left(request):
    """What Keras remembers of the networks of a module's earlier tests makes each further one slower."""
    yield
    if hasattr(request.module, "training") and "keras" in sys.modules:
        sys.modules["keras"].backend.clear_session()


@pytest.fixture
def fresh_caches():
    """Streamlit keeps what is cached as long as the process lives."""
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.fixture
def run(capfd):
    """Runs a command and returns its exit code, standard output and error stream, those of C++ included."""

    def run(*arguments):
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        return code, *capfd.readouterr()

    return run


@pytest.fixture
def no_mnist(tmp_path, monkeypatch):
    """A machine without MNIST: nothing named, empty caches in tmp_path."""
    monkeypatch.delenv(data.PATH_VARIABLE, raising=False)
    monkeypatch.setenv(data.arrays.CACHE_VARIABLE, str(tmp_path / "copies"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(sources, "_KERAS_FALLBACK", tmp_path / "fallback")


@pytest.fixture
def small_mnist(no_mnist, tmp_path, monkeypatch):
    """Stands in for MNIST: 60 and 20 images of noise that `data` takes for it, in an npz that MNIST_APP_DATA names.

    Returns the arrays by name. The file is tmp_path / "mnist.npz".
    """
    rng = np.random.default_rng(0)
    arrays = {}
    for name, (shape, _) in list(data.sources.ARRAYS.items()):
        shape = (60 if "train" in name else 20, *shape[1:])
        arrays[name] = rng.integers(0, 256 if name.startswith("x") else 10, shape, np.uint8)
        monkeypatch.setitem(data.sources.ARRAYS, name, (shape, hashlib.sha256(arrays[name].tobytes()).hexdigest()))
    np.savez_compressed(tmp_path / "mnist.npz", **arrays)
    monkeypatch.setenv(data.PATH_VARIABLE, str(tmp_path / "mnist.npz"))
    return arrays


@pytest.fixture
def generated_digits(no_mnist, tmp_path, monkeypatch):
    """A machine without MNIST and without a network, but with a decoder: 600 and 100 digits of nonsense are generated.

    Returns a list that grows by one entry each time that digits are generated rather than read from the copies.
    """
    for name, (shape, checksum) in list(data.sources.ARRAYS.items()):
        monkeypatch.setitem(data.sources.ARRAYS, name, ((600 if "train" in name else 100, *shape[1:]), checksum))
    mixture = tmp_path / store.MIXTURE_FILE
    store.write_arrays(mixture, **vars(tiny_latent.MIXTURE))
    places = {store.SERVING_FILE: tiny_latent.GENERATOR_FILE, store.MIXTURE_FILE: mixture}
    about = {
        "name": "cvae",
        "card": SimpleNamespace(
            files={name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in places.items()}
        ),
        "path": lambda file=store.SERVING_FILE: places[file],
    }
    monkeypatch.setattr(generated, "decoder", lambda: SimpleNamespace(**about))
    monkeypatch.setattr(data.sources, "reachable", lambda: False)
    monkeypatch.setattr(generated, "classifier", lambda: None)
    made, generate = [], generated.generate
    monkeypatch.setattr(generated, "generate", lambda *networks: made.append(networks) or generate(*networks))
    return made


@pytest.fixture
def labelled_mnist(small_mnist, tmp_path, monkeypatch):
    """The stand-in for MNIST with every digit equally often: test images float32 (20, 28, 28, 1), and labels (20,)."""
    for name in ("y_train", "y_test"):
        labels = np.arange(len(small_mnist[name]), dtype=np.uint8) % 10
        small_mnist[name] = labels
        monkeypatch.setitem(data.sources.ARRAYS, name, (labels.shape, hashlib.sha256(labels.tobytes()).hexdigest()))
    np.savez_compressed(tmp_path / "mnist.npz", **small_mnist)
    return data.as_images(small_mnist["x_test"]), small_mnist["y_test"]


@pytest.fixture
def models_folder(tmp_path, monkeypatch):
    """An empty folder for models, with no shipped ones beside it."""
    monkeypatch.setattr(store.folders, "SHIPPED", tmp_path / "shipped")
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def save_tiny(models_folder):
    """A function that saves the tiny model in the own models folder and returns it as `store.load` does."""

    def save(*, seed=0, accuracy=0.5, serving=tiny.LITERT_FILE, data=data.NAME):
        return tiny.save(tiny.RECIPE, serving, seed=seed, accuracy=accuracy, data=data)

    return save


@pytest.fixture
def save_denoiser(models_folder):
    """The same for the tiny denoiser, or another recipe in its place; without `served`, no weights are kept."""

    def save(recipe=tiny.DENOISER, *, seed=0, serving=tiny.DENOISER_FILE, served=True):
        return tiny.save(recipe, serving if served else None, seed=seed)

    return save


@pytest.fixture
def tiny_model(save_tiny):
    """A stored model of 2,530 parameters that LiteRT serves."""
    return save_tiny()
