"""The noise is what its definition says, the same for the same seed, and only ever grows with its level."""

import statistics

import numpy as np
import pytest

from mnist_app import InvalidInput
from mnist_app.noise import LEVELS, NOISES, corrupt, field, median_filter, psnr

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


def test_splitmix64_gives_the_published_sequence():
    counters = np.arange(1, 4, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    expected = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert field._mix(counters).tolist() == expected


@pytest.mark.parametrize("bit", [0, 1, 11, 12, 31, 32, 53, 62, 63])
def test_each_bit_of_the_field_is_a_fair_coin(bit):
    bits = field.field_of(field.keys_of(0, np.arange(500, dtype=np.uint64))) >> np.uint64(bit) & np.uint64(1)
    _assert_share(bits.sum(), bits.size, 0.5)


def test_the_field_is_uniform():
    uniform = field.uniform(field.field_of(field.keys_of(4, np.arange(1000, dtype=np.uint64))))
    counts, _ = np.histogram(uniform, bins=100, range=(0, 1))
    expected = uniform.size / 100
    chi_square = ((counts - expected) ** 2 / expected).sum()
    assert abs(chi_square - 99) < 4.5 * np.sqrt(2 * 99)


def test_neighbours_in_every_direction_are_uncorrelated():
    numbers = np.arange(400, dtype=np.uint64)
    first, other_seed = (field.uniform(field.field_of(field.keys_of(seed, numbers)))[:, :784] for seed in (0, 1))
    planes = first.reshape(-1, 28, 28)
    _assert_uncorrelated(planes[:, :, 1:], planes[:, :, :-1])
    _assert_uncorrelated(planes[:, 1:], planes[:, :-1])
    _assert_uncorrelated(planes[1:], planes[:-1])
    _assert_uncorrelated(first, other_seed)


def test_nearby_seeds_and_numbers_share_no_draw():
    numbers = np.arange(40, dtype=np.uint64)
    fields = np.concatenate([field.field_of(field.keys_of(seed, numbers)) for seed in range(8)])
    assert np.unique(fields).size == fields.size


@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1])
@pytest.mark.parametrize("level", [0.01, 0.1, 0.4, 0.75, 1.0])
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


def test_which_pixels_flip_says_nothing_of_what_they_become():
    flips_early = corrupt(_grey(400), level=0.5) != 0.5
    _assert_uncorrelated(flips_early, corrupt(_grey(400), level=1))


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


def test_gaussian_noise_moves_each_pixel_in_proportion_to_the_level():
    images = _grey(5)
    low, high = (corrupt(images, level=level, kind="gaussian") - (1 - level) * images for level in (0.05, 0.1))
    np.testing.assert_allclose(high, 2 * low, atol=1e-6)


def test_normal_quantiles_are_those_of_the_standard_library():
    uniform = np.concatenate([[2.0**-33, 1e-9, 1e-6], np.linspace(1e-4, 1 - 1e-4, 999), [1 - 1e-6, 1 - 2.0**-33]])
    expected = [statistics.NormalDist().inv_cdf(value) for value in uniform]
    np.testing.assert_allclose(field.normal_quantile(uniform), expected, atol=1e-6)


@pytest.mark.parametrize("level", [0.05, 0.2, 0.24, 0.25, 0.5, 0.8])
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


def test_poisson_quantiles_agree_with_the_summed_probabilities():
    uniform = (np.arange(20_000) + 0.5) / 20_000
    for rate in (0.3, 4.0, 10.0, 10.5, 40.0):
        probabilities = np.cumprod(np.concatenate([[np.exp(-rate)], rate / np.arange(1, 200)]))
        expected = np.searchsorted(np.cumsum(probabilities), uniform, side="right")
        found = field.poisson_quantile(uniform, np.full(uniform.shape, rate))
        assert abs(found - expected).max() <= 1
        assert (found != expected).mean() <= (0.003 if rate > 10 else 0)


def test_a_pixel_that_went_dark_stays_dark_with_less_light():
    images = _digits(10)
    before = images == 0
    for level in np.linspace(0, 1, 101):
        dark = corrupt(images, level=level, kind="shot") == 0
        assert dark[before].all()
        before = dark
    assert before.all()


@pytest.mark.parametrize("level", [0.0, 0.1, 0.37, 0.9, 1.0])
def test_occlusion_hides_the_share_of_its_level(level):
    noisy = corrupt(_grey(50, value=0.0), level=level, kind="occlusion")
    np.testing.assert_allclose(noisy.mean(axis=(1, 2, 3)), level / 2, atol=1e-5)


