"""Training and validation after each epoch, overlaid for several runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from mnist_app.evaluation.results import MNIST
from mnist_app.figures.style import Curve, lay_out, look, plain, remark_on

_MOST_MARKERS = 14  # of a curve; more would run together
_NEAR_ONE = 0.95
_TICKS = tuple(digit * 10.0**power for power in range(-6, 3) for digit in (1, 2, 5))


@dataclass(frozen=True)
class View:
    """A way to draw epochs: which quantity, how it follows from loss and accuracy, its format, and the y axis."""

    title: str
    quantity: str
    value: Callable[[float, float], float | None]
    number: str
    axis: dict[str, object]


def _error(loss: float, accuracy: float) -> float | None:
    """1 − accuracy, or None for 0, which has no place on a logarithmic axis."""
    return round(1 - accuracy, 12) or None


def _accuracy_view(title: str, **axis: object) -> View:
    return View(title, "accuracy", lambda loss, accuracy: accuracy, ".2%", {"tickformat": ".0%"} | axis)


def _log_axis(shown: Callable[[float], str]) -> dict[str, object]:
    return {"type": "log", "tickvals": _TICKS, "ticktext": tuple(map(shown, _TICKS))}


VIEWS = {
    "Accuracy": _accuracy_view("Accuracy per epoch"),
    "Close-up": _accuracy_view("Accuracy per epoch, from 95%", range=(_NEAR_ONE, 1.0005), dtick=0.01),
    "Error": View(
        "Error per epoch",
        "error",
        _error,
        ".2%",
        _log_axis(lambda share: f"{100 * share:g}%"),
    ),
    "Loss": View(
        "Loss per epoch",
        "loss",
        lambda loss, _: loss,
        ".4f",
        _log_axis(lambda loss: f"{loss:g}"),
    ),
}


def epochs(curves: Sequence[Curve], *, view: str = "Accuracy", reported: bool = False) -> go.Figure:
    """Training and validation of each run after each epoch, overlaid.

    Args:
        curves: runs with at least one epoch each; none gives an empty figure that says so.
        view: one of VIEWS.
        reported: also mark the sources' figures at the last epoch; a loss has none.
    """
    shown = VIEWS[view]
    marked = [curve for curve in curves if reported and view != "Loss" and curve.reported]
    figure = go.Figure()
    for curve in curves:
        rows = curve.history.epochs
        training = [shown.value(epoch.loss, epoch.accuracy) for epoch in rows]
        validation = [shown.value(epoch.val_loss, epoch.val_accuracy) for epoch in rows]
        figure.add_trace(_line(curve, training, shown, validation=False, starred=_is_mixed(curves)))
        figure.add_trace(_line(curve, validation, shown, validation=True, starred=_is_mixed(curves)))
        if curve in marked:
            figure.add_trace(_reported(curve, shown))
    lay_out(figure, shown.title, _remarks(curves, view, bool(marked)), entries=len(curves))
    last = max((len(curve.history.epochs) for curve in curves), default=1)
    figure.update_xaxes(title="Epoch", range=(0.5, last + 0.5 + (last / 12 if marked else 0)), tickformat="d")
    if last < 12:
        figure.update_xaxes(dtick=1)
    log = " (log axis)" if "type" in shown.axis else ""
    figure.update_yaxes(title=shown.quantity.capitalize() + log, **shown.axis)
    return figure


def _line(curve: Curve, values: list[float | None], view: View, *, validation: bool, starred: bool) -> go.Scatter:
    colour, symbol = look(curve.style)
    label, name = plain(curve.label), "validation" if validation else "training"
    return go.Scatter(
        x=list(range(1, len(values) + 1)),
        y=values,
        name=label + (" *" if starred and curve.history.validation == "test" else ""),
        legendgroup=label,
        showlegend=validation,
        mode="lines+markers",
        opacity=1.0 if validation else 0.75,
        line={
            "color": colour,
            "width": 2 if validation else 1.5,
            "dash": "solid" if validation else "dash",
        },
        marker={
            "symbol": symbol if validation else f"{symbol}-open",
            "size": 8 if validation else 6,
            "maxdisplayed": _MOST_MARKERS,
        },
        hovertemplate=f"{label}<br>epoch %{{x}}<br>{name} {view.quantity} %{{y:{view.number}}}<extra></extra>",
    )


def _reported(curve: Curve, view: View) -> go.Scatter:
    """The sources' letters; those of the lowest and the highest figure stand apart from the others."""
    figures = sorted(curve.reported, key=lambda figure: figure[1])
    colour, _ = look(curve.style)
    places = ["bottom right", *["middle right"] * (len(figures) - 2), "top right"]
    places = places if len(figures) > 1 else ["middle right"]
    return go.Scatter(
        x=[len(curve.history.epochs)] * len(figures),
        y=[view.value(0.0, accuracy) for _, accuracy in figures],
        text=[plain(source[:1]) for source, _ in figures],
        customdata=[plain(source) for source, _ in figures],
        name=f"{plain(curve.label)}, reported",
        legendgroup=plain(curve.label),
        showlegend=False,
        mode="markers+text",
        textposition=places[:: 1 if view.quantity == "accuracy" else -1],
        marker={
            "symbol": "asterisk-open",
            "size": 10,
            "color": colour,
            "line": {"width": 1.5, "color": colour},
        },
        hovertemplate=f"reported by %{{customdata}}<br>{view.quantity} %{{y:{view.number}}}<extra></extra>",
    )


def _remarks(curves: Sequence[Curve], view: str, marked: bool) -> list[str]:
    if not curves:
        return ["No run is selected."]
    remarks = ["Solid: validation. Dashed: training."]
    if any(curve.history.validation == "test" for curve in curves):
        star = "* " if _is_mixed(curves) else ""
        remarks.append(f"{star}Validation data: the 10,000 test images.")
    if others := [curve for curve in curves if curve.data != MNIST]:
        labels = [curve.label for curve in others] if len(others) < len(curves) else []
        remarks += remark_on(others[0].data, of=labels)
    if marked:
        remarks.append("✳ with a letter: that source's figure.")
    if view == "Close-up" and (below := [curve.label for curve in curves if max(_accuracies(curve)) < _NEAR_ONE]):
        remarks.append(f"Below 95%: {', '.join(below)}.")
    if view == "Error" and any(1.0 in _accuracies(curve) for curve in curves):
        remarks.append("An error of 0 has no place on a log axis.")
    return remarks


def _is_mixed(curves: Sequence[Curve]) -> bool:
    return len({curve.history.validation == "test" for curve in curves}) == 2


def _accuracies(curve: Curve) -> list[float]:
    return [share for epoch in curve.history.epochs for share in (epoch.accuracy, epoch.val_accuracy)]
