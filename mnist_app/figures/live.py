"""A training's curves while it runs: loss and accuracy per 100th batch and per epoch, on one axis of batches."""

from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from mnist_app.evaluation.results import MNIST, Batches, Epoch, History
from mnist_app.figures.style import COLOURS, HALF, PERCENT, lay_out

_TRAINING, _VALIDATED = COLOURS[1:3]
_WORDS = ("Line:", "Diamonds:")
_PLOT = {1: 260, 2: 350}  # pixels, the height of the plotting area, by the number of rows
_EMPTY = {"accuracy": (0, 1), "loss": (0, 2.4)}  # axes without any point; ten equal probabilities have a loss of 2.3
_ROOM = 0.012  # share of the axis behind its end, for half a marker
_SHORT, _FULL = (16, 0.8)  # epochs always shown to their planned end; share of a shorter axis that is filled at most
_MOST_MARKERS = 24  # of a curve; more would run together
_VALIDATION = {"test": "the 10,000 test images", "held-out": "the 10,000 held-out training images"}


def training_progress(
    history: History, *, epochs: int, steps: int, accuracy: bool = True, data: str = MNIST
) -> go.Figure:
    """What is known of a training so far, on an axis that reaches to its planned end.

    At the start of a long training the axis is shorter, so that the curve fills it, and doubles as that grows. An epoch
    has that many steps. A denoiser has no accuracy.
    """
    quantities = ("accuracy", "loss") if accuracy else ("loss",)
    figure = make_subplots(rows=len(quantities), cols=1, shared_xaxes=True, vertical_spacing=0.06)
    for row, quantity in enumerate(quantities, 1):
        shape = ".2%" if quantity == "accuracy" else ".4f"
        figure.add_trace(_training(history.batches, quantity, shape), row=row, col=1)
        figure.add_trace(_validation(history.epochs, steps, quantity, shape), row=row, col=1)
        if not history.batches:
            figure.update_yaxes(range=_EMPTY[quantity], row=row)
        figure.update_yaxes(
            title_text=quantity.capitalize(), tickformat=PERCENT if quantity == "accuracy" else None, row=row
        )
    remark = (
        f"{_WORDS[0]} training, mean of up to 100 batches. "
        f"{_WORDS[1]} validation on {_VALIDATION[history.validation]}, after each epoch."
    )
    so_far = " so far" if len(history.epochs) < epochs else ""
    lay_out(figure, " and ".join(reversed(quantities)).capitalize() + so_far, [remark], entries=0, data=data, line=HALF)
    subtitle = figure.layout.title.subtitle
    for word, colour in zip(_WORDS, (_TRAINING, _VALIDATED), strict=True):
        subtitle.text = subtitle.text.replace(word, f'<b style="color:{colour}">{word}</b>')
    top = figure.layout.margin.t
    figure.update_layout(
        # Without a legend and with fixed margins it is drawn once, not three times: there are new points each second.
        showlegend=False,
        margin={"l": 80, "r": 8, "b": 52},
        height=top + _PLOT[len(quantities)] + 52,
        uirevision="live",
    )
    figure.update_yaxes(automargin=False)
    figure.update_xaxes(automargin=False, range=(0, _end(history, epochs, steps) * (1 + _ROOM)), tickformat=",d")
    figure.update_xaxes(title_text="Batch, counted from the start of training", row=len(quantities))
    return figure


def _end(history: History, epochs: int, steps: int) -> float:
    """The last batch that has a place on the axis."""
    end, now = epochs * steps, history.batches[-1].batch if history.batches else 0
    while end > _SHORT * steps and now <= _FULL * end / 2:
        end /= 2
    return end


def _training(marks: Sequence[Batches], quantity: str, shape: str) -> go.Scatter:
    return go.Scatter(
        x=[mark.batch for mark in marks],
        y=[getattr(mark, quantity) for mark in marks],
        name="Training",
        mode="lines+markers" if len(marks) < 20 else "lines",
        line={"color": _TRAINING, "width": 1.5},
        marker={"size": 4},
        hovertemplate=f"batch %{{x:,}}<br>training {quantity} %{{y:{shape}}}<extra></extra>",
    )


def _validation(epochs: Sequence[Epoch], steps: int, quantity: str, shape: str) -> go.Scatter:
    return go.Scatter(
        x=[number * steps for number in range(1, len(epochs) + 1)],
        y=[getattr(epoch, f"val_{quantity}") for epoch in epochs],
        customdata=list(range(1, len(epochs) + 1)),
        name="Validation",
        mode="lines+markers",
        line={"color": _VALIDATED, "width": 2},
        marker={"size": 8, "symbol": "diamond", "maxdisplayed": _MOST_MARKERS},
        hovertemplate=f"epoch %{{customdata}}<br>validation {quantity} %{{y:{shape}}}<extra></extra>",
    )
