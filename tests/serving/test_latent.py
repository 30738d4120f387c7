"""Random points keep to their rule, lines to their ends, and the map to its codes."""

import numpy as np
import pytest

from mnist_app.serving import latent

CODES = np.random.default_rng(5).gamma(2, 3, (500, 4)).astype(np.float32)
CODES[:, 3] = 0  # a unit that never fires
LABELS = np.arange(500) % 10
CODES[LABELS == 7] += [100, 0, 0, 0]


def sample(rule, *, count=200, seed=0, codes=CODES, digit=7):
    return latent.sample(rule, count=count, size=4, seed=seed, codes=codes, labels=LABELS, digit=digit)


@pytest.mark.parametrize("rule", [rule.key for rule in latent.RULES])
def test_the_same_seed_gives_the_same_points_and_another_one_others(rule):
    points = sample(rule)
    assert points.shape == (200, 4)
    assert points.dtype == np.float32
    assert (points == sample(rule)).all()
    assert (points != sample(rule, seed=1)).any()


def test_uniform_points_fill_their_interval_and_do_not_leave_it():
    unit, wide = sample("unit", count=2000), sample("range", count=2000)
    assert unit.min() >= 0
    assert unit.max() <= 1
    assert unit.mean() == pytest.approx(0.5, abs=0.02)
    assert (wide >= CODES.min(0)).all()
    assert (wide <= CODES.max(0)).all()
    assert wide[:, 0].max() > 0.9 * CODES[:, 0].max()


def test_a_gaussian_has_the_mean_and_the_covariance_of_the_codes():
    codes = np.random.default_rng(1).multivariate_normal([1, -2], [[4, 3], [3, 5]], 5000).astype(np.float32)
    points = latent.sample("gaussian", count=20_000, size=2, seed=0, codes=codes)
    assert points.mean(0) == pytest.approx(codes.mean(0), abs=0.1)
    assert np.cov(points.T) == pytest.approx(np.cov(codes.T), abs=0.25)


def test_the_gaussian_of_a_digit_stays_with_that_digits_codes():
    assert sample("digit", digit=7)[:, 0].mean() == pytest.approx(CODES[LABELS == 7, 0].mean(), abs=1)
    assert sample("digit", digit=2)[:, 0].max() < 100


def test_no_number_is_below_0_where_none_is_in_a_code():
    for rule in ("gaussian", "digit"):
        assert sample(rule, count=1000).min() == 0
        assert (sample(rule)[:, 3] == 0).all(), "a unit that never fires does not fire"
    assert latent.sample("gaussian", count=1000, size=4, seed=0, codes=CODES - 5).min() < -5


def test_points_of_the_rule_codes_are_codes_each_at_most_once_while_there_are_enough():
    points = sample("codes", count=500)
    assert {tuple(point) for point in points} == {tuple(code) for code in CODES}
    assert len(sample("codes", count=600)) == 600


def test_a_line_goes_in_equal_steps_from_one_end_to_the_other():
    start, end = np.array([0.0, 4.0]), np.array([1.0, 0.0])
    assert latent.line(start, end, steps=5).tolist() == [[0, 4], [0.25, 3], [0.5, 2], [0.75, 1], [1, 0]]
    images = latent.line(np.zeros((28, 28, 1)), np.ones((28, 28, 1)))
    assert images.shape == (latent.STEPS, 28, 28, 1)
    assert images.dtype == np.float32
    assert images[:, 3, 3, 0] == pytest.approx(np.linspace(0, 1, latent.STEPS), abs=1e-6)


def test_the_distance_from_the_nearest_code_leaves_out_the_point_itself():
    codes = np.array([[0, 0], [3, 4], [30, 40]], np.float32)
    assert latent.to_nearest(codes[:2], codes) == pytest.approx(5)
    assert latent.to_nearest(np.array([[3, 5]], np.float32), codes) == pytest.approx(1)


@pytest.mark.parametrize("stretched", [False, True])
def test_places_on_the_map_and_codes_belong_together(stretched):
    codes = np.array([[-3.2, 1.5], [4.1, 8.9], [0, 5], [0.3, 5.5]], np.float32)
    area = latent.plane(codes, stretched=stretched)
    assert (area.low, area.high) == ((-4, 1), (5, 9))
    assert area.code_at(0, 0) == pytest.approx([-4, 9], abs=1e-5), "the second number grows upwards"
    assert area.code_at(1, 1) == pytest.approx([5, 1], abs=1e-5)
    assert area.code_at(-3, 7) == pytest.approx([-4, 1], abs=1e-5), "outside, it is the nearest edge"
    places = area.places(codes)
    assert ((places >= 0) & (places <= 1)).all()
    assert np.stack([area.code_at(*place) for place in places]) == pytest.approx(codes, abs=1e-5)


def test_stretching_gives_the_crowded_middle_more_room():
    codes = np.concatenate([np.random.default_rng(0).normal(0, 1, (1000, 2)), [[-100, -100], [100, 100]]])
    ends = np.array([[-1, -1], [1, 1]])
    even, wide = (np.ptp(latent.plane(codes, stretched=each).places(ends), axis=0) for each in (False, True))
    assert even == pytest.approx(0.01)
    assert (wide > 0.15).all()


def test_tiles_are_read_like_a_page():
    tiles = latent.Plane((0, 0), (4, 2)).tiles(2)
    assert tiles.tolist() == [[1, 1.5], [3, 1.5], [1, 0.5], [3, 0.5]]


def test_a_conditional_decoder_is_told_the_digit():
    given = latent.with_digits(np.array([0.5, -1], np.float32), np.array([0, 9]))
    assert given.dtype == np.float32
    assert given.tolist() == [[0.5, -1, 1, *[0] * 9], [0.5, -1, *[0] * 9, 1]]


def test_a_mixture_gives_each_digit_codes_like_its_own():
    """Each digit has two clumps, one of them with a third of the codes; no other digit's lie there."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(10), 300)
    left = rng.random(3000) < 1 / 3
    codes = rng.normal(0, [1, 0.2], (3000, 2)) + np.stack([np.where(left, -20, 20), 5 * labels], axis=1)
    mixture = latent.Mixture.fit(codes.astype(np.float32), labels)
    drawn = mixture.sample(labels, seed=1)
    assert (drawn.shape, drawn.dtype) == ((3000, 2), np.float32)
    for digit in range(10):
        real, made = codes[labels == digit], drawn[labels == digit]
        assert (np.abs(made[:, 1] - 5 * digit) < 1.5).all()
        for clump in (lambda points: points[:, 0] < 0, lambda points: points[:, 0] > 0):
            assert clump(made).mean() == pytest.approx(clump(real).mean(), abs=0.1)
            assert made[clump(made)].mean(0) == pytest.approx(real[clump(real)].mean(0), abs=0.4)
            assert made[clump(made)].std(0) == pytest.approx(real[clump(real)].std(0), rel=0.3)
    assert (np.abs(drawn[:, 0]) > 15).all(), "none lies between the clumps"


def test_a_mixture_of_fewer_codes_than_groups_gives_codes_near_them():
    labels = np.repeat(np.arange(10), 3)
    codes = np.random.default_rng(0).normal(0, 10, (30, 4)).astype(np.float32)
    drawn = latent.Mixture.fit(codes, labels).sample(np.full(200, 6), seed=0)
    distances = np.linalg.norm(drawn[:, None] - codes[labels == 6], axis=2)
    assert distances.min(1).max() < 0.1
    assert len(set(distances.argmin(1))) == 3
