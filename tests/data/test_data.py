import contextlib
import gzip
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mnist_app import Damaged, InvalidInput, Unavailable, data
from mnist_app.data import copies, sources
from tests import first_at_once

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


@pytest.mark.mnist
@pytest.mark.parametrize("packed", [False, True])
def test_the_real_thing_as_idx_files(mnist, packed, tmp_path, monkeypatch):
    arrays = {
        "x_train": mnist.train_images, "y_train": mnist.train_labels.astype(np.uint8),
        "x_test": mnist.test_images, "y_test": mnist.test_labels.astype(np.uint8),
    }  # fmt: skip
    monkeypatch.setenv(data.PATH_VARIABLE, str(write_idx(tmp_path / "idx", arrays, packed=packed)))
    monkeypatch.setenv(data.CACHE_VARIABLE, str(tmp_path / "copies"))
    assert_holds(data.load(), arrays)


def test_an_npz_is_read(small_mnist, tmp_path):
    mnist = data.load()
    assert_holds(mnist, small_mnist)
    assert mnist.source == tmp_path / "mnist.npz"


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("dotted", [False, True])
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


def test_kerass_other_cache_is_found(small_mnist, tmp_path, monkeypatch):
    """Keras downloads to /tmp/.keras where its home is not writable."""
    monkeypatch.delenv(data.PATH_VARIABLE)
    (tmp_path / "fallback" / "datasets").mkdir(parents=True)
    (tmp_path / "mnist.npz").replace(tmp_path / "fallback" / "datasets" / "mnist.npz")
    assert_holds(data.load(download=False), small_mnist)


def test_a_path_that_does_not_exist_is_said_so(no_mnist, tmp_path, monkeypatch):
    monkeypatch.setenv(data.PATH_VARIABLE, str(tmp_path / "gone.npz"))
    with pytest.raises(Unavailable, match=r"MNIST_APP_DATA does not exist.*gone\.npz.*Correct the path"):
        data.load()


def test_without_mnist_it_says_where_to_get_it(no_mnist):
    assert data.find() is None
    with pytest.raises(Unavailable, match=r"not on this machine.*Set MNIST_APP_DATA.*mnist_app download"):
        data.load(download=False)


def npz(path: Path, arrays: dict) -> None:
    np.savez(path, **arrays)


WRONG_FILES = {
    "empty": lambda path, arrays: path.write_bytes(b""),
    "text": lambda path, arrays: path.write_text("MNIST"),
    "truncated": lambda path, arrays: path.write_bytes(path.read_bytes()[:-500]),
    "damaged inside": lambda path, arrays: path.write_bytes(
        path.read_bytes()[:5000] + bytes(3000) + path.read_bytes()[8000:]
    ),
    "one array": lambda path, arrays: np.save(path.open("wb"), arrays["x_train"]),
    "arrays missing": lambda path, arrays: npz(path, {"x_train": arrays["x_train"]}),
    "pickled": lambda path, arrays: npz(path, arrays | {"y_test": arrays["y_test"].astype(object)}),
    "other shape": lambda path, arrays: npz(path, arrays | {"x_test": arrays["x_test"][:-1]}),
    "other type": lambda path, arrays: npz(path, arrays | {"y_train": arrays["y_train"].astype(np.int64)}),
    "other bytes": lambda path, arrays: npz(path, arrays | {"x_train": arrays["x_train"] ^ 1}),
    "swapped": lambda path, arrays: npz(path, arrays | {"y_train": arrays["y_train"][::-1]}),
}


@pytest.mark.parametrize("spoil", WRONG_FILES.values(), ids=WRONG_FILES)
def test_a_file_that_is_not_mnist_is_refused(small_mnist, tmp_path, spoil):
    data.load()  # copies of the right file do not stand in for a wrong one
    spoil(tmp_path / "mnist.npz", small_mnist)
    with pytest.raises(Damaged, match=r"mnist\.npz.*expected .*, found .+Set MNIST_APP_DATA"):
        data.load()


