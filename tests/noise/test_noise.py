"""The noise is what its definition says, the same for the same seed, and only ever grows with its level."""

import hashlib

import numpy as np
import pytest
from scipy import ndimage

from mnist_app.noise import LEVELS, NOISES, corrupt, median_filter, psnr

KINDS = tuple(NOISES)


def _grey(count, *, value=0.5):
    """Images of one grey, in which salt and pepper can both be told from the image."""
    return np.full((count, 28, 28, 1), value, dtype=np.float32)


def _random_images(count, *, seed=0):
    return np.random.default_rng(seed).random((count, 28, 28, 1), dtype=np.float32)


def _digits(count):
    """Half black, a quarter white, the rest of every grey: roughly the tones of digits."""
    return np.clip(_random_images(count, seed=9) * 4 - 2, 0, 1)


def _assert_share(successes, trials, probability):
    """Within 4.5 standard deviations: a fair source fails once in 150,000 such assertions."""
    tolerance = 4.5 * np.sqrt(probability * (1 - probability) / trials)
    assert successes / trials == pytest.approx(probability, abs=tolerance)


def _assert_uncorrelated(first, second):
    first, second = np.ravel(first).astype(float), np.ravel(second).astype(float)
    assert abs(np.corrcoef(first, second)[0, 1]) < 4.5 / np.sqrt(first.size)


def test_the_noise_is_that_of_the_stored_curves():
    noisy = corrupt(_grey(20), level=0.3)
    assert hashlib.sha256(noisy.tobytes()).hexdigest().startswith("c14c0cb558cd0e2b")


@pytest.mark.parametrize("seed", [0, 2**64 - 1])
@pytest.mark.parametrize("level", [0.01, 0.4, 1.0])
def test_salt_and_pepper_flips_its_share_and_half_of_it_to_white(level, seed):
    noisy = corrupt(_grey(300), level=level, seed=seed)
    flipped = noisy != 0.5
    assert set(np.unique(noisy[flipped])) == {0.0, 1.0}
    _assert_share(flipped.sum(), flipped.size, level)
    _assert_share((noisy == 1).sum(), flipped.sum(), 0.5)


def test_salt_and_pepper_flips_each_pixel_by_itself():
    flipped = (corrupt(_grey(400), level=0.4) != 0.5).reshape(-1, 28, 28)
    _assert_uncorrelated(flipped[:, :, 1:], flipped[:, :, :-1])
    _assert_uncorrelated(flipped[:, 1:], flipped[:, :-1])
    _assert_uncorrelated(flipped[1:], flipped[:-1])
    every_pixel = flipped.mean(axis=0)
    assert abs(every_pixel - 0.4).max() < 5.5 * np.sqrt(0.4 * 0.6 / len(flipped))


def test_sliding_up_only_adds_salt_and_pepper():
    clean = _grey(20)
    before = corrupt(clean, level=0)
    for level in np.linspace(0, 1, 101):
        noisy = corrupt(clean, level=level)
        corrupted = before != clean
        assert np.array_equal(noisy[corrupted], before[corrupted])
        before = noisy
    assert (before != clean).all()


def test_gaussian_noise_has_the_spread_of_its_level():
    noisy = corrupt(_grey(300), level=0.1, kind="gaussian")
    assert noisy.mean() == pytest.approx(0.45, abs=0.002)
    assert noisy.std() == pytest.approx(0.1, abs=0.002)


@pytest.mark.parametrize("level", [0.05, 0.24, 0.8])
def test_shot_noise_counts_photons(level):
    """Mean and variance of a Poisson count are both its rate; a dim image keeps the white from being cut off."""
    photons = ((1 - level) / level) ** 2
    brightness = 0.2
    counts = corrupt(_grey(400, value=brightness), level=level, kind="shot") * photons
    assert (np.isclose(counts, np.round(counts), atol=1e-3) | np.isclose(counts, photons)).all()
    if photons > 10:
        rate = brightness * photons
        assert counts.mean() == pytest.approx(rate, abs=4.5 * np.sqrt(rate / counts.size) + 0.003)
        assert counts.var() == pytest.approx(rate, rel=0.02)
    else:
        _assert_share((counts == 0).sum(), counts.size, np.exp(-brightness * photons))


