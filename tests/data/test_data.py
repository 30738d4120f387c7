import gzip
import multiprocessing
import os
from pathlib import Path

import numpy as np
import pytest

from mnist_app import Damaged, Unavailable, data
from mnist_app.data import arrays, sources

IDX = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}


def write_idx(folder: Path, arrays: dict, *, packed: bool = False, dotted: bool = False) -> Path:
    folder.mkdir()
    for name, stem in IDX.items():
        array = arrays[name]
        head = bytes([0, 0, 8, array.ndim]) + b"".join(length.to_bytes(4, "big") for length in array.shape)
        content = head + array.tobytes()
        file = stem.replace("-idx", ".idx") if dotted else stem
        (folder / (file + ".gz" * packed)).write_bytes(gzip.compress(content, 0) if packed else content)
    return folder


def assert_holds(mnist: data.Mnist, arrays: dict) -> None:
    np.testing.assert_array_equal(mnist.train_images, arrays["x_train"])
    np.testing.assert_array_equal(mnist.train_labels, arrays["y_train"])
    np.testing.assert_array_equal(mnist.test_images, arrays["x_test"])
    np.testing.assert_array_equal(mnist.test_labels, arrays["y_test"])
    assert (mnist.train_images.dtype, mnist.train_labels.dtype) == (np.uint8, np.int64)
    for array in (mnist.train_images, mnist.train_labels, mnist.test_images, mnist.test_labels):
        assert not array.flags.writeable


@pytest.mark.mnist
def test_the_real_thing(mnist):
    assert mnist.train_images.shape == (60_000, 28, 28)
    assert mnist.test_images.shape == (10_000, 28, 28)
    assert mnist.train_labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert np.bincount(mnist.test_labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert isinstance(mnist.train_images, np.memmap) or not os.access(Path.home(), os.W_OK)


def test_an_npz_is_read(small_mnist):
    assert_holds(data.load(), small_mnist)


@pytest.mark.parametrize(("packed", "dotted"), [(False, True), (True, False)])
def test_a_folder_of_idx_files_is_read(small_mnist, tmp_path, monkeypatch, packed, dotted):
    folder = write_idx(tmp_path / "idx", small_mnist, packed=packed, dotted=dotted)
    monkeypatch.setenv(data.PATH_VARIABLE, str(folder))
    assert_holds(data.load(), small_mnist)


def test_kerass_cache_is_found_and_the_variable_stands_before_it(small_mnist, tmp_path, monkeypatch):
    cached = tmp_path / "keras" / "datasets" / "mnist.npz"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"not looked at while the variable names a file")
    assert data.find() == tmp_path / "mnist.npz"
    monkeypatch.delenv(data.PATH_VARIABLE)
    (tmp_path / "mnist.npz").replace(cached)
    assert data.find() == cached
    assert_holds(data.load(), small_mnist)


def test_a_path_that_does_not_exist_is_said_so(no_mnist, tmp_path, monkeypatch):
    monkeypatch.setenv(data.PATH_VARIABLE, str(tmp_path / "gone.npz"))
    with pytest.raises(Unavailable, match=r"MNIST_APP_DATA does not exist.*gone\.npz.*Correct the path"):
        data.load()


def test_without_mnist_it_says_where_to_get_it(no_mnist):
    assert data.find() is None
    with pytest.raises(Unavailable, match=r"not on this machine.*Set MNIST_APP_DATA.*mnist_app download"):
        data.load(name=data.NAME, download=False)


WRONG_FILES = {
    "empty": lambda path, arrays: path.write_bytes(b""),
    "truncated": lambda path, arrays: path.write_bytes(path.read_bytes()[:-500]),
    "damaged inside": lambda path, arrays: path.write_bytes(
        path.read_bytes()[:5000] + bytes(3000) + path.read_bytes()[8000:]
    ),
    "arrays missing": lambda path, arrays: np.savez(path, x_train=arrays["x_train"]),
    "pickled": lambda path, arrays: np.savez(path, **(arrays | {"y_test": arrays["y_test"].astype(object)})),
    "other shape": lambda path, arrays: np.savez(path, **(arrays | {"x_test": arrays["x_test"][:-1]})),
    "other bytes": lambda path, arrays: np.savez(path, **(arrays | {"x_train": arrays["x_train"] ^ 1})),
}