class Harmful:
    """Unpickling it makes a folder."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_what_is_pickled_in_a_file_is_not_run(small_mnist, tmp_path):
    npz(tmp_path / "mnist.npz", small_mnist | {"y_test": np.array([Harmful(tmp_path / "made")], object)})
    with pytest.raises(Damaged, match="allow_pickle=False"):
        data.load()
    assert not (tmp_path / "made").exists()


def test_wrong_bytes_and_types_are_told_apart(small_mnist, tmp_path):
    npz(tmp_path / "mnist.npz", small_mnist | {"x_train": small_mnist["x_train"] ^ 1})
    with pytest.raises(Damaged, match=f"bytes of array x_train.*SHA-256 {data.ARRAYS['x_train'][1]}, found"):
        data.load()
    npz(tmp_path / "mnist.npz", small_mnist | {"y_train": small_mnist["y_train"].astype(np.float32)})
    with pytest.raises(Damaged, match=r"array y_train .*uint8 \(60,\), found float32 \(60,\)"):
        data.load()


def test_any_damage_to_the_file_is_a_named_error(small_mnist, tmp_path):
    path, rng = tmp_path / "mnist.npz", np.random.default_rng(0)
    whole = path.read_bytes()
    directory = whole.rindex(b"PK\x01\x02")
    for turn in range(150):
        content = bytearray(whole)
        start = 0 if turn % 2 else directory - 200
        for spot in rng.integers(start, len(whole) if start else 400, 6):
            content[spot] = rng.integers(256)
        path.write_bytes(content[: rng.integers(len(whole) // 2, len(whole))] if turn % 3 == 0 else content)
        with contextlib.suppress(Damaged):
            assert_holds(data.load(), small_mnist)  # the bytes that changed meant nothing


@pytest.mark.parametrize(
    ("spoil", "error", "found"),
    [
        (lambda path: path.unlink(), Unavailable, "An IDX file is missing.*expected t10k-images-idx3-ubyte"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), Damaged, "found .*reshape"),
        (lambda path: path.write_bytes(path.read_bytes()[:3]), Damaged, "found .*"),
        (lambda path: path.write_bytes(b"\0\0\x0d" + path.read_bytes()[3:]), Damaged, "does not begin as an IDX"),
        (lambda path: path.write_bytes(path.read_bytes() + b"\0"), Damaged, "found .*reshape"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\1"), Damaged, "bytes of array x_test"),
    ],
)
def test_wrong_idx_files_are_refused(small_mnist, tmp_path, monkeypatch, spoil, error, found):
    small_mnist["x_test"].flat[-1] = 0
    folder = write_idx(tmp_path / "idx", small_mnist)
    monkeypatch.setenv(data.PATH_VARIABLE, str(folder))
    spoil(folder / IDX["x_test"])
    with pytest.raises(error, match=f"{found}.*Set MNIST_APP_DATA"):
        data.load()


def test_a_truncated_gz_file_is_refused(small_mnist, tmp_path, monkeypatch):
    folder = write_idx(tmp_path / "idx", small_mnist, packed=True)
    monkeypatch.setenv(data.PATH_VARIABLE, str(folder))
    path = folder / (IDX["x_train"] + ".gz")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(Damaged, match="truncated"):
        data.load()


def test_an_unreadable_file_is_unavailable(small_mnist, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(Unavailable, match=r"cannot be read: found .*Permission denied"):
        data.load()


def answer_of(monkeypatch, outcome) -> list:
    asked = []

    def run(command, **options):
        asked.append((command, options))
        if isinstance(outcome, Exception):
            raise outcome
        return outcome(command) if callable(outcome) else outcome

    monkeypatch.setattr(subprocess, "run", run)
    return asked


def test_a_download_goes_to_kerass_cache_in_another_process(small_mnist, tmp_path, monkeypatch):
    monkeypatch.delenv(data.PATH_VARIABLE)

    def download(command):
        (tmp_path / "keras" / "datasets").mkdir(parents=True)
        (tmp_path / "mnist.npz").replace(tmp_path / "keras" / "datasets" / "mnist.npz")
        return subprocess.CompletedProcess(command, 0, "", "")

    asked = answer_of(monkeypatch, download)
    assert_holds(data.load(), small_mnist)
    command, options = asked[0]
    assert command == [sys.executable, "-m", "mnist_app", "download"]
    assert Path(options["cwd"], "mnist_app", "__init__.py").is_file()
    assert options["timeout"] > 0


@pytest.mark.parametrize(
    ("outcome", "found"),
    [
        (subprocess.CompletedProcess([], 1, "", "INFO: starting\nNo route to host\n"), "No route to host"),
        (subprocess.CompletedProcess([], 3, "", ""), "exit code 3"),
        (subprocess.TimeoutExpired("python", 1), "no end after"),
        (OSError(12, "Cannot allocate memory"), "Cannot allocate memory"),
    ],
)
def test_a_download_that_fails_says_why_and_what_else_to_do(no_mnist, monkeypatch, outcome, found):
    answer_of(monkeypatch, outcome)
    with pytest.raises(Unavailable, match=f"{data.DOWNLOAD_ADDRESS}, found {found}.*Set MNIST_APP_DATA"):
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


def test_a_file_of_the_same_content_shares_the_copies(small_mnist, tmp_path, monkeypatch):
    first = data.load()
    monkeypatch.setenv(data.PATH_VARIABLE, str((tmp_path / "mnist.npz").rename(tmp_path / "other.npz")))
    assert data.load().train_images.filename == first.train_images.filename


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-9]),
        lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\xff"),
        lambda path: path.write_bytes(path.read_bytes().replace(b"(", b"[", 1)),
        lambda path: path.unlink(),
    ],
)
def test_damaged_copies_are_made_again(small_mnist, spoil):
    path = Path(data.load().train_images.filename).with_name("y_train.npy")
    whole = path.read_bytes()
    spoil(path)
    assert_holds(data.load(), small_mnist)
    assert path.read_bytes() == whole


def test_a_cache_that_cannot_be_written_costs_memory_only(small_mnist, tmp_path, monkeypatch):
    (tmp_path / "copies").write_bytes(b"a file where the folder should be")
    mnist = data.load()
    assert_holds(mnist, small_mnist)
    assert not isinstance(mnist.train_images, np.memmap)


def test_a_full_disk_costs_memory_only_and_leaves_nothing(small_mnist, tmp_path, monkeypatch):
    def save(file, array):
        file.write(b"x" * 100)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", save)
    assert_holds(data.load(), small_mnist)
    assert [path for path in (tmp_path / "copies").rglob("*") if path.is_file()] == []


def test_what_a_killed_process_left_is_swept_after_an_hour(small_mnist, tmp_path):
    folder = copies.folder_for(sources.fingerprint(tmp_path / "mnist.npz"))
    folder.mkdir(parents=True)
    old, new = folder / ".partial-old", folder / ".partial-new"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    data.load()
    assert (old.exists(), new.exists()) == (False, True)


def test_several_processes_may_be_first_at_once(small_mnist, tmp_path):
    assert first_at_once.sums(data.load, count=4) == {int(small_mnist["x_train"].sum())}
    assert list((tmp_path / "copies").rglob(".partial-*")) == []


def test_the_copies_lie_where_the_user_keeps_caches(monkeypatch, tmp_path):
    monkeypatch.delenv(data.CACHE_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert copies.folder_for("f") == tmp_path / "mnist_app" / "f"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    assert copies.folder_for("f") == Path.home() / ".cache" / "mnist_app" / "f"


def test_the_sources_split_validates_on_the_test_images(small_mnist):
    mnist = data.load()
    split = data.split(mnist)
    assert split.validation == "test"
    assert split.train_images is mnist.train_images
    assert split.validation_labels is mnist.test_labels


def test_the_split_for_choices_leaves_the_test_images_alone(small_mnist):
    split = data.split(data.load(), held_out=10)
    assert split.validation == "held-out"
    np.testing.assert_array_equal(split.train_images, small_mnist["x_train"][:50])
    np.testing.assert_array_equal(split.train_labels, small_mnist["y_train"][:50])
    np.testing.assert_array_equal(split.validation_images, small_mnist["x_train"][50:])
    np.testing.assert_array_equal(split.validation_labels, small_mnist["y_train"][50:])


@pytest.mark.parametrize("held_out", [-1, 60, 1000])
def test_an_impossible_split_is_refused(small_mnist, held_out):
    with pytest.raises(InvalidInput, match=f"expected 0 to 59, found {held_out}"):
        data.split(data.load(), held_out=held_out)


def test_images_are_what_networks_take():
    raw = np.arange(2 * 784, dtype=np.uint32).reshape(2, 28, 28).astype(np.uint8)
    images = data.as_images(raw)
    assert (images.shape, images.dtype) == ((2, 28, 28, 1), np.float32)
    assert (images.min(), images.max()) == (0, 1)
    np.testing.assert_array_equal(images[..., 0], raw.astype(np.float32) / np.float32(255))