def test_a_pixel_that_went_dark_stays_dark_with_less_light():
    images = _digits(10)
    before = images == 0
    for level in np.linspace(0, 1, 101):
        dark = corrupt(images, level=level, kind="shot") == 0
        assert dark[before].all()
        before = dark
    assert before.all()


@pytest.mark.parametrize("level", [0.0, 0.37, 1.0])
def test_occlusion_hides_the_share_of_its_level(level):
    noisy = corrupt(_grey(50, value=0.0), level=level, kind="occlusion")
    np.testing.assert_allclose(noisy.mean(axis=(1, 2, 3)), level / 2, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", [0, 0.5, 1])
def test_range_shape_and_type_are_kept_and_the_input_is_not_changed(kind, level):
    images = _digits(5)
    original = images.copy()
    noisy = corrupt(images, level=level, kind=kind)
    assert noisy.shape == images.shape
    assert noisy.dtype == np.float32
    assert noisy.min() >= 0
    assert noisy.max() <= 1
    assert not np.shares_memory(noisy, images)
    assert np.array_equal(images, original)
    assert level > 0 or np.array_equal(noisy, images)


@pytest.mark.parametrize("kind", KINDS)
def test_level_1_carries_nothing_of_the_image(kind):
    pictures = [corrupt(images, level=1, kind=kind) for images in (_digits(5), _grey(5), _grey(5, value=1.0))]
    assert np.array_equal(pictures[0], pictures[1])
    assert np.array_equal(pictures[0], pictures[2])


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_picture_and_another_seed_another(kind):
    images = _digits(4)
    picture = corrupt(images, level=0.4, kind=kind, seed=3)
    assert np.array_equal(picture, corrupt(images, level=0.4, kind=kind, seed=np.int64(3)))
    assert not np.array_equal(picture, corrupt(images, level=0.4, kind=kind, seed=4))


@pytest.mark.parametrize("kind", KINDS)
def test_the_rest_of_the_batch_does_not_matter(kind):
    """More images than one chunk, in another order, by themselves: always the same picture for the same index."""
    images = _digits(150)
    together = corrupt(images, level=0.4, kind=kind, seed=5)
    order = np.random.default_rng(1).permutation(150)
    assert np.array_equal(corrupt(images[order], level=0.4, kind=kind, seed=5, indices=order), together[order])
    alone = corrupt(images[140:141], level=0.4, kind=kind, seed=5, indices=[140])
    assert np.array_equal(alone, together[140:141])


@pytest.mark.parametrize("kind", KINDS)
def test_each_image_can_have_its_own_level(kind):
    images = _digits(11)
    together = corrupt(images, level=LEVELS, kind=kind)
    for index, level in enumerate(LEVELS):
        alone = corrupt(images[index : index + 1], level=level, kind=kind, indices=[index])
        assert np.array_equal(together[index : index + 1], alone)


@pytest.mark.parametrize("size", [3, 5])
def test_the_median_filter_is_that_of_scipy(size):
    images = np.concatenate([_random_images(35), corrupt(_digits(35), level=0.4)])
    original = images.copy()
    filtered = median_filter(images, size=size)
    assert filtered.dtype == np.float32
    assert np.array_equal(filtered, ndimage.median_filter(images, size=(1, size, size, 1)))
    assert np.array_equal(images, original)


def test_psnr_of_known_errors():
    reference = _grey(4)
    images = reference.copy()
    images[0] += np.float32(0.1)
    images[1] -= np.float32(0.5)
    images[2, 0, 0] += np.float32(0.28)  # one pixel of 784: a mean squared error of 0.0001
    decibel = psnr(images, reference)
    assert decibel.dtype == np.float64
    assert decibel[:3] == pytest.approx([20, 6.0206, 40], abs=1e-3)
    assert decibel[3] == np.inf
