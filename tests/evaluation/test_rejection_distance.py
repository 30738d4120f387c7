"""The score for what is no digit: low for what it was fitted on, high where features or pixels are elsewhere."""

import numpy as np
import pytest

from mnist_app.evaluation.rejection import distance

LABELS = np.arange(400) % 10


def sample(seed=0, features=24):
    """Features in ten directions and images of ten kinds of stripes, 400 each, with noise."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(0, 1, (10, features))
    images = np.zeros((len(LABELS), 28, 28, 1), np.float32)
    for place, label in enumerate(LABELS):
        images[place, 4 + 2 * label : 6 + 2 * label] = 1
    images += rng.uniform(0, 0.2, images.shape).astype(np.float32)
    return (centres[LABELS] + rng.normal(0, 0.15, (len(LABELS), features))).astype(np.float32), images.clip(0, 1)


@pytest.fixture(scope="module")
def reference():
    return distance.fit(*sample(), LABELS)


def test_what_it_was_fitted_on_scores_about_zero(reference):
    scores = reference.scores(*sample())
    assert scores.shape == (400,)
    assert scores.dtype == np.float32
    assert scores.mean() == pytest.approx(0, abs=0.02)


def test_features_between_the_classes_score_higher(reference):
    features, images = sample(1)
    between = np.random.default_rng(3).normal(0, 1, features.shape).astype(np.float32)
    assert reference.scores(between, images).min() > np.quantile(reference.scores(features, images), 0.99)


def test_an_image_of_no_class_scores_higher_although_its_features_are_usual(reference):
    features, images = sample(1)
    turned = images.swapaxes(1, 2)
    assert reference.scores(features, turned).min() > np.quantile(reference.scores(features, images), 0.99)


def test_an_image_alone_scores_as_among_others(reference):
    features, images = sample(1)
    alone = [reference.scores(features[k : k + 1], images[k : k + 1])[0] for k in range(5)]
    np.testing.assert_allclose(alone, reference.scores(features, images)[:5], atol=1e-3)
