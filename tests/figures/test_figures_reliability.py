"""The reliability diagram: bins before and after, with their counts and intervals."""

import pytest

from mnist_app import figures
from mnist_app.evaluation.calibration import Bin, Calibration, Reliability
from mnist_app.evaluation.results import GENERATED, Proportion
from tests.figures.reading import heading, named

BEFORE = Reliability(100, 0.04, (0.02, 0.09), (Bin(0.4, 7 / 15, 10, 0.45, 3), Bin(14 / 15, 1.0, 90, 0.99, 85)))
AFTER = Reliability(100, 0.01, (0.005, 0.05), (Bin(0.4, 7 / 15, 20, 0.44, 9), Bin(14 / 15, 1.0, 80, 0.97, 78)))
FOUND = Calibration(1.5, (1.4, 1.6), BEFORE, AFTER)


@pytest.mark.parametrize(("name", "expected"), [("As the softmax gives them", BEFORE), ("With temperature", AFTER)])
def test_each_bin_is_a_point_with_its_interval_and_a_bar_with_its_count(name, expected):
    figure = figures.reliability(FOUND)
    points, bars = named(figure, name), named(figure, name, "bar")
    assert points.x == tuple(each.probability for each in expected.bins)
    assert points.y == tuple(each.right / each.n for each in expected.bins)
    low, high = Proportion(points.y[0], expected.bins[0].n).interval
    assert points.error_y.array[0] == pytest.approx(high - points.y[0])
    assert points.error_y.arrayminus[0] == pytest.approx(points.y[0] - low)
    assert bars.y == tuple(each.n for each in expected.bins)
    assert points.line.color == bars.marker.color


def test_the_heading_says_errors_with_interval_n_and_temperature():
    told = heading(figures.reliability(FOUND))
    for part in ("All 100 test images", "before: 4.00% (2.00% to 9.00%)", "after: 1.00%", "Temperature 1.50"):
        assert part in told
    assert "not MNIST" not in told
    assert "not MNIST" in heading(figures.reliability(FOUND, data=GENERATED))
