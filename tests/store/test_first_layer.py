"""How a first layer came to be: written small, read whole while it is rewritten, and never anything else."""

import os
import threading

import numpy as np
import pytest

from mnist_app import Damaged, store
from mnist_app.evaluation.results import History, Proportion
from tests import tiny

EPOCHS, KERNELS = np.array([0, 1]), np.zeros((2, 1, 3, 3), np.float16)


def first_layer(epochs=(0, 1, 2, 5)):
    kernels = np.random.default_rng(0).normal(size=(len(epochs), 3, 7, 7)).astype(np.float32)
    return store.FirstLayer(tuple(epochs), kernels)


def test_what_is_written_is_read_with_half_precision(tmp_path):
    given = first_layer()
    for name in ("one.npz", "other.npz"):
        store.write_first_layer(tmp_path / name, given)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "other.npz").read_bytes()
    read = store.read_first_layer(tmp_path / "one.npz")
    assert read.epochs == (0, 1, 2, 5)
    assert read.kernels.dtype == np.float32
    np.testing.assert_allclose(read.kernels, given.kernels, rtol=1e-3, atol=1e-6)
    assert not read.kernels.flags.writeable, "what is cached for all sessions is never changed"
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.filterwarnings("error")
def test_weights_out_of_all_bounds_are_the_largest_that_fit(tmp_path):
    kernels = np.array([1e6, -np.inf, 1.0, 0.0], np.float32).reshape(1, 1, 2, 2)
    store.write_first_layer(tmp_path / "layer.npz", store.FirstLayer((0,), kernels))
    read = store.read_first_layer(tmp_path / "layer.npz").kernels
    assert read.ravel().tolist() == [65504, -65504, 1, 0]


@pytest.mark.parametrize(
    "arrays",
    [
        {"kernels": KERNELS},
        {"epochs": EPOCHS, "kernels": KERNELS[:1]},
        {"epochs": np.array(7), "kernels": KERNELS},
        {"epochs": EPOCHS, "kernels": np.zeros(5)},
    ],
)
def test_other_arrays_are_refused(tmp_path, arrays):
    np.savez_compressed(tmp_path / "layer.npz", **arrays)
    with pytest.raises(Damaged, match=r"layer.npz holds no first layer"):
        store.read_first_layer(tmp_path / "layer.npz")


def test_nothing_is_unpickled(tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "exploded"),)

    np.savez(tmp_path / "layer.npz", epochs=EPOCHS, kernels=np.array([Bomb()], dtype=object))
    with pytest.raises(Damaged):
        store.read_first_layer(tmp_path / "layer.npz")
    assert not (tmp_path / "exploded").exists()


def test_a_file_damaged_anywhere_is_refused_or_read(tmp_path):
    """With one byte changed, or cut anywhere, the named error alone is raised."""
    path = tmp_path / "layer.npz"
    store.write_first_layer(path, store.FirstLayer((0, 1), KERNELS))
    whole = path.read_bytes()
    refused = 0
    for place in range(0, len(whole), 25):
        for content in (whole[:place], whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :]):
            path.write_bytes(content)
            try:
                store.read_first_layer(path)
            except Damaged:
                refused += 1
    assert refused > len(whole) // 25
    path.unlink()
    with pytest.raises(Damaged):
        store.read_first_layer(path)


def test_it_is_read_whole_while_it_is_rewritten(tmp_path):
    path, stop = tmp_path / "layer.npz", threading.Event()
    store.write_first_layer(path, first_layer((0,)))

    def rewrite():
        last = 0
        while not stop.is_set():
            last = last % 8 + 1
            store.write_first_layer(path, first_layer(range(last + 1)))

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        seen = set()
        while len(seen) < 4:
            seen.add(store.read_first_layer(path).epochs)
    finally:
        stop.set()
        writer.join()


def test_a_model_has_the_first_layer_that_was_saved_with_it(tiny_model):
    assert tiny_model.first_layer is None
    with store.saving(tiny.RECIPE, seed=1) as draft:
        store.write_first_layer(draft.folder / store.FIRST_LAYER_FILE, first_layer((0, 1)))
        draft.finish(history=History((), ()), parameters=1, seconds=1, data="MNIST", test=Proportion(0.5, 10))
    model = store.load(store.name_of(tiny.RECIPE, 1))
    assert model.first_layer.epochs == (0, 1)
    (model.folder / store.FIRST_LAYER_FILE).write_bytes(b"half")
    with pytest.raises(Damaged, match=f"{model.name}: first_layer.npz is missing or damaged"):
        _ = model.first_layer
