"""A rejection: at most one test image in a hundred rejected, and shares that are counted as they say."""

import numpy as np
import pytest

from mnist_app.evaluation import rejection
from mnist_app.evaluation.results import Proportion

N = 500
ABOUT = {"model": "m-1-0", "checksum": "c", "data": "MNIST", "finished": "2026-01-01T00:00:00+00:00"}


def stripes(labels, seed):
    """Images with two rows of white, which say the digit, and some noise."""
    images = np.random.default_rng(seed).uniform(0, 0.2, (len(labels), 28, 28, 1)).astype(np.float32)
    for image, label in zip(images, labels, strict=True):
        image[4 + 2 * label : 6 + 2 * label] += 0.8
    return images


def network(images):
    """Reads the rows; surer than it should be. Its features are the rows themselves."""
    rows = images[:, 4:24].reshape(len(images), 10, -1).mean(2)
    powers = np.exp(30 * rows.astype(np.float64))
    return (powers / powers.sum(1, keepdims=True)).astype(np.float32), rows


@pytest.fixture(scope="module")
def fitted():
    labels = np.arange(N) % 10
    test_labels = labels.copy()
    test_labels[:25] = (labels[:25] + 1) % 10  # a twentieth of the labels is wrong, so that the network is too sure
    noise = np.random.default_rng(5).random((40, 28, 28, 1)).astype(np.float32)
    found = rejection.fit(
        network,
        training=(stripes(labels, 0), labels),
        test=(stripes(labels, 1), test_labels),
        drawings={"noise": noise, "digits": stripes(labels[:50], 2)},
        metadata=ABOUT,
        seed=0,
    )
    return found, noise


def test_at_most_one_test_image_in_a_hundred_is_rejected(fitted):
    rates = {each.kind: each for each in fitted[0].rates}
    assert list(rates) == ["test", "noise", "digits"]
    assert (rates["test"].n, rates["test"].rejected) == (N, 5)
    assert rates["digits"].rejected <= 5
    assert rates["noise"].share == Proportion(1.0, 40)
    assert rates["noise"].sure_now == 0


def test_a_too_sure_network_gets_a_temperature_above_one(fitted):
    found = fitted[0]
    assert found.temperature > 1.5
    assert found.calibration.after.error < found.calibration.before.error
    test = found.rates[0]
    assert test.sure_now < test.sure_before


def test_noise_is_rejected_and_digits_are_not_with_temperature_scaled_guesses(fitted):
    found, noise = fitted
    digits = stripes(np.arange(10), 2)
    for images, rejected in ((noise[:10], True), (digits, False)):
        decisions = found.decide(*network(images), images)
        assert {each.rejected for each in decisions} == {rejected}
        assert {each.threshold for each in decisions} == {found.threshold}
    assert [each.guess.digit for each in decisions] == list(range(10))
    assert all(each.guess.probability < network(digits)[0].max() for each in decisions)