def test_occlusion_only_grows():
    before = corrupt(_grey(20, value=0.0), level=0, kind="occlusion")
    for level in np.linspace(0, 1, 51):
        noisy = corrupt(_grey(20, value=0.0), level=level, kind="occlusion")
        assert (noisy >= before - 1e-6).all()
        before = noisy


def test_occlusion_starts_at_different_places():
    hidden = corrupt(_grey(400, value=0.0), level=0.05, kind="occlusion")[..., 0]
    assert len(np.unique(hidden.reshape(400, -1), axis=0)) == 400
    for axis in (1, 2):
        centres = (hidden.sum(axis=3 - axis) @ np.arange(0.5, 28)) / hidden.sum(axis=(1, 2))
        reach = 28 * (1 - np.sqrt(0.05))  # centres are uniform over what the block's side leaves of the frame
        assert centres.mean() == pytest.approx(14, abs=4.5 * reach / np.sqrt(12 * 400))
        assert centres.std() == pytest.approx(reach / np.sqrt(12), rel=0.1)


def test_the_registry_is_complete_and_cannot_be_changed():
    assert KINDS == ("salt-and-pepper", "gaussian", "shot", "occlusion")
    for key, entry in NOISES.items():
        assert entry.key == key
        assert entry.title
        assert entry.description.endswith(".")
        assert entry.source.endswith(".")
    with pytest.raises(TypeError):
        NOISES["salt-and-pepper"] = NOISES["shot"]


def test_levels_are_tenths():
    assert LEVELS == (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def test_salt_and_pepper_of_seed_0_is_the_default():
    images = _digits(3)
    assert np.array_equal(corrupt(images, level=0.3), corrupt(images, level=0.3, kind="salt-and-pepper", seed=0))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", [0, 1e-12, 0.3, 0.5, 1 - 1e-12, 1])
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


@pytest.mark.parametrize("kind", KINDS)
def test_level_0_is_the_identity(kind):
    images = _digits(5)
    assert np.array_equal(corrupt(images, level=0, kind=kind), images)


@pytest.mark.parametrize("kind", KINDS)
def test_a_tiny_level_changes_next_to_nothing(kind):
    images = _digits(5)
    changed = np.abs(corrupt(images, level=1e-7, kind=kind) - images)
    assert changed.mean() < 1e-4


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
def test_another_number_gives_another_picture(kind):
    same_image = np.repeat(_digits(1), 30, axis=0)
    noisy = corrupt(same_image, level=0.4, kind=kind).reshape(30, -1)
    assert len(np.unique(noisy, axis=0)) == 30


@pytest.mark.parametrize("kind", KINDS)
def test_the_rest_of_the_batch_does_not_matter(kind):
    """More images than one chunk, in another order, by themselves: always the same picture for the same number."""
    images = _digits(150)
    together = corrupt(images, level=0.4, kind=kind, seed=5)
    order = np.random.default_rng(1).permutation(150)
    assert np.array_equal(corrupt(images[order], level=0.4, kind=kind, seed=5, numbers=order), together[order])
    alone = corrupt(images[140:141], level=0.4, kind=kind, seed=5, numbers=[140])
    assert np.array_equal(alone, together[140:141])


@pytest.mark.parametrize("kind", KINDS)
def test_each_image_can_have_its_own_level(kind):
    images = _digits(11)
    together = corrupt(images, level=LEVELS, kind=kind)
    for number, level in enumerate(LEVELS):
        alone = corrupt(images[number : number + 1], level=level, kind=kind, numbers=[number])
        assert np.array_equal(together[number : number + 1], alone)


@pytest.mark.parametrize("kind", KINDS)
def test_no_images_give_no_images(kind):
    assert corrupt(_grey(0), level=0.5, kind=kind).shape == (0, 28, 28, 1)
    assert corrupt(_grey(0), level=[], kind=kind, numbers=[]).shape == (0, 28, 28, 1)


def _naive_median(images, size):
    margin = size // 2
    filtered = np.empty_like(images)
    for number, image in enumerate(images[..., 0]):
        padded = np.pad(image, margin, mode="symmetric")
        for row in range(28):
            for column in range(28):
                filtered[number, row, column, 0] = np.median(padded[row : row + size, column : column + size])
    return filtered


@pytest.mark.parametrize("size", [1, 3, 5, 7, 9])
def test_the_median_filter_agrees_with_the_definition(size):
    images = _random_images(2)
    original = images.copy()
    filtered = median_filter(images, size=size)
    assert np.array_equal(filtered, _naive_median(images, size))
    assert filtered.dtype == np.float32
    assert np.array_equal(images, original)


@pytest.mark.parametrize("count", [0, 1, 31, 32, 33, 70])
def test_the_median_filter_treats_each_image_by_itself(count):
    images = _random_images(count)
    filtered = median_filter(images, size=3)
    assert filtered.shape == images.shape
    for number in range(count):
        assert np.array_equal(filtered[number : number + 1], median_filter(images[number : number + 1], size=3))


def test_at_size_3_mirroring_is_repeating_the_border():
    image = _random_images(1)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(image[0, :, :, 0], 1, mode="edge"), (3, 3))
    assert np.array_equal(median_filter(image, size=3)[0, :, :, 0], np.median(windows, axis=(2, 3)))


