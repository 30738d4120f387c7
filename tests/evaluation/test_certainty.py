import numpy as np
import pytest

from mnist_app.evaluation import certainty


def test_risk_against_coverage_point_by_point():
    sure, wrong = np.array([0.9, 0.5, 0.8, 0.5, 1.0]), np.array([False, True, True, False, False])
    coverage, risk = certainty.risk_coverage(sure, wrong)
    assert coverage.tolist() == [0.2, 0.4, 0.6, 1.0]
    assert risk.tolist() == [0, 0, 1 / 3, 2 / 5]


def test_a_set_needs_the_probability_of_the_definition():
    probabilities, labels = np.tile(np.linspace(0.1, 0.9, 9)[:, None], (1, 10)), np.zeros(9, int)
    for level, least in ((0.9, 0.1), (0.8, 0.2), (0.95, 0)):
        assert certainty.least_probability(probabilities, labels, level=level) == pytest.approx(least)
    sets = [np.isin(range(10), digits) for digits in ([], [3], [3, 8], [3, 5, 8])]
    assert [*map(certainty.in_words, sets)] == ["no digit", "3", "3 or 8", "3, 5 or 8"]


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_on_average_over_calibrations_sets_hold_the_true_digit_as_often_as_promised(level):
    rng, labels, covered = np.random.default_rng(0), np.arange(120) % 10, []
    for _ in range(400):
        powers = rng.exponential(size=(120, 10))
        powers[np.arange(120), labels] += rng.exponential(2, 120)
        probabilities = powers / powers.sum(1, keepdims=True)
        first, rest = certainty.halves(120)
        least = certainty.least_probability(probabilities[first], labels[first], level=level)
        covered.append(np.mean(probabilities[rest, labels[rest]] >= least))
    spread = np.std(covered) / 20  # the exact mean is the next 61st from the level on
    assert level - 3 * spread < np.mean(covered) < level + 1 / 61 + 3 * spread
