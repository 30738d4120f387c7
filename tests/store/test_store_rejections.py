"""Rejection rules on disk: read back to the same scores, and never used for other weights."""

import dataclasses

import numpy as np
import pytest

from mnist_app import CannotWrite, serving, store
from mnist_app.evaluation import ood_images
from mnist_app.store import rejections
from tests import tiny
from tests.rejection import rejection_of, save_features


@pytest.fixture
def stored(save_tiny):
    """A model with features, its rejection, and where that was stored."""
    model = save_features(save_tiny)
    found = rejection_of(model)
    return model, found, store.save_rejection(found)


def test_a_rejection_survives_the_disk(stored, models_folder):
    model, found, path = stored
    assert path == models_folder / "rejections" / f"{model.name}.npz"
    (read,) = store.list_rejections()
    for field in dataclasses.fields(found):
        if field.name != "reference":
            assert getattr(read, field.name) == getattr(found, field.name), field.name
    images, _ = ood_images.draw("letters", count=10)
    features = serving.open_model(model).features(images)[1]
    assert (read.reference.scores(features, images) == found.reference.scores(features, images)).all()
    with pytest.raises(ValueError, match="read-only"):
        read.reference.means[0] = 0


def test_the_largest_rejection_is_small(stored, monkeypatch):
    """One of a network with 256 features, as far as noise, which hardly packs, can stand for it."""
    rng = np.random.default_rng(0)
    shapes = {"origin": (256,), "axes": (256, 64), "means": (10, 64), "whitening": (10, 64, 64), "images": (10, 784)}
    wide = {name: rng.normal(0, 1, shape).astype(np.float32) for name, shape in shapes.items()}
    wide["components"] = rng.integers(-30, 31, (10, 784, 40)).astype(np.int8)
    wide["steps"] = np.ones((10, 1, 40), np.float32)
    reference = dataclasses.replace(stored[1].reference, **wide)
    path = store.save_rejection(dataclasses.replace(stored[1], reference=reference))
    assert path.stat().st_size <= 400_000


def test_other_weights_have_no_rejection(stored, save_tiny):
    assert len(store.list_rejections()) == 1
    save_tiny(serving=tiny.FEATURES_FILE.read_bytes() + b"\0")
    assert store.list_rejections() == ()


def test_a_model_that_is_gone_has_no_rejection(stored):
    store.delete(stored[0].name)
    assert store.list_rejections() == ()


def test_a_rejection_under_another_models_name_is_none(stored, save_tiny):
    other = save_features(save_tiny, seed=1)
    stored[2].rename(stored[2].with_name(f"{other.name}.npz"))
    assert store.list_rejections() == ()


@pytest.mark.parametrize("content", [b"", b"PK", b"no archive at all"])
def test_a_damaged_rejection_is_left_out(stored, content):
    stored[2].write_bytes(content)
    assert store.list_rejections() == ()


@pytest.mark.parametrize("place", [100, -200])
def test_a_rejection_that_was_cut_short_is_left_out(stored, place):
    stored[2].write_bytes(stored[2].read_bytes()[:place])
    assert store.list_rejections() == ()


def test_an_unknown_format_is_left_out(stored, monkeypatch):
    monkeypatch.setattr(rejections, "FORMAT", 2)
    assert store.list_rejections() == ()


def test_the_state_changes_with_a_rejection(stored):
    before = store.state()
    store.save_rejection(dataclasses.replace(stored[1], threshold=1.0))
    assert store.state() != before
    assert [each.threshold for each in store.list_rejections()] == [1.0]
    assert [path.name for path in stored[2].parent.iterdir()] == [stored[2].name]


def test_where_it_cannot_be_stored_is_said_before_it_is_computed(models_folder):
    models_folder.write_text("a file where the folder should be")
    with pytest.raises(CannotWrite, match=r"The rejection cannot be saved.*MNIST_APP_MODELS"):
        store.prepare_results("rejection")
