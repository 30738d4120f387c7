"""Digits from a decoder: how many, which, the same each time, and kept; with a tiny decoder and few digits."""

from pathlib import Path

import numpy as np
import pytest

from mnist_app import Unavailable, data, serving, store
from mnist_app.data import generated
from mnist_app.evaluation.results import GENERATED, Epoch, History
from mnist_app.recipes import RECIPES
from tests import tiny_latent
from tests.tiny_latent import MIXTURE


@pytest.fixture
def network():
    return serving.Network(tiny_latent.GENERATOR_FILE)


def test_an_image_shows_the_digit_that_was_asked_for(network):
    labels = np.array([0, 9, 4])
    images = generated.sample(network, MIXTURE, labels, seed=3)
    assert (images.shape, images.dtype) == ((3, 28, 28), np.uint8)
    first_numbers = MIXTURE.sample(labels, seed=3)[:, 0]
    for image, number, digit in zip(images, first_numbers, labels, strict=True):
        np.testing.assert_allclose(image, 255 * tiny_latent.generated(number, digit)[..., 0], atol=1)


def test_many_images_are_the_same_with_the_same_seed_and_others_with_another(network):
    labels = np.arange(5000) % 10
    images = generated.sample(network, MIXTURE, labels, seed=0)
    np.testing.assert_array_equal(images, generated.sample(network, MIXTURE, labels, seed=0))
    np.testing.assert_array_equal(images[:100], generated.sample(network, MIXTURE, labels[:100], seed=0))
    assert (images != generated.sample(network, MIXTURE, labels, seed=1)).mean() > 0.9


def test_what_is_misread_is_drawn_again(network, generated_digits, monkeypatch):
    for part in ("train", "test"):
        monkeypatch.setitem(data.sources.ARRAYS, f"x_{part}", ((40, 28, 28), ""))
    monkeypatch.setattr(generated, "_misread", lambda reader, images, labels: images.mean((1, 2)) < 127)
    plain, judged = (generated.generate(network, MIXTURE, reader) for reader in (None, network))
    for part in ("train", "test"):
        before, after = plain[f"x_{part}"], judged[f"x_{part}"]
        dark = before.mean((1, 2)) < 127
        assert 5 < dark.sum() < 35
        np.testing.assert_array_equal(before[~dark], after[~dark])
        assert (after.mean((1, 2)) >= 127).all()
        np.testing.assert_array_equal(plain[f"y_{part}"], judged[f"y_{part}"])


def test_there_are_as_many_of_each_digit_in_random_order(generated_digits):
    digits = generated.load()
    assert digits.name == GENERATED
    assert (digits.train_images.shape, digits.test_images.shape) == ((600, 28, 28), (100, 28, 28))
    assert (digits.train_images.dtype, digits.train_labels.dtype) == (np.uint8, np.int64)
    assert np.bincount(digits.train_labels).tolist() == [60] * 10
    assert np.bincount(digits.test_labels).tolist() == [10] * 10
    assert (np.diff(digits.train_labels) % 10 != 1).any()
    for array in (digits.train_images, digits.train_labels, digits.test_images, digits.test_labels):
        assert not array.flags.writeable


def test_they_are_generated_once_and_then_mapped(generated_digits, tmp_path):
    first, second = generated.load(), generated.load()
    assert len(generated_digits) == 1
    for digits in (first, second):
        assert isinstance(digits.train_images, np.memmap)
        assert Path(digits.train_images.filename).is_relative_to(tmp_path / "copies")
    np.testing.assert_array_equal(first.test_images, second.test_images)


def test_the_decoder_is_the_declared_one_trained_on_mnist(models_folder):
    assert generated.decoder() is None
    with pytest.raises(Unavailable, match=r"trained decoder cvae, found none.*Set MNIST_APP_DATA"):
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
        store.write_arrays(draft.folder / store.MIXTURE_FILE, **vars(MIXTURE))
        history = History((Epoch(0.5, None, 0.4, None, 1.5),), ())
        draft.finish(history=history, parameters=1, seconds=1, data=data, test=None)
    return store.name_of(recipe, 0, data=data)
