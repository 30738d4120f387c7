"""Digits from a decoder: how many, which, the same each time, and kept; with a tiny decoder and few digits."""

from pathlib import Path

import numpy as np
import pytest

from mnist_app import data, serving, store
from mnist_app.data import generated
from mnist_app.evaluation.results import GENERATED, Epoch, History
from mnist_app.recipes import RECIPES
from tests import first_at_once, tiny, tiny_latent


@pytest.fixture
def network():
    return serving.Network(tiny_latent.GENERATOR_FILE)


def test_an_image_shows_the_digit_that_was_asked_for(network):
    labels = np.array([0, 9, 4])
    images = generated.draw(network, labels, seed=3, spread=0.0)
    assert (images.shape, images.dtype) == ((3, 28, 28), np.uint8)
    for image, digit in zip(images, labels, strict=True):
        assert (image == np.rint(255 * tiny_latent.generated(0.0, digit)[..., 0])).all()


def test_many_images_are_the_same_with_the_same_seed_and_others_with_another(network):
    labels = np.arange(5000) % 10
    images = generated.draw(network, labels, seed=0)
    np.testing.assert_array_equal(images, generated.draw(network, labels, seed=0))
    np.testing.assert_array_equal(images[:100], generated.draw(network, labels[:100], seed=0))
    assert (images != generated.draw(network, labels, seed=1)).mean() > 0.9


def test_what_is_misread_is_drawn_again(network, generated_digits, monkeypatch):
    for part in ("train", "test"):
        monkeypatch.setitem(data.ARRAYS, f"x_{part}", ((40, 28, 28), ""))
    monkeypatch.setattr(generated, "_misread", lambda reader, images, labels: images.mean((1, 2)) < 127)
    plain, judged = generated.generate(network, None), generated.generate(network, network)
    for part in ("train", "test"):
        before, after = plain[f"x_{part}"], judged[f"x_{part}"]
        dark = before.mean((1, 2)) < 127
        assert 5 < dark.sum() < 35
        np.testing.assert_array_equal(before[~dark], after[~dark])
        assert (after.mean((1, 2)) >= 127).all()
        np.testing.assert_array_equal(plain[f"y_{part}"], judged[f"y_{part}"])


def test_what_is_always_misread_stays_in_the_end(network, generated_digits, monkeypatch):
    monkeypatch.setattr(generated, "_misread", lambda reader, images, labels: labels == 3)
    arrays = generated.generate(network, network)
    assert np.bincount(arrays["y_test"]).tolist() == [10] * 10


def test_the_judge_reads_images_as_networks_take_them():
    tiny_network = serving.Network(tiny.LITERT_FILE)
    images = np.rint(tiny.images(30)[..., 0] * 255).astype(np.uint8)
    read = tiny_network.run(data.as_images(images)).argmax(1)
    wanted = np.where(np.arange(30) % 3 == 0, (read + 1) % 10, read)
    assert generated._misread(tiny_network, images, wanted).tolist() == (wanted != read).tolist()


def test_there_are_as_many_of_each_digit_in_random_order(generated_digits):
    digits = generated.load()
    assert (digits.name, digits.source) == (GENERATED, tiny_latent.GENERATOR_FILE)
    assert (digits.train_images.shape, digits.test_images.shape) == ((600, 28, 28), (100, 28, 28))
    assert (digits.train_images.dtype, digits.train_labels.dtype) == (np.uint8, np.int64)
    assert np.bincount(digits.train_labels).tolist() == [60] * 10
    assert np.bincount(digits.test_labels).tolist() == [10] * 10
    assert (np.diff(digits.train_labels) % 10 != 1).any()
    for array in (digits.train_images, digits.train_labels, digits.test_images, digits.test_labels):
        assert not array.flags.writeable


def test_images_to_train_on_are_not_those_to_test_on(generated_digits):
    digits = generated.load()
    train = {image.tobytes() for image in digits.train_images}
    assert not train >= {image.tobytes() for image in digits.test_images}, "the stand-in knows but few pictures"
    assert (digits.train_images[:100] != digits.test_images).any()


def test_they_are_generated_once_and_then_mapped(generated_digits, tmp_path):
    first, second = generated.load(), generated.load()
    assert len(generated_digits) == 1
    for digits in (first, second):
        assert isinstance(digits.train_images, np.memmap)
        assert Path(digits.train_images.filename).is_relative_to(tmp_path / "copies")
    np.testing.assert_array_equal(first.test_images, second.test_images)


@pytest.mark.parametrize("name", ["x_train", "y_test", "checksums"])
@pytest.mark.parametrize(
    "spoil",
    [lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\xfe")],
    ids=["missing", "changed"],
)
def test_damaged_copies_are_made_again(generated_digits, name, spoil):
    path = Path(generated.load().train_images.filename).with_name(f"{name}.npy")
    whole = path.read_bytes()
    spoil(path)
    generated.load()
    assert len(generated_digits) == 2
    assert path.read_bytes() == whole


def test_a_cache_that_cannot_be_written_costs_memory_only(generated_digits, tmp_path):
    (tmp_path / "copies").write_bytes(b"a file where the folder should be")
    digits = generated.load()
    assert not isinstance(digits.train_images, np.memmap)
    assert not digits.train_images.flags.writeable


def test_another_decoder_or_format_has_copies_of_its_own(generated_digits, monkeypatch):
    model, before = generated.decoder(), generated.load().train_images.filename
    model.card.files[store.SERVING_FILE] = "f" * 64
    after = generated.load(model).train_images.filename
    monkeypatch.setattr(generated, "_FORMAT", 99)
    assert len({before, after, generated.load(model).train_images.filename}) == 3


def test_several_processes_may_be_first_at_once(generated_digits, tmp_path):
    assert first_at_once.sums(generated.load, count=3) == {int(generated.load().train_images.astype(np.int64).sum())}
    assert list((tmp_path / "copies").rglob(".partial-*")) == []


def test_the_decoder_is_the_declared_one_trained_on_mnist(models_folder):
    assert generated.decoder() is None
    with pytest.raises(generated.NoDecoder, match=r"trained decoder cvae, found none.*Set MNIST_APP_DATA"):
        generated.load()
    of_generated = save(data=GENERATED)
    assert store.load(of_generated).card.recipe == RECIPES["cvae"]
    assert generated.decoder() is None
    save(epochs=1)
    assert generated.decoder() is None
    model = tiny_latent.save("cvae")
    assert generated.decoder() == model


def save(*, data=data.NAME, **changes) -> str:
    """The tiny decoder, trained otherwise; the name of its folder."""
    recipe = RECIPES["cvae"].changed(**changes)
    with store.saving(recipe, seed=0) as draft:
        (draft.folder / store.SERVING_FILE).write_bytes(tiny_latent.GENERATOR_FILE.read_bytes())
        history = History((Epoch(0.5, None, 0.4, None, 1.5),), ())
        draft.finish(history=history, parameters=1, seconds=1, data=data, test=None)
    return store.name_of(recipe, 0, data=data)
