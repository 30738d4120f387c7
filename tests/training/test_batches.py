"""What a network is shown: each image once an epoch, in an order and with chance that seed and epoch decide."""

import numpy as np
import pytest

from mnist_app import augmentation, data, noise
from mnist_app.data import Split
from tests.training.samples import FIXED, GENERATOR, TINY, UNIFORM, VARIED, tiny_split

tf = pytest.importorskip("tensorflow")
batches = pytest.importorskip("mnist_app.training.batches")

pytestmark = pytest.mark.training

GREY = np.float32(128) / np.float32(255)


def shown(recipe, split, *, epoch=0, seed=4):
    """All that goes into an epoch and the targets, one after the other, as arrays."""
    return together(batches.one_epoch(recipe, split, seed=seed, epoch=epoch))


def validated(recipe, split, *, seed=4):
    """The same of the validation."""
    batch = batches.validation_batches(recipe, split, seed=seed)
    return together([batch(tf.range(len(split.validation_images)), tf.constant(0, tf.int64))])


def together(parts):
    return [np.concatenate(part) for part in zip(*(tf.nest.flatten(batch) for batch in parts), strict=True)]


def indices_of(images, clean):
    """The place of each image among the clean ones; each must be there exactly once."""
    index_of = {image.tobytes(): index for index, image in enumerate(clean)}
    indices = [index_of[image.tobytes()] for image in images]
    assert sorted(indices) == list(range(len(clean)))
    return indices


def grey_split(count):
    """Images of one grey, in which every pixel that noise replaces is seen."""
    images, labels = np.full((count + 400, 28, 28), 128, np.uint8), np.zeros(count + 400, np.uint8)
    return Split(images[:count], labels[:count], images[count:], labels[count:])


def test_each_image_is_shown_once_an_epoch_in_an_order_of_its_own():
    split = tiny_split()
    orders = []
    for epoch in (0, 1, 0):
        images, labels = shown(TINY, split, epoch=epoch)
        indices = indices_of(images, data.as_images(split.train_images))
        np.testing.assert_array_equal(labels, split.train_labels[indices])
        orders.append(indices)
    assert orders[0] != orders[1]
    assert orders[0] == orders[2], "the order depends on seed and epoch alone"
    assert orders[0] != list(range(300))


# augmentation


def test_images_vary_from_epoch_to_epoch_and_come_again_in_the_same():
    split = tiny_split()
    first, labels = shown(VARIED, split)
    assert (first.shape, first.dtype) == ((300, 28, 28, 1), np.float32)
    again, second, other = (shown(VARIED, split, **changed)[0] for changed in ({}, {"epoch": 1}, {"seed": 5}))
    np.testing.assert_array_equal(first, again)
    for images in (second, other, data.as_images(split.train_images)):
        assert not {image.tobytes() for image in first} & {image.tobytes() for image in images}
    np.testing.assert_array_equal(validated(VARIED, split)[0], data.as_images(split.validation_images))
    plain, plain_labels = shown(VARIED.changed(augmentation="none"), split)
    np.testing.assert_array_equal(labels, plain_labels)
    raw = (plain[:32, :, :, 0] * 255).round().astype(np.uint8)
    rng = np.random.default_rng(np.array([4, -1], np.int64).astype(np.uint64))
    np.testing.assert_array_equal(first[:32, :, :, 0], augmentation.augment(raw, labels[:32], kind="pen", rng=rng))


# noise


def test_with_a_fixed_level_each_image_has_one_noisy_copy_for_all_epochs():
    split = tiny_split()
    clean = data.as_images(split.train_images)
    expected = noise.corrupt(clean, level=0.3, seed=4, indices=np.arange(300))
    orders = []
    for epoch in (0, 1):
        noisy, targets = shown(FIXED, split, epoch=epoch)
        orders.append(indices_of(targets, clean))
        np.testing.assert_allclose(noisy, expected[orders[-1]], atol=1e-6)
    assert orders[0] != orders[1], "the order is another in each epoch"


