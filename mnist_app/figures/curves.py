"""Training curves of several runs, overlaid: accuracy, error or loss after each epoch."""

from collections.abc import Sequence

import plotly.graph_objects as go

from mnist_app.evaluation.results import MNIST
from mnist_app.figures.style import PERCENT, Curve, lay_out, look, plain, remark_on

SOURCES = {
    "A": "report of a university assignment (2023)",
    "B": "another report of it (2023)",
    "C": "a report of the year before",
    "D": "solution sheet of a deep-learning course (2020)",
    "H": "a claim by Geoffrey Hinton, without a description of the training",
}
_MOST_MARKERS = 14  # of a curve; more would run together
_NEAR_ONE = 0.95
_TICKS = tuple(digit * 10.0**power for power in range(-6, 3) for digit in (1, 2, 5))
_LOG = {"type": "log", "tickvals": _TICKS}
VIEWS = {
    "Accuracy": {"tickformat": PERCENT},
    "Close-up": {"tickformat": PERCENT, "range": (_NEAR_ONE, 1.0005), "dtick": 0.01},
    "Error": _LOG | {"ticktext": [f"{100 * tick:g}%" for tick in _TICKS]},
    "Loss": _LOG | {"ticktext": [f"{tick:g}" for tick in _TICKS]},
}


def epochs(curves: Sequence[Curve], *, view: str = "Accuracy", reported: bool = False) -> go.Figure:
    """Training and validation of each run after each epoch, overlaid.

    reported: also mark the sources' figures at the last epoch; a loss has none.
    """
    marked = [curve for curve in curves if reported and view != "Loss" and curve.reported]
    figure = go.Figure()
    for curve in curves:
        figure.add_traces([_line(curve, view, validation, _is_mixed(curves)) for validation in (False, True)])
        if curve in marked:
            figure.add_trace(_reported(curve, view))
    title = f"{_quantity(view).capitalize()} per epoch{', from 95%' if view == 'Close-up' else ''}"
    lay_out(figure, title, _remarks(curves, view, marked), entries=len(curves))
    last = max(len(curve.history.epochs) for curve in curves)
    figure.update_xaxes(title_text="Epoch", range=(0.5, last + 0.5 + (last / 12 if marked else 0)), tickformat="d")
    if last < 12:
        figure.update_xaxes(dtick=1)
    log = " (log axis)" if "type" in VIEWS[view] else ""
    figure.update_yaxes(title_text=_quantity(view).capitalize() + log, **VIEWS[view])
    return figure


def _quantity(view: str) -> str:
    return "accuracy" if view == "Close-up" else view.lower()


def _number(quantity: str) -> str:
    return ".4f" if quantity == "loss" else ".2%"


def _value(view: str, loss: float, accuracy: float) -> float | None:
    """What a view draws; None for an error of 0, which has no place on a logarithmic axis."""
    if view == "Error":
        return round(1 - accuracy, 12) or None
    return loss if view == "Loss" else accuracy


def _line(curve: Curve, view: str, validation: bool, mixed: bool) -> go.Scatter:
    colour, symbol = look(curve.style)
    label, name = plain(curve.label), "validation" if validation else "training"
    rows = [
        (row.val_loss, row.val_accuracy) if validation else (row.loss, row.accuracy) for row in curve.history.epochs
    ]
    quantity, opacity = _quantity(view), 1.0
    line, marker = {"width": 2, "dash": "solid"}, {"symbol": symbol, "size": 8}
    if not validation:
        line, marker, opacity = {"width": 1.5, "dash": "dash"}, {"symbol": f"{symbol}-open", "size": 6}, 0.75
    return go.Scatter(
        x=list(range(1, len(rows) + 1)),
        y=[_value(view, *row) for row in rows],
        name=label + (" *" if mixed and curve.history.validation == "test" else ""),
        legendgroup=label,
        showlegend=validation,
        mode="lines+markers",
        opacity=opacity,
        line={"color": colour} | line,
        marker={"maxdisplayed": _MOST_MARKERS} | marker,
        # Not the label itself: plotly would replace %{x} in it.
        hovertemplate=f"%{{fullData.name}}<br>epoch %{{x}}<br>{name} {quantity} "
        f"%{{y:{_number(quantity)}}}<extra></extra>",
    )


def _reported(curve: Curve, view: str) -> go.Scatter:
    """The sources' letters; those of the lowest and the highest figure stand apart from the others."""
    figures = sorted(curve.reported, key=lambda figure: figure[1])
    colour, _ = look(curve.style)
    places = ["bottom right", *["middle right"] * (len(figures) - 2), "top right"]
    places = places if len(figures) > 1 else ["middle right"]
    quantity = _quantity(view)
    return go.Scatter(
        x=[len(curve.history.epochs)] * len(figures),
        y=[_value(view, 0.0, accuracy) for _, accuracy in figures],
        text=[plain(source[:1]) for source, _ in figures],
        customdata=[plain(source) for source, _ in figures],
        name=f"{plain(curve.label)}, reported",
        legendgroup=plain(curve.label),
        showlegend=False,
        mode="markers+text",
        textposition=places[:: 1 if quantity == "accuracy" else -1],
        marker={"symbol": "asterisk-open", "size": 10, "color": colour, "line": {"width": 1.5, "color": colour}},
        hovertemplate=f"reported by %{{customdata}}<br>{quantity} %{{y:{_number(quantity)}}}<extra></extra>",
    )


def _remarks(curves: Sequence[Curve], view: str, marked: Sequence[Curve]) -> list[str]:
    remarks = ["Solid: validation. Dashed: training."]
    if any(curve.history.validation == "test" for curve in curves):
        star = "* " if _is_mixed(curves) else ""
        remarks.append(f"{star}Validation data: the 10,000 test images.")
    most = max(len(curve.history.epochs) for curve in curves)
    if short := [curve for curve in curves if 4 * len(curve.history.epochs) < most]:
        names = ", ".join(f"{curve.label} ({len(curve.history.epochs)} of {most})" for curve in short)
        remarks.append(f"Trained for fewer epochs: {names}.")
    if others := [curve for curve in curves if curve.data != MNIST]:
        labels = [curve.label for curve in others] if len(others) < len(curves) else []
        remarks += remark_on(others[0].data, of=labels)
    if marked:
        letters = sorted({source[:1] for curve in marked for source, _ in curve.reported})
        known = [f"{letter}: {SOURCES[letter]}" for letter in letters if letter in SOURCES]
        remarks.append(f"✳ with a letter: final accuracy of a source. {'; '.join(known)}.")
    if view == "Close-up" and (below := [curve.label for curve in curves if max(_accuracies(curve)) < _NEAR_ONE]):
        remarks.append(f"Below 95%: {', '.join(below)}.")
    if view == "Error" and any(1.0 in _accuracies(curve) for curve in curves):
        remarks.append("An error of 0 has no place on a log axis.")
    return remarks


def _is_mixed(curves: Sequence[Curve]) -> bool:
    return len({curve.history.validation == "test" for curve in curves}) == 2


def _accuracies(curve: Curve) -> list[float]:
    return [share for epoch in curve.history.epochs for share in (epoch.accuracy, epoch.val_accuracy)]
