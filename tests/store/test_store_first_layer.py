"""How a first layer came to be: written small, read whole while it is rewritten, and never anything else."""

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from mnist_app import Damaged, store
from mnist_app.evaluation.results import History, Proportion
from tests import tiny

ROOT = Path(__file__).resolve().parents[2]


def first_layer(epochs=(0, 1, 2, 5), units=3, side=7, seed=0):
    kernels = np.random.default_rng(seed).normal(size=(len(epochs), units, side, side)).astype(np.float32)
    return store.FirstLayer(epochs, kernels)


def written(tmp_path, **arrays):
    np.savez_compressed(tmp_path / "layer.npz", **arrays)
    return tmp_path / "layer.npz"


def test_what_is_written_is_read_with_half_precision(tmp_path):
    given = first_layer()
    store.write_first_layer(tmp_path / "layer.npz", given)
    read = store.read_first_layer(tmp_path / "layer.npz")
    assert read.epochs == (0, 1, 2, 5)
    assert read.kernels.dtype == np.float32
    np.testing.assert_allclose(read.kernels, given.kernels, rtol=1e-3, atol=1e-6)
    assert not read.kernels.flags.writeable, "what is cached for all sessions is never changed"
    assert list(tmp_path.iterdir()) == [tmp_path / "layer.npz"]


def test_the_same_snapshots_give_the_same_bytes(tmp_path):
    for name in ("one", "other"):
        store.write_first_layer(tmp_path / name, first_layer())
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    store.write_first_layer(tmp_path / "other", first_layer((0,)))
    assert store.read_first_layer(tmp_path / "other").epochs == (0,)


def test_where_there_is_no_file_there_is_none(tmp_path):
    assert store.read_first_layer(tmp_path / "layer.npz") is None


@pytest.mark.parametrize("epochs", [(), (1, 1), (2, 1), (-1, 0), (0.5, 1), ("0", "1")])
def test_epochs_are_whole_and_rise(epochs):
    with pytest.raises(Damaged, match="epochs"):
        store.FirstLayer(epochs, np.zeros((len(epochs), 2, 3, 3), np.float32))


@pytest.mark.parametrize(
    "kernels",
    [
        np.zeros((2, 3, 3), np.float32),
        np.zeros((3, 2, 3, 3), np.float32),
        np.zeros((2, 0, 3, 3), np.float32),
        np.zeros((2, 2, 3, 3), np.int64),
        np.zeros((2, 2, 3, 3), np.complex64),
        np.full((2, 2, 3, 3), np.nan, np.float32),
        np.full((2, 2, 3, 3), np.inf, np.float32),
        np.array(["a"]),
    ],
)
def test_kernels_are_finite_and_one_a_snapshot(kernels):
    with pytest.raises(Damaged, match="kernels"):
        store.FirstLayer((0, 1), kernels)


def test_what_half_precision_cannot_hold_is_refused_and_the_old_file_stays(tmp_path):
    store.write_first_layer(tmp_path / "layer.npz", first_layer())
    with pytest.raises(Damaged, match="finite"):
        store.write_first_layer(tmp_path / "layer.npz", store.FirstLayer((0,), np.full((1, 1, 2, 2), 1e6)))
    assert store.read_first_layer(tmp_path / "layer.npz").epochs == (0, 1, 2, 5)
    assert len(list(tmp_path.iterdir())) == 1


EPOCHS, KERNELS = np.array([0, 1]), np.zeros((2, 1, 3, 3), np.float16)


@pytest.mark.parametrize(
    "arrays",
    [
        {"epochs": EPOCHS},
        {"kernels": KERNELS},
        {"epochs": EPOCHS, "kernels": KERNELS[:1]},
        {"epochs": EPOCHS[::-1], "kernels": KERNELS},
        {"epochs": np.array(7), "kernels": KERNELS},
        {"epochs": np.array([[0, 1]]), "kernels": KERNELS},
        {"epochs": EPOCHS, "kernels": np.full_like(KERNELS, np.inf)},
        {"epochs": EPOCHS, "kernels": np.zeros(5)},
    ],
)
def test_other_arrays_are_refused(tmp_path, arrays):
    with pytest.raises(Damaged, match=r"layer.npz holds no first layer"):
        store.read_first_layer(written(tmp_path, **arrays))


def test_nothing_is_unpickled(tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "exploded"),)

    path = written(tmp_path, epochs=EPOCHS, kernels=np.array([Bomb()], dtype=object))
    with pytest.raises(Damaged):
        store.read_first_layer(path)
    assert not (tmp_path / "exploded").exists()


def member(name, content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"half", b"\x93NUMPY\x01\x00", b"\x80\x04.", member("epochs.npy", b"\x93NUMPY\x01\x00\x05\x00{oops")],
)
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / "layer.npz").write_bytes(content)
    with pytest.raises(Damaged):
        store.read_first_layer(tmp_path / "layer.npz")


def test_a_file_damaged_anywhere_is_refused_or_read(tmp_path):
    """With one byte changed, or cut anywhere, nothing but the named error is raised."""
    path = tmp_path / "layer.npz"
    store.write_first_layer(path, first_layer((0, 1), units=1, side=3))
    whole = path.read_bytes()
    refused = 0
    for place in range(0, len(whole), 3):
        for content in (whole[:place], whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :]):
            path.write_bytes(content)
            try:
                store.read_first_layer(path)
            except Damaged:
                refused += 1
    assert refused > len(whole) // 3


def test_a_folder_in_its_place_is_refused(tmp_path):
    with pytest.raises(Damaged):
        store.read_first_layer(tmp_path)


def test_it_is_read_whole_while_another_process_rewrites_it(tmp_path):
    path = tmp_path / "layer.npz"
    store.write_first_layer(path, first_layer((0,)))
    script = f"""
import itertools, pathlib
from tests.store.test_store_first_layer import first_layer, store
for last in itertools.cycle(range(1, 9)):
    store.write_first_layer(pathlib.Path({str(path)!r}), first_layer(range(last + 1)))
"""
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
    try:
        seen = set()
        while len(seen) < 8:
            assert process.poll() is None
            seen.add(store.read_first_layer(path).epochs)
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def model(models_folder):
    """A stored model whose first layer was watched."""
    with store.saving(tiny.RECIPE, seed=0) as draft:
        store.write_first_layer(draft.folder / store.FIRST_LAYER_FILE, first_layer((0, 1)))
        draft.finish(history=History((), ()), parameters=1, seconds=1, data="MNIST", test=Proportion(0.5, 10))
    return store.load(store.name_of(tiny.RECIPE, 0))


def test_a_model_has_the_first_layer_that_was_saved_with_it(model):
    assert set(model.card.files) == {store.FIRST_LAYER_FILE, store.HISTORY_FILE}
    assert model.first_layer.epochs == (0, 1)
    np.testing.assert_allclose(model.first_layer.kernels, first_layer((0, 1)).kernels, rtol=1e-3, atol=1e-6)


def test_a_model_without_one_has_none(tiny_model):
    assert tiny_model.first_layer is None


def test_a_first_layer_that_is_not_the_one_that_was_saved_makes_the_model_damaged(model):
    store.write_first_layer(model.folder / store.FIRST_LAYER_FILE, first_layer((0, 2)))
    (error,) = store.list_models().damaged
    assert store.FIRST_LAYER_FILE in str(error)


def test_a_first_layer_damaged_since_it_was_listed_is_said_so(model):
    (model.folder / store.FIRST_LAYER_FILE).write_bytes(b"half")
    with pytest.raises(Damaged, match=f"{model.name}: first_layer.npz is damaged"):
        _ = model.first_layer
