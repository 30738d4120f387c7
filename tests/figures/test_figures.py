"""Figures hold every selected run, in the right numbers, and say in themselves what a reader must know."""

import pytest

from mnist_app import figures
from mnist_app.evaluation.results import GENERATED, Batches, Epoch, History
from mnist_app.figures import Curve
from tests.figures.reading import heading

THREE = (Epoch(0.40, 0.88, 0.30, 0.91, 2.0), Epoch(0.25, 0.93, 0.22, 0.94, 2.0), Epoch(0.18, 0.96, 0.19, 0.95, 2.0))
MARKS = (Batches(100, 0.9, 0.70), Batches(200, 0.5, 0.85), Batches(300, 0.4, 0.90))


def curve(label="MLP 64-64", *, epochs=THREE, batches=MARKS, validation="test", **more) -> Curve:
    return Curve(label, History(epochs, batches, validation), **more)


def reported(figure) -> list:
    return [trace for trace in figure.data if trace.marker.symbol == "asterisk-open"]


@pytest.mark.parametrize(
    ("view", "training", "validation"),
    [
        ("Close-up", (0.88, 0.93, 0.96), (0.91, 0.94, 0.95)),
        ("Error", (0.12, 0.07, 0.04), (0.09, 0.06, 0.05)),
        ("Loss", (0.40, 0.25, 0.18), (0.30, 0.22, 0.19)),
    ],
)
def test_a_view_draws_its_quantity_as_a_training_and_a_validation_line_a_run(view, training, validation):
    figure = figures.epochs([curve("A"), curve("B", style=1)], view=view)
    assert [trace.y for trace in figure.data] == [pytest.approx(training), pytest.approx(validation)] * 2
    assert {trace.x for trace in figure.data} == {(1, 2, 3)}


def test_an_error_of_zero_is_left_out_of_the_log_axis_and_said():
    perfect = curve(epochs=(Epoch(0.01, 1.0, 0.1, 0.98, 1.0),))
    figure = figures.epochs([perfect], view="Error")
    assert figure.layout.yaxis.type == "log"
    assert figure.data[0].y == (None,)
    assert "error of 0" in heading(figure)


def test_the_close_up_names_the_runs_that_lie_below_it():
    low = curve("Linear", epochs=(Epoch(0.3, 0.91, 0.3, 0.92, 1.0),))
    assert "Below 95%: Linear." in heading(figures.epochs([low, curve("B")], view="Close-up"))


def test_the_figure_says_when_the_validation_data_were_the_test_images_and_stars_these_among_others():
    assert "Validation data: the 10,000 test images." in heading(figures.epochs([curve()]))
    assert "test images" not in heading(figures.epochs([curve(validation="held-out")]))
    figure = figures.epochs([curve("A"), curve("B", validation="held-out")])
    assert [trace.name for trace in figure.data if trace.showlegend] == ["A *", "B"]
    assert "* Validation data: the 10,000 test images." in heading(figure)


def test_reported_figures_stand_at_the_last_epoch_with_the_sources_letter():
    marks = reported(
        figures.epochs([curve(reported=(("B", 0.9815), ("Hinton", 0.9847), ("A", 0.9819)))], reported=True)
    )
    assert [(mark.x, mark.y, mark.text) for mark in marks] == [((3, 3, 3), (0.9815, 0.9819, 0.9847), ("B", "A", "H"))]
    assert len(set(marks[0].textposition)) == 3


def test_reported_figures_are_drawn_only_when_asked_and_never_as_a_loss():
    runs = [curve(reported=(("A", 0.97),))]
    assert not reported(figures.epochs(runs))
    assert not reported(figures.epochs(runs, view="Loss", reported=True))
    assert reported(figures.epochs(runs, view="Error", reported=True))[0].y == pytest.approx((0.03,))


def test_labels_are_shown_as_text_never_as_html():
    wild = curve('<a href="x">&<b>', reported=(("<i>", 0.97),))
    figure = figures.epochs([wild], view="Error", reported=True)
    drawn = figure.to_json() + figures.batches(wild).to_json()
    assert not any(mark in drawn for mark in ("<a", "<i", "\\u003ca", "\\u003ci"))
    assert figure.data[1].name == '&lt;a href="x"&gt;&amp;&lt;b&gt;'


def test_curves_of_generated_digits_are_named_in_the_figure():
    other = curve("Other", data=GENERATED)
    assert "Generated digits, not MNIST." in heading(figures.epochs([other]))
    assert "Generated digits, not MNIST: Other." in heading(figures.epochs([curve(), other]))
    assert "Generated digits, not MNIST." in heading(figures.batches(other))


def test_the_figure_says_which_runs_were_trained_for_far_fewer_epochs_and_whose_the_letters_are():
    short = curve("Short", epochs=THREE[:1], reported=(("Hinton", 0.98), ("D", 0.91)))
    text = heading(figures.epochs([curve("Long", epochs=2 * THREE), short], reported=True))
    assert "Trained for fewer epochs: Short (1 of 6)." in text
    assert "D: solution sheet of a deep-learning course (2020); H: a claim by Geoffrey Hinton, without" in text
    assert "fewer epochs" not in heading(figures.epochs([curve("A"), curve("B")]))


def test_two_near_ticks_of_an_axis_never_have_one_label():
    formats = {figures.epochs([curve()]).layout.yaxis.tickformat, figures.batches(curve()).layout.yaxis.tickformat}
    assert formats == {".4~%"}  # ".0%" would show 0.975 and 0.98 as 98%


def test_all_text_fits_a_phone_and_is_larger_for_a_projector():
    figure = figures.epochs([curve("A", reported=(("A", 0.97), ("B", 0.96), ("H", 0.98)))], reported=True)
    phone, projector = figures.fitted(figure, phone=True), figures.fitted(figure, projector=True)
    lines = [each.layout.title.subtitle.text.split("<br>") for each in (figure, phone)]
    assert max(map(len, lines[0])) > 80 > 44 >= max(map(len, lines[1]))
    assert heading(phone) == heading(projector) == heading(figure)
    larger = [each.layout.xaxis.tickfont.size for each in (projector, figure)]
    assert larger[0] > 1.3 * larger[1]
    assert projector.data[0].marker.size > 1.3 * figure.data[0].marker.size
    assert phone.layout.height - phone.layout.margin.t == figure.layout.height - figure.layout.margin.t
