"""How a first layer came to be: written small, read as it was, and never anything else."""

import os

import numpy as np
import pytest

from mnist_app import Damaged, store


def snapshots(epochs=(0, 1, 2, 5)):
    kernels = np.random.default_rng(0).normal(size=(len(epochs), 3, 7, 7)).astype(np.float32)
    return store.Snapshots(tuple(epochs), kernels, np.arange(100 * len(epochs)).reshape(-1, 10, 10))


def test_what_is_written_is_read_with_half_precision(tmp_path):
    given = snapshots()
    for name in ("one.npz", "other.npz"):
        given.write(tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "other.npz").read_bytes()
    read = store.Snapshots.read(tmp_path / "one.npz")
    assert read.epochs == (0, 1, 2, 5)
    assert read.kernels.dtype == np.float32
    np.testing.assert_array_equal(read.confusions, given.confusions)
    np.testing.assert_allclose(read.kernels, given.kernels, rtol=1e-3, atol=1e-6)
    assert not read.kernels.flags.writeable, "what is cached for all sessions is never changed"
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.filterwarnings("error")
def test_weights_out_of_all_bounds_are_the_largest_that_fit(tmp_path):
    kernels = np.array([1e6, -np.inf, 1.0, 0.0], np.float32).reshape(1, 1, 2, 2)
    store.Snapshots((0,), kernels).write(tmp_path / "layer.npz")
    read = store.Snapshots.read(tmp_path / "layer.npz").kernels
    assert read.ravel().tolist() == [65504, -65504, 1, 0]


def test_nothing_is_unpickled(tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "exploded"),)

    np.savez(tmp_path / "layer.npz", epochs=[0], kernels=np.array([Bomb()], dtype=object))
    with pytest.raises(Damaged):
        store.Snapshots.read(tmp_path / "layer.npz")
    assert not (tmp_path / "exploded").exists()


def test_a_file_that_is_cut_or_missing_is_named(tmp_path):
    path = tmp_path / "layer.npz"
    snapshots().write(path)
    whole = path.read_bytes()
    for length in (0, 4, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(Damaged, match=r"layer\.npz is missing or damaged"):
            store.Snapshots.read(path)
    path.unlink()
    with pytest.raises(Damaged, match=r"layer\.npz is missing or damaged"):
        store.Snapshots.read(path)