def test_fresh_noise_is_salt_and_pepper_at_levels_drawn_uniformly():
    noisy, targets = shown(UNIFORM, grey_split(2000))
    assert (targets == GREY).all()
    assert set(np.unique(noisy)) == {np.float32(0), GREY, np.float32(1)}
    replaced = noisy != GREY
    assert_uniform(replaced.mean(axis=(1, 2, 3)), 0.9, tolerance=0.05)
    count = replaced.sum()
    assert (noisy == 1).sum() / count == pytest.approx(0.5, abs=5 * 0.5 / np.sqrt(count))
    places = replaced.mean(axis=0)  # of each pixel over the images: all are hit equally often
    assert abs(places - 0.45).max() < 6 * 0.5 / np.sqrt(2000)


def test_fresh_noise_comes_again_only_in_the_same_epoch_with_the_same_seed():
    """Of grey images the noise is all that is seen, wherever in the order they stand."""
    split, seen = grey_split(300), []
    np.testing.assert_array_equal(shown(UNIFORM, split)[0], shown(UNIFORM, split)[0])
    for seed in (1, 2):
        for epoch in (0, 1):
            noisy, _ = shown(UNIFORM, split, seed=seed, epoch=epoch)
            seen += [image.tobytes() for image in noisy if (image != GREY).sum() > 20]
    assert len(seen) > 1100
    assert len(set(seen)) == len(seen)


def test_validation_noise_is_the_same_in_each_epoch_and_differs_from_that_of_the_training_images():
    split = tiny_split()
    clean = data.as_images(split.validation_images)
    noisy, targets = validated(FIXED, split)
    np.testing.assert_array_equal(targets, clean)
    np.testing.assert_allclose(noisy, noise.corrupt(clean, level=0.3, seed=4, indices=np.arange(300, 400)), atol=1e-6)
    once, again = (validated(UNIFORM, grey_split(100))[0] for _ in "ab")
    np.testing.assert_array_equal(once, again)
    assert_uniform((once != GREY).mean(axis=(1, 2, 3)), 0.9, tolerance=0.1)


def assert_uniform(shares, highest, *, tolerance):
    """Kolmogorov and Smirnov's distance to the uniform distribution from 0 to `highest`."""
    ranks = (np.arange(len(shares)) + 0.5) / len(shares)
    assert abs(np.sort(shares) / highest - ranks).max() < tolerance


# generators


def test_a_generator_is_given_images_digits_and_fresh_normal_noise():
    split = tiny_split()
    first, second, again, other = (
        shown(GENERATOR, split, epoch=epoch, seed=seed) for epoch, seed in ((0, 4), (1, 4), (0, 4), (0, 5))
    )
    for images, digits, normal, targets, _ in (first, second, other):
        indices = indices_of(images, data.as_images(split.train_images))
        np.testing.assert_array_equal(digits, np.eye(10)[split.train_labels[indices]])
        np.testing.assert_array_equal(targets, images)
        assert (normal.shape, normal.dtype) == ((300, 3), np.float32)
        assert abs(normal.mean()) < 5 / np.sqrt(900)
        assert normal.std() == pytest.approx(1, abs=5 / np.sqrt(2 * 900))
    for one, same in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, same)
    numbers = [normal.ravel().tolist() for _, _, normal, *_ in (first, second, other, validated(GENERATOR, split))]
    assert len(set().union(*numbers)) > 0.99 * sum(map(len, numbers)), "each has noise of its own, validation as well"


def test_the_loss_of_a_generator_is_the_bound_a_pixel():
    """Kingma and Welling, 2014: cross-entropy of the pixels and divergence of the code, in nats, over 784."""
    training = pytest.importorskip("mnist_app.training")
    split = tiny_split()
    trained = training.train(GENERATOR.changed(epochs=5), split=split, seed=4)
    images, digits, normal, *_ = validated(GENERATOR, split)
    made, moments = (np.asarray(each).astype(float) for each in trained.model([images, digits, normal]))
    made, clean = np.clip(made, 1e-7, 1 - 1e-7), images.astype(float)
    pixels = -(clean * np.log(made) + (1 - clean) * np.log(1 - made)).mean()
    mean, logarithm = np.split(moments, 2, axis=1)
    divergence = 0.5 * (np.exp(logarithm) + mean**2 - 1 - logarithm).sum(axis=1).mean()
    assert divergence > 0.01
    assert trained.history.epochs[-1].val_loss == pytest.approx(pixels + divergence / 784, rel=1e-4)
    losses = [epoch.loss for epoch in trained.history.epochs]
    assert losses == sorted(losses, reverse=True)
