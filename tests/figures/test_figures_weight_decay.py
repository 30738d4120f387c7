"""The weight-decay figure: every replicate, its means, the sources' figures and the band, in the right places."""

import pytest

from mnist_app import figures
from mnist_app.evaluation import sweep
from mnist_app.evaluation.results import GENERATED, Proportion
from mnist_app.evaluation.sweep import Point
from tests.figures.reading import heading, named

HOW = {"epochs": 40, "validation": "test"}


def point(factor, *values) -> Point:
    seeds = tuple(range(len(values)))
    return Point(factor, seeds, values, tuple(f"{factor}-{seed}" for seed in seeds))


TWO = (point(1e-5, 0.980, 0.981, 0.982), point(1e-4, 0.983, 0.983))


def test_every_replicate_is_a_dot_with_its_name_and_means_have_the_standard_deviation_as_bars():
    figure = figures.weight_decay(TWO, **HOW)
    dots, means = named(figure, "One replicate"), named(figure, "Mean ±")
    assert dots.x == (1e-5, 1e-5, 1e-5, 1e-4, 1e-4)
    assert dots.y == (0.980, 0.981, 0.982, 0.983, 0.983)
    assert list(dots.customdata) == ["1e-05-0", "1e-05-1", "1e-05-2", "0.0001-0", "0.0001-1"]
    assert means.x == (1e-5, 1e-4)
    assert means.y == pytest.approx((0.981, 0.983))
    assert means.error_y.array == pytest.approx((0.001, 0))


def test_a_dot_tells_its_value_and_its_factors_mean_and_n():
    texts = named(figures.weight_decay([*TWO, point(1e-3, 0.97)], **HOW), "One replicate").text
    assert texts[2] == "factor 1e-5, seed 2: 98.20%<br>mean 98.10% ± 0.10 pp, n = 3"
    assert texts[-1] == "factor 1e-3, seed 0: 97.00%<br>mean 97.00%, n = 1"


def test_hintons_figure_is_a_line_on_the_axis_and_the_band_lies_around_the_mean_of_the_means():
    figure = figures.weight_decay(TWO, **HOW)
    line, band = named(figure, "Hinton"), named(figure, "95% band")
    assert (line.name, line.y) == ("Hinton: 98.47%, claimed by Geoffrey Hinton", (0.9847, 0.9847))
    assert sorted(set(band.y)) == pytest.approx(Proportion(0.982, 10_000).interval)


def test_the_sources_figures_are_drawn_only_when_asked():
    assert not any(trace.name.startswith(("A:", "B:", "C:")) for trace in figures.weight_decay(TWO, **HOW).data)
    figure = figures.weight_decay(TWO, **HOW, reported=True)
    a, b, c = (named(figure, f"{source}:") for source in "ABC")
    assert (a.x, a.y) == ((1e-4,), (0.9819,))
    assert (b.x, b.y) == (sweep.FACTOR_SETS["B"], (0.98177, 0.98190, 0.98087, 0.98153, 0.98013))
    assert b.error_y.array == (0.00034, 0.00080, 0.00158, 0.00029, 0.00113)
    assert (set(c.y), set(a.text), set(b.text)) == ({0.9833}, {"A"}, {"B"})
    left, right = figure.layout.xaxis.range
    assert left < -6 < -3 < right, "B's factors lie on the axis"


def test_the_choice_is_an_upright_line_and_named():
    figure = figures.weight_decay(TWO, **HOW, choice=1e-4)
    (line,) = figure.layout.shapes
    assert (line.x0, line.x1) == (1e-4, 1e-4)
    assert "1e-4, chosen on held-out images" in heading(figure)


def test_the_factor_0_stands_apart_with_its_own_tick():
    figure = figures.weight_decay([point(0.0, 0.981), *TWO], **HOW)
    axis, dots = figure.layout.xaxis, named(figure, "One replicate")
    ticks = dict(zip(axis.ticktext, axis.tickvals, strict=True))
    assert ticks["0"] == dots.x[0] == pytest.approx(1e-6)
    assert "1e-6" not in ticks, "its place would be read as another factor"
    assert axis.range[0] < -6
    (gap,) = figure.layout.shapes
    assert 1e-6 < gap.x0 < 1e-5


def test_the_figure_says_n_epochs_and_validation_data():
    told = heading(figures.weight_decay(TWO, **HOW))
    assert all(part in told for part in ("40 epochs, n = 2 to 3", "1e-5: 3, 1e-4: 2", "the 10,000 test images"))
    told = heading(figures.weight_decay(TWO[:1], epochs=7, validation="held-out"))
    assert all(part in told for part in ("7 epochs, n = 3 for each", "10,000 held-out"))


def test_without_replicates_there_is_hintons_line_and_a_word():
    figure = figures.weight_decay([point(1e-5), point(1e-4)], **HOW)
    assert [trace.name[:6] for trace in figure.data] == ["Hinton"]
    assert "No replicate is here yet." in heading(figure)


def test_an_opened_replicate_is_ringed_and_ours_are_dots_of_their_own_beside_their_factor():
    figure = figures.weight_decay(TWO, **HOW, marked="0.0001-1", ours=point(1e-4, 0.985, 0.986))
    ring, trace = named(figure, "Opened"), named(figure, "Ours")
    assert (ring.x, ring.y) == ((1e-4,), (0.983,))
    assert trace.y == (0.985, 0.986)
    assert all(1e-4 <= x < 2e-4 for x in trace.x)


def test_a_sweep_on_generated_digits_says_so_and_that_the_claim_is_one_for_mnist():
    figure = figures.weight_decay(TWO, **HOW, data=GENERATED)
    assert "Generated digits, not MNIST." in heading(figure)
    assert named(figure, "Hinton").name.endswith("claimed by Geoffrey Hinton for MNIST")
