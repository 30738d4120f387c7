"""Temperature scaling and the calibration error, on probabilities whose right temperature is known."""

import numpy as np
import pytest

from mnist_app.evaluation import calibration


def answers(sharpness=1.0, n=4000, seed=0):
    """Probabilities of a network that is `sharpness` times surer than it should be, and labels."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(0, 2, (n, 10))
    true = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    labels = (true.cumsum(1) > rng.random((n, 1))).argmax(1)
    given = np.exp(sharpness * scores)
    return (given / given.sum(1, keepdims=True)).astype(np.float32), labels


@pytest.mark.parametrize("sharpness", [0.5, 3.0])
def test_the_temperature_undoes_what_made_the_network_too_sure(sharpness):
    assert calibration.find_temperature(*answers(sharpness)) == pytest.approx(sharpness, rel=0.06)


def test_probabilities_of_exactly_nothing_and_one_can_be_scaled():
    scaled = calibration.temperature_scale(np.eye(10, dtype=np.float32), 2.0)
    np.testing.assert_allclose(scaled.sum(1), 1, atol=1e-5)
    assert (scaled.argmax(1) == np.arange(10)).all()


def test_the_calibration_error_is_the_gap_weighted_by_the_images():
    probabilities = np.zeros((10, 10), np.float32)
    probabilities[:, 1] = 0.1
    probabilities[:, 0] = 0.9
    labels = np.zeros(10, int)
    labels[:4] = 1
    found = calibration.reliability(probabilities, labels)
    assert found.error == pytest.approx(0.3)
    (only,) = found.bins
    assert (only.n, only.right) == (10, 6)
    assert only.low < only.probability <= only.high
    assert only.high - only.low == pytest.approx(1 / 15)


def test_a_too_sure_network_is_mended_on_images_that_the_temperature_was_not_found_on():
    found = calibration.cross_fit(*answers(3.0))
    assert found.temperature == pytest.approx(3.0, rel=0.05)
    assert found.temperature == pytest.approx(np.mean(found.halves))
    assert found.halves[0] != found.halves[1]
    assert found.after.error < 0.2 * found.before.error
    assert sum(each.n for each in found.before.bins) == found.after.n == 4000
    low, high = found.before.interval
    assert low < found.before.error < high


def test_the_same_seed_gives_the_same_calibration():
    given = answers(2.0, n=500)
    assert calibration.cross_fit(*given) == calibration.cross_fit(*given)
    assert calibration.cross_fit(*given) != calibration.cross_fit(*given, seed=1)


def test_each_half_is_scaled_by_the_temperature_of_the_other():
    """One half is far too sure; scaled by its own temperature it would be mended."""
    (sure, labels), (right, others) = answers(4.0), answers(1.0, seed=1)
    order = np.random.default_rng(0).permutation(8000)
    probabilities, digits = np.empty((8000, 10), np.float32), np.empty(8000, int)
    for half, given, digit in ((order[::2], sure, labels), (order[1::2], right, others)):
        probabilities[half], digits[half] = given, digit
    found = calibration.cross_fit(probabilities, digits, seed=0)
    assert found.halves == pytest.approx((4, 1), rel=0.06)
    assert found.after.error > 0.1
