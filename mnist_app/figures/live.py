"""One training's curves, also while it runs: loss and accuracy per 100th batch and epoch, on one axis of batches."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from mnist_app.evaluation.results import MNIST, History
from mnist_app.figures.style import COLOURS, FULL, HALF, PERCENT, Curve, lay_out

_TRAINING, _VALIDATED = COLOURS[1:3]
_WORDS = ("Line:", "Diamonds:")
_PLOT = {1: 260, 2: 350}  # pixels, the height of the plotting area, by the number of rows
_EMPTY = {"accuracy": (0, 1), "loss": (0, 2.4)}  # axes without any point; ten equal probabilities have a loss of 2.3
_ROOM = 0.012  # share of the axis behind its end, for half a marker
_SHORT, _FULL = (16, 0.8)  # epochs always shown to their planned end; share of a shorter axis that is filled at most
_MOST_MARKERS = 24  # of a curve; more would run together
_VALIDATION = {"test": "the 10,000 test images", "held-out": "the 10,000 held-out training images"}


def training_progress(
    history: History,
    *,
    epochs: int,
    steps: float,
    accuracy: bool = True,
    data: str = MNIST,
    since: int = 0,
    of: str = "",
) -> go.Figure:
    """What is known of a training so far, on an axis that reaches to its planned end.

    At the start of a long training the axis is shorter, so that the curve fills it, and doubles as that grows. An epoch
    has that many steps. A denoiser has no accuracy. The first `since` epochs are left out. With `of`, the name of the
    run, the figure has the page's full width.
    """
    quantities = ("accuracy", "loss") if accuracy else ("loss",)
    marks = [mark for mark in history.batches if mark.batch > since * steps]
    rows = list(enumerate(history.epochs, 1))[since:]
    figure = make_subplots(rows=len(quantities), cols=1, shared_xaxes=True, vertical_spacing=0.06)
    for row, quantity in enumerate(quantities, 1):
        shape = ".2%" if quantity == "accuracy" else ".4f"
        training = go.Scatter(
            x=[mark.batch for mark in marks],
            y=[getattr(mark, quantity) for mark in marks],
            name="Training",
            mode="lines+markers" if len(marks) < 20 else "lines",
            line={"color": _TRAINING, "width": 1.5},
            marker={"size": 4},
            hovertemplate=f"batch %{{x:,}}<br>training {quantity} %{{y:{shape}}}<extra></extra>",
        )
        validation = go.Scatter(
            x=[number * steps for number, _ in rows],
            y=[getattr(epoch, f"val_{quantity}") for _, epoch in rows],
            customdata=[number for number, _ in rows],
            name="Validation",
            mode="lines+markers",
            line={"color": _VALIDATED, "width": 2},
            marker={"size": 8, "symbol": "diamond", "maxdisplayed": _MOST_MARKERS},
            hovertemplate=f"epoch %{{customdata}}<br>validation {quantity} %{{y:{shape}}}<extra></extra>",
        )
        figure.add_traces([training, validation], rows=row, cols=1)
        if not marks:
            figure.update_yaxes(range=_EMPTY[quantity], row=row)
        tickformat = PERCENT if quantity == "accuracy" else None
        figure.update_yaxes(title_text=quantity.capitalize(), tickformat=tickformat, row=row)
    remark = (
        f"{_WORDS[0]} training, mean of up to 100 batches. "
        f"{_WORDS[1]} validation on {_VALIDATION[history.validation]}, after each epoch."
    )
    title = f"{of}: every 100th batch" if of else " and ".join(reversed(quantities)).capitalize()
    so_far = " so far" if len(history.epochs) < epochs else ""
    lay_out(figure, title + so_far, [remark], entries=0, data=data, line=FULL if of else HALF)
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
    ends = since * steps, _end(history, epochs, steps) * (1 + _ROOM)
    figure.update_xaxes(automargin=False, range=ends, tickformat=",d")
    figure.update_xaxes(title_text="Batch, counted from the start of training", row=len(quantities))
    return figure


def batches(curve: Curve, *, first_epoch: bool = True) -> go.Figure:
    """The same of a training that ended; without the first epoch the axes fit what comes after its steep start."""
    marks, epochs = curve.history.batches, len(curve.history.epochs)
    steps, since = marks[-1].batch / epochs if marks else 1, int(not first_epoch and epochs > 1)
    return training_progress(curve.history, epochs=epochs, steps=steps, data=curve.data, since=since, of=curve.label)


def _end(history: History, epochs: int, steps: int) -> float:
    """The last batch that has a place on the axis."""
    end, now = epochs * steps, history.batches[-1].batch if history.batches else 0
    while end > _SHORT * steps and now <= _FULL * end / 2:
        end /= 2
    return end