@pytest.mark.parametrize("spoil", WRONG_FILES.values(), ids=WRONG_FILES)
def test_a_file_that_is_not_mnist_is_refused(small_mnist, tmp_path, spoil):
    data.load()  # copies of the right file do not stand in for a wrong one
    spoil(tmp_path / "mnist.npz", small_mnist)
    with pytest.raises(Damaged, match=r"mnist\.npz.*cannot be read as MNIST: expected .*, found .+Set MNIST_APP_DATA"):
        data.load()


@pytest.mark.parametrize(
    ("spoil", "error", "found"),
    [
        (lambda path: path.unlink(), Unavailable, "an IDX file is missing: t10k-images-idx3-ubyte"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), Damaged, "found .*reshape"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\1"), Damaged, "array x_test: .* instead of uint8"),
    ],
)
def test_wrong_idx_files_are_refused(small_mnist, tmp_path, monkeypatch, spoil, error, found):
    small_mnist["x_test"].flat[-1] = 0
    folder = write_idx(tmp_path / "idx", small_mnist)
    monkeypatch.setenv(data.PATH_VARIABLE, str(folder))
    spoil(folder / IDX["x_test"])
    with pytest.raises(error, match=f"{found}.*Set MNIST_APP_DATA"):
        data.load()


def test_a_second_load_maps_the_copies(small_mnist, tmp_path, monkeypatch):
    first = data.load()
    monkeypatch.setattr(sources, "read", lambda source: pytest.fail("read again"))
    second = data.load()
    for mnist in (first, second):
        assert isinstance(mnist.train_images, np.memmap)
        assert mnist.train_images.mode == "r"
        assert Path(mnist.train_images.filename).is_relative_to(tmp_path / "copies")
    assert first.train_images.filename == second.train_images.filename
    assert_holds(second, small_mnist)


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY cut"])
def test_copies_that_are_cut_short_are_made_again(small_mnist, content):
    path = Path(data.load().train_images.filename).with_name("y_train.npy")
    whole = path.read_bytes()
    path.write_bytes(content)
    assert_holds(data.load(), small_mnist)
    assert path.read_bytes() == whole


def test_a_cache_that_cannot_be_written_costs_memory_only(small_mnist, tmp_path, monkeypatch):
    (tmp_path / "copies").write_bytes(b"a file where the folder should be")
    mnist = data.load()
    assert_holds(mnist, small_mnist)
    assert not isinstance(mnist.train_images, np.memmap)


def sum_of_pixels(process):
    return int(data.load().train_images.astype(np.int64).sum())


def test_several_processes_may_be_first_at_once(small_mnist, tmp_path):
    with multiprocessing.get_context("fork").Pool(4) as processes:
        assert set(processes.map(sum_of_pixels, range(4), chunksize=1)) == {int(small_mnist["x_train"].sum())}
    assert list((tmp_path / "copies").rglob(".partial-*")) == []


def test_the_split_for_choices_leaves_the_test_images_alone(small_mnist, monkeypatch):
    monkeypatch.setattr(arrays, "_HELD_OUT", 10)
    for validation, images, labels in (
        ("test", small_mnist["x_test"], small_mnist["y_test"]),
        ("held-out", small_mnist["x_train"][50:], small_mnist["y_train"][50:]),
    ):
        split = data.split(data.load(), validation=validation)
        count = 60 if validation == "test" else 50
        np.testing.assert_array_equal(split.train_images, small_mnist["x_train"][:count])
        np.testing.assert_array_equal(split.train_labels, small_mnist["y_train"][:count])
        np.testing.assert_array_equal(split.validation_images, images)
        np.testing.assert_array_equal(split.validation_labels, labels)


def test_images_are_what_networks_take():
    raw = np.arange(2 * 784, dtype=np.uint32).reshape(2, 28, 28).astype(np.uint8)
    images = data.as_images(raw)
    assert (images.shape, images.dtype) == ((2, 28, 28, 1), np.float32)
    assert (images.min(), images.max()) == (0, 1)
    np.testing.assert_array_equal(images[..., 0], raw.astype(np.float32) / np.float32(255))
