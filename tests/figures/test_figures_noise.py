"""The noise figures: right numbers, the source's points, and a frame that a line can be laid over."""

import pytest
from msgspec import structs

from mnist_app import figures
from mnist_app.evaluation.game import Scores
from mnist_app.evaluation.results import GENERATED, NoiseCurve, Proportion
from mnist_app.figures import NoiseLine
from mnist_app.figures.noise_curves import LEFT, RIGHT
from tests.figures.reading import heading, named

LEVELS = tuple(step / 10 for step in range(11))


def curve(denoiser="none", *, correct=None, psnr=None) -> NoiseCurve:
    rows = correct or tuple((100 - 10 * step,) * 10 for step in range(11))
    return NoiseCurve(
        denoiser=denoiser,
        classifier="cnn-1-0",
        kind="salt-and-pepper",
        seed=0,
        levels=LEVELS,
        correct=rows,
        counts=(100,) * 10,
        psnr=psnr or (None, *(20.0 - step for step in range(1, 11))),
    )


def two():
    return [NoiseLine("No denoising", curve(), 0), NoiseLine("Autoencoder", curve("autoencoder"), 3)]


def test_accuracy_is_drawn_for_each_denoiser_against_the_level():
    figure = figures.noise_accuracy(two(), classifier="CNN")
    line = named(figure, "No denoising")
    assert line.x == LEVELS
    assert line.y == pytest.approx([1 - step / 10 for step in range(11)])
    assert named(figure, "Autoencoder").line.color != line.line.color
    assert [trace.name for trace in figure.data if trace.showlegend is not False] == ["No denoising", "Autoencoder"]
    band = named(figure, "No denoising, 95% interval")
    low, high = Proportion(0.5, 1000).interval
    assert (band.x[5], band.y[5]) == (0.5, pytest.approx(high))
    assert (band.x[-6], band.y[-6]) == (0.5, pytest.approx(low))


def test_the_sources_figures_are_points_that_say_c():
    figure = figures.noise_accuracy(two(), classifier="CNN")
    noisy, denoised = named(figure, "No denoising, source C"), named(figure, "Autoencoder, source C")
    assert (noisy.y[4], denoised.y[4]) == (0.6482, 0.9192)
    assert set(noisy.text) == set(denoised.text) == {"C"}
    assert noisy.marker.symbol != denoised.marker.symbol
    assert "C: a report" in heading(figure)


def test_a_line_can_be_laid_over_the_plotting_area():
    for figure in (figures.noise_accuracy(two()[:1], classifier="CNN"), figures.noise_psnr(two())):
        layout = figure.layout
        assert (layout.margin.l, layout.margin.r) == (LEFT, RIGHT)
        assert layout.xaxis.range == (0, 1)
        assert (layout.xaxis.automargin, layout.yaxis.automargin) == (False, False)
        assert layout.height - layout.margin.t - layout.margin.b == 330


def test_psnr_leaves_out_what_is_infinite_and_says_so():
    figure = figures.noise_psnr(two())
    assert named(figure, "No denoising").y[:2] == (None, 19.0)
    assert "no point" in heading(figure)


def test_figures_say_images_noise_and_classifier():
    for draw, lines in ((figures.noise_accuracy, two()), (figures.failure_map, two()[0])):
        told = heading(draw(lines, classifier="CNN <5>"))
        assert "All 1,000 test images, salt-and-pepper noise" in told
        assert "CNN &lt;5&gt;" in told


def test_the_map_shows_each_digits_share_and_where_it_falls_below_one_half():
    rows = tuple((*([49 if step >= 3 else 50] * 9), 100) for step in range(11))
    figure = figures.failure_map(NoiseLine("No denoising", curve(correct=rows)), classifier="CNN")
    heat = figure.data[0]
    assert heat.z[2][2] == 0.5
    assert heat.z[2][3] == 0.49
    assert heat.text[9][10] == "100"
    lines = {shape.y0 + 0.5: shape.x0 for shape in figure.layout.shapes}
    assert lines == dict.fromkeys(range(9), pytest.approx(0.25))
    assert [note.text for note in figure.layout.annotations] == ["0.3"] * 9 + ["never"]


def test_a_player_is_drawn_with_an_interval_into_the_networks_lines():
    you = Scores((0.2, 0.9), (Proportion(1.0, 3), Proportion(0.0, 3)))
    other = Scores((0.2, 0.9), (Proportion(1.0, 3), Proportion(1 / 3, 3)))
    figure = figures.readers(you, {"No denoising": other}, classifier="CNN")
    mine = named(figure, "You")
    assert (mine.x, mine.y) == ((0.2, 0.9), (1.0, 0.0))
    low, high = Proportion(1.0, 3).interval
    assert mine.error_y.array[0] == pytest.approx(high - 1.0)
    assert mine.error_y.arrayminus[0] == pytest.approx(1.0 - low)
    assert named(figure, "No denoising").y == (1.0, 1 / 3)
    assert "3 images at each level" in heading(figure)


def test_other_seeds_are_drawn_thin_and_named_in_the_figure():
    other = structs.replace(curve(), classifier="cnn-1-7")
    spread = figures.noise_accuracy(two(), classifier="CNN", other_seeds=[other])
    assert named(spread, "seed 7").y == pytest.approx([1 - step / 10 for step in range(11)])
    assert "trained with other seeds: 1" in heading(spread)


def test_curves_and_games_of_generated_digits_say_so():
    lines = [NoiseLine("No denoising", structs.replace(curve(), data=GENERATED))]
    you = Scores(LEVELS, tuple(Proportion(0.5, 3) for _ in LEVELS))
    drawn = (
        figures.noise_accuracy(lines, classifier="CNN"),
        figures.noise_psnr(lines),
        figures.failure_map(lines[0], classifier="CNN"),
        figures.readers(you, {}, classifier="CNN", data=GENERATED),
    )
    assert all("Generated digits, not MNIST." in heading(figure) for figure in drawn)
