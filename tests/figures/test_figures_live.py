"""The curves of a training that runs: right points on one axis, which reaches to the planned end."""

import pytest

from mnist_app.evaluation.results import GENERATED, Batches, Epoch, History
from mnist_app.figures import Curve
from mnist_app.figures.live import batches, training_progress
from tests.figures.reading import heading

EPOCHS = (Epoch(0.5, 0.8, 0.4, 0.85, 2.0), Epoch(0.3, 0.9, 0.25, 0.92, 2.0))
MARKS = tuple(Batches(batch, 100 / batch, batch / 1000) for batch in (100, 200, 250, 350, 450, 500, 600))


def traces(history, **plan):
    figure = training_progress(history, **({"epochs": 4, "steps": 250} | plan))
    return figure, {(trace.name, trace.yaxis): trace for trace in figure.data}


def test_points_stand_at_their_batches():
    _, found = traces(History(EPOCHS, MARKS))
    assert found["Training", "y"].x == (100, 200, 250, 350, 450, 500, 600)
    assert found["Training", "y"].y == (0.1, 0.2, 0.25, 0.35, 0.45, 0.5, 0.6)
    assert found["Training", "y2"].y == tuple(mark.loss for mark in MARKS)
    assert found["Validation", "y"].x == (250, 500)
    assert found["Validation", "y"].y == (0.85, 0.92)
    assert found["Validation", "y2"].y == (0.4, 0.25)


def test_of_an_ended_training_the_first_epoch_may_be_left_out():
    for epochs, first_epoch, since, training in ((2, True, 0, 7), (2, False, 300, 4), (1, False, 0, 7)):
        figure = batches(Curve("CNN", History(EPOCHS[:epochs], MARKS)), first_epoch=first_epoch)
        assert figure.layout.xaxis.range[0] == since
        assert len(figure.data[0].x) == training
        assert figure.data[1].x[-1] == 600
    assert heading(figure).startswith("CNN: every 100th batch")


def test_the_axis_reaches_to_the_planned_end_and_that_of_a_long_training_doubles_as_it_grows():
    figure, _ = traces(History((), MARKS[:1]), epochs=16)
    assert figure.layout.xaxis.range == figure.layout.xaxis2.range == (0, pytest.approx(4000, rel=0.02))
    ends = []
    for batch in (3000, 7000, 30_000, 60_000, 100_000):
        figure, _ = traces(History((), (Batches(batch, 1.0, 0.5),)), epochs=400)
        ends.append(figure.layout.xaxis.range[1])
        assert batch <= ends[-1]
    assert ends == pytest.approx([6250, 12_500, 50_000, 100_000, 100_000], rel=0.02)


def test_the_figure_says_in_the_lines_own_colours_which_is_which():
    figure, found = traces(History(EPOCHS, MARKS))
    told = figure.layout.title.subtitle.text
    for name, word in (("Training", "Line:"), ("Validation", "Diamonds:")):
        assert f'<b style="color:{found[name, "y"].line.color}">{word}</b>' in told
        assert name.lower() in told


def test_a_denoiser_has_a_loss_only():
    epochs = (Epoch(0.5, None, 0.4, None, 2.0),)
    figure, found = traces(History(epochs, (Batches(100, 0.6, None), Batches(250, 0.5, None))), accuracy=False)
    assert set(found) == {("Training", "y"), ("Validation", "y")}
    assert found["Training", "y"].y == (0.6, 0.5)
    assert figure.layout.yaxis.title.text == "Loss"


def test_no_point_at_all_is_an_empty_figure():
    figure, found = traces(History((), ()))
    assert found["Training", "y"].x == ()
    assert (figure.layout.yaxis.range, figure.layout.yaxis2.range) == ((0, 1), (0, 2.4))


def test_the_figure_says_what_it_was_trained_and_validated_on():
    assert "10,000 test images" in heading(traces(History(EPOCHS, MARKS))[0])
    told = heading(traces(History(EPOCHS, MARKS, "held-out"), data=GENERATED)[0])
    assert "held-out" in told
    assert "Generated digits, not MNIST." in told