def test_the_median_filter_removes_single_specks():
    images = _grey(1, value=0.0)
    images[0, 5, 5], images[0, 0, 20], images[0, 15, 3] = 1, 1, 1
    assert not median_filter(images, size=3).any()


@pytest.mark.parametrize("size", [0, 2, 4, -3, 11, 3.0, "3", None])
def test_a_filter_size_that_is_not_odd_or_too_large_is_refused(size):
    with pytest.raises(InvalidInput, match=r"odd whole number from 1 to 9, found .* Use 3 or 5\."):
        median_filter(_grey(1), size=size)


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


def test_psnr_of_black_against_white_is_zero():
    assert psnr(_grey(2, value=0.0), _grey(2, value=1.0)).tolist() == [0, 0]


def test_psnr_of_no_images_is_empty():
    assert psnr(_grey(0), _grey(0)).shape == (0,)


def test_psnr_needs_one_reference_for_each_image():
    with pytest.raises(InvalidInput, match="one reference for each image"):
        psnr(_grey(3), _grey(1))


@pytest.mark.parametrize(
    "level",
    [
        -0.01,
        1.0000001,
        np.nan,
        np.inf,
        "0.3",
        None,
        True,
        1j,
        [0.1, 0.2],
        [0.1, 0.2, 1.5],
        [0.1, [0.2], 0.3],
        [[0.1]] * 3,
    ],
)
def test_a_level_that_is_no_number_between_0_and_1_is_refused(level):
    with pytest.raises(InvalidInput, match=r"expected a number in \[0, 1\].*found .*from 0 \(no noise\) to 1"):
        corrupt(_grey(3), level=level)


def test_the_refusal_of_a_level_shows_all_its_digits():
    with pytest.raises(InvalidInput, match=r"found 1\.0000001"):
        corrupt(_grey(1), level=1.0000001)


@pytest.mark.parametrize("kind", ["pepper", "", None, ["shot"]])
def test_an_unknown_kind_is_refused(kind):
    with pytest.raises(InvalidInput, match="salt-and-pepper, gaussian, shot, occlusion, found"):
        corrupt(_grey(1), level=0.3, kind=kind)


@pytest.mark.parametrize(
    ("images", "found"),
    [
        ([[0.0]], "found list"),
        (np.zeros((28, 28, 1), np.float32), r"found \(28, 28, 1\)"),
        (np.zeros((2, 28, 28), np.float32), r"found \(2, 28, 28\)"),
        (np.zeros((2, 28, 28, 3), np.float32), r"found \(2, 28, 28, 3\)"),
        (np.zeros((2, 784), np.float32), r"found \(2, 784\)"),
        (np.zeros((2, 28, 28, 1)), "found float64"),
        (np.zeros((2, 28, 28, 1), np.uint8), "found uint8"),
        (np.full((2, 28, 28, 1), 255, np.float32), r"found 255\.0 to 255\.0"),
        (np.full((2, 28, 28, 1), -0.5, np.float32), r"found -0\.5 to -0\.5"),
        (np.full((2, 28, 28, 1), np.nan, np.float32), "found nan to nan"),
    ],
)
def test_what_is_not_images_is_refused_everywhere(images, found):
    for refuses in (
        lambda: corrupt(images, level=0.3),
        lambda: median_filter(images, size=3),
        lambda: psnr(images, _grey(2)),
        lambda: psnr(_grey(2), images),
    ):
        with pytest.raises(InvalidInput, match=found + r".*Scale the pixels to \[0, 1\]"):
            refuses()


@pytest.mark.parametrize("seed", [-1, 2**64, 0.5, "1", None])
def test_a_seed_that_is_no_whole_number_is_refused(seed):
    with pytest.raises(InvalidInput, match="a whole number from 0"):
        corrupt(_grey(1), level=0.3, seed=seed)


@pytest.mark.parametrize("numbers", [[0], [0, 1, 2], [0, -1], [0.0, 1.0], ["a", "b"], 5, [[0, 1]], [[0], [1, 2]]])
def test_image_numbers_must_be_one_whole_number_per_image(numbers):
    with pytest.raises(InvalidInput, match="2 whole numbers from 0, one per image"):
        corrupt(_grey(2), level=0.3, numbers=numbers)
