"""Training on varied images, and training a generator: what goes in, what it is judged by, and that it comes again."""

import numpy as np
import pytest

from mnist_app import augmentation, data
from tests.training.test_training import GENERATOR, VARIED, tiny_split

pytest.importorskip("keras", reason="Keras is not installed")
tf = pytest.importorskip("tensorflow")
training = pytest.importorskip("mnist_app.training")
batches = pytest.importorskip("mnist_app.training.batches")

pytestmark = pytest.mark.training


def seen(recipe, split, *, epoch=0, seed=4):
    """All that goes into an epoch and the targets, in one row, as arrays."""
    epoch = tf.Variable(epoch, dtype=tf.int64)
    return together(batches.training_batches(recipe, split, seed=seed, epoch=epoch))


def judged(recipe, split, *, seed=4):
    """The same of the validation."""
    return together(batches.validation_batches(recipe, split, seed=seed))


def together(found):
    return [np.concatenate(parts) for parts in zip(*(tf.nest.flatten(batch) for batch in found), strict=True)]


def images_of(images):
    return {image.tobytes() for image in images}


# augmentation


@pytest.mark.parametrize("kind", ["affine", "pen"])
def test_images_vary_from_epoch_to_epoch_and_come_again_in_the_same(kind):
    split, recipe = tiny_split(), VARIED.changed(augmentation=kind)
    first, labels = seen(recipe, split)
    assert (first.shape, first.dtype) == ((300, 28, 28, 1), np.float32)
    np.testing.assert_array_equal(np.sort(labels), np.sort(split.train_labels))
    again, second, other = (seen(recipe, split, **changed)[0] for changed in ({}, {"epoch": 1}, {"seed": 5}))
    np.testing.assert_array_equal(first, again)
    for images in (second, other, data.as_images(split.train_images)):
        assert not images_of(first) & images_of(images)


def test_each_image_is_varied_once_with_its_label_by_chance_of_its_own(monkeypatch):
    calls = []

    def vary(images, labels, *, kind, rng):
        calls.append((kind, len(images), rng.random()))
        return images.astype(np.float32) / np.float32(255)

    monkeypatch.setattr(augmentation, "vary", vary)
    split = tiny_split()
    number_of = {image.tobytes(): number for number, image in enumerate(data.as_images(split.train_images))}
    for epoch, seed in ((0, 4), (1, 4), (0, 5)):
        images, labels = seen(VARIED, split, epoch=epoch, seed=seed)
        numbers = [number_of[image.tobytes()] for image in images]
        assert sorted(numbers) == list(range(300))
        np.testing.assert_array_equal(labels, split.train_labels[numbers])
    assert [call[:2] for call in calls] == 3 * [*[("pen", 32)] * 9, ("pen", 12)]
    assert len({call[2] for call in calls}) == 30


def test_what_the_network_is_given_is_what_augmentation_makes():
    split = tiny_split()
    plain, labels = seen(VARIED.changed(augmentation="none"), split)
    varied, _ = seen(VARIED, split)
    rng = np.random.default_rng(np.array([4, -1], np.int64).astype(np.uint64))
    expected = augmentation.augment(
        (plain[:32, :, :, 0] * 255).round().astype(np.uint8), labels[:32], kind="pen", rng=rng
    )
    np.testing.assert_array_equal(varied[:32, :, :, 0], expected)


def test_validation_images_are_never_varied():
    split = tiny_split()
    images, labels = judged(VARIED, split)
    np.testing.assert_array_equal(images, data.as_images(split.validation_images))
    np.testing.assert_array_equal(labels, split.validation_labels)


def test_a_network_with_batch_normalization_is_judged_as_it_is_kept():
    """The figures of the last epoch are those of the float32 network with the means and variances that it keeps."""
    split = tiny_split()
    trained = training.train(VARIED.changed(epochs=1), split=split)
    predicted = trained.model(data.as_images(split.validation_images)).numpy()
    loss = -np.log(predicted[np.arange(100), split.validation_labels]).mean()
    assert trained.history.epochs[-1].val_loss == pytest.approx(loss, rel=1e-4)
    kept = [layer.moving_mean.numpy() for layer in trained.model.layers if hasattr(layer, "moving_mean")]
    assert kept
    assert all(mean.any() for mean in kept)


# generators


def test_a_generator_is_given_images_digits_and_fresh_normal_noise():
    split = tiny_split()
    clean = data.as_images(split.train_images)
    first, second, again, other = (
        seen(GENERATOR, split, epoch=epoch, seed=seed) for epoch, seed in ((0, 4), (1, 4), (0, 4), (0, 5))
    )
    number_of = {image.tobytes(): number for number, image in enumerate(clean)}
    for images, digits, noise, wanted, nothing in (first, second, other):
        numbers = [number_of[image.tobytes()] for image in images]
        assert sorted(numbers) == list(range(300))
        np.testing.assert_array_equal(digits, np.eye(10)[split.train_labels[numbers]])
        np.testing.assert_array_equal(wanted, images)
        assert not nothing.any()
        assert (noise.shape, noise.dtype) == ((300, 3), np.float32)
        assert abs(noise.mean()) < 5 / np.sqrt(900)
        assert noise.std() == pytest.approx(1, abs=5 / np.sqrt(2 * 900))
    for one, same in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, same)
    numbers = [noise.ravel().tolist() for _, _, noise, *_ in (first, second, other, judged(GENERATOR, split))]
    assert len(set().union(*numbers)) > 0.99 * sum(map(len, numbers)), "no noise comes again, nor in validation"


def test_validation_of_a_generator_is_the_same_each_time():
    split = tiny_split()
    once, again = judged(GENERATOR, split), judged(GENERATOR, split)
    for one, other in zip(once, again, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(once[0], data.as_images(split.validation_images))
    np.testing.assert_array_equal(once[1].argmax(axis=1), split.validation_labels)


def test_the_loss_of_a_generator_is_the_bound_a_pixel():
    """Kingma and Welling, 2014: cross-entropy of the pixels and divergence of the code, in nats, over 784."""
    split = tiny_split()
    trained = training.train(GENERATOR, split=split, seed=4)
    images, digits, noise, *_ = judged(GENERATOR, split)
    made, moments = (np.asarray(each).astype(float) for each in trained.model([images, digits, noise]))
    made, clean = np.clip(made, 1e-7, 1 - 1e-7), images.astype(float)
    pixels = -(clean * np.log(made) + (1 - clean) * np.log(1 - made)).mean()
    mean, logarithm = np.split(moments, 2, axis=1)
    divergence = 0.5 * (np.exp(logarithm) + mean**2 - 1 - logarithm).sum(axis=1).mean()
    assert divergence > 0.01
    assert trained.history.epochs[-1].val_loss == pytest.approx(pixels + divergence / 784, rel=1e-4)


def test_a_generator_learns_and_has_losses_alone():
    seen = []
    history = training.train(GENERATOR.changed(epochs=5), split=tiny_split(), watch=seen.append).history
    losses = [epoch.loss for epoch in history.epochs]
    assert losses == sorted(losses, reverse=True)
    assert history.epochs[-1].val_loss < history.epochs[0].val_loss
    assert {each.accuracy for each in (*history.epochs, *history.batches, *seen)} == {None}
    assert {each.val_accuracy for each in (*history.epochs, *seen)} == {None}
