"""Training and validation after each epoch, overlaid for several runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from types import MappingProxyType

import plotly.graph_objects as go

from mnist_app.evaluation.results import MNIST, Epoch, History
from mnist_app.figures.style import Curve, lay_out, look, remark_on

_MOST_MARKERS = 14  # of a curve; more would run together
_NEAR_ONE = 0.95


@dataclass(frozen=True)
class View:
    """A way to draw epochs: which quantity, how an accuracy is turned into it (None: no accuracy), and the y axis."""

    title: str
    quantity: str
    of_accuracy: Callable[[float], float] | None
    axis: MappingProxyType


def _error(accuracy: float) -> float | None:
    """1 − accuracy, or None for 0, which has no place on a logarithmic axis."""
    return round(1 - accuracy, 12) or None


def _log_axis(shown: Callable[[float], str]) -> MappingProxyType:
    return MappingProxyType({"type": "log", "tickvals": _TICKS, "ticktext": tuple(map(shown, _TICKS))})


_TICKS = tuple(digit * 10.0**power for power in range(-6, 3) for digit in (1, 2, 5))
VIEWS = MappingProxyType(
    {
        "Accuracy": View(
            "Accuracy per epoch", "accuracy", lambda share: share, MappingProxyType({"tickformat": ".0%"})
        ),
        "Close-up": View(
            "Accuracy per epoch, from 95%",
            "accuracy",
            lambda share: share,
            MappingProxyType({"tickformat": ".0%", "range": (_NEAR_ONE, 1.0005), "dtick": 0.01}),
        ),
        "Error": View(
            "Error per epoch",
            "error",
            _error,
            _log_axis(lambda share: f"{100 * share:g}%"),
        ),
        "Loss": View("Loss per epoch", "loss", None, _log_axis(lambda loss: f"{loss:g}")),
    }
)


def epochs(curves: Sequence[Curve], *, view: str = "Accuracy", reported: bool = False) -> go.Figure:
    """Training and validation of each run after each epoch, overlaid.

    Args:
        curves: runs with at least one epoch each; none gives an empty figure that says so.
        view: one of VIEWS.
        reported: also mark the sources' figures at the last epoch; a loss has none.
    """
    shown = VIEWS[view]
    figure = go.Figure()
    for curve in curves:
        for name, values in _training_and_validation(curve.history, shown).items():
            figure.add_trace(_epoch_trace(curve, name, values, shown, starred=_is_mixed(curves)))
        if reported and shown.of_accuracy and curve.reported:
            figure.add_trace(_reported_trace(curve, shown))
    marked = reported and shown.of_accuracy and any(curve.reported for curve in curves)
    lay_out(figure, shown.title, _remarks(curves, view, marked), len(curves))
    last = max((len(curve.history.epochs) for curve in curves), default=1)
    figure.update_xaxes(title="Epoch", range=(0.5, last + 0.5 + (last / 12 if marked else 0)), tickformat="d")
    if last < 12:
        figure.update_xaxes(dtick=1)
    figure.update_yaxes(
        title=shown.quantity.capitalize() + (" (log axis)" if "type" in shown.axis else ""), **shown.axis
    )
    return figure


def _training_and_validation(history: History, view: View) -> dict[str, list[float | None]]:
    def values(of: Callable[[Epoch], tuple[float, float]]) -> list[float | None]:
        return [view.of_accuracy(of(epoch)[1]) if view.of_accuracy else of(epoch)[0] for epoch in history.epochs]

    return {
        "training": values(lambda epoch: (epoch.loss, epoch.accuracy)),
        "validation": values(lambda epoch: (epoch.val_loss, epoch.val_accuracy)),
    }


def _epoch_trace(curve: Curve, name: str, values: list[float | None], view: View, *, starred: bool) -> go.Scatter:
    validation = name == "validation"
    colour, symbol = look(curve.style)
    star = " *" if starred and curve.history.validation == "test" else ""
    label = escape(curve.label, quote=False)
    return go.Scatter(
        x=list(range(1, len(values) + 1)),
        y=values,
        name=label + star,
        legendgroup=label,
        showlegend=validation,
        mode="lines+markers",
        opacity=1.0 if validation else 0.75,
        line={"color": colour, "width": 2 if validation else 1.5, "dash": "solid" if validation else "dash"},
        marker={
            "symbol": symbol if validation else f"{symbol}-open",
            "size": 8 if validation else 6,
            "maxdisplayed": _MOST_MARKERS,
        },
        hovertemplate=f"{label}<br>epoch %{{x}}<br>{name} {view.quantity} %{{y:{_number(view)}}}<extra></extra>",
    )


def _reported_trace(curve: Curve, view: View) -> go.Scatter:
    figures = sorted(curve.reported, key=lambda figure: figure[1])
    label = escape(curve.label, quote=False)
    upwards = 1 if view.quantity == "accuracy" else -1
    return go.Scatter(
        x=[_last(curve)] * len(figures),
        y=[view.of_accuracy(accuracy) for _, accuracy in figures],
        text=[escape(source[:1], quote=False) for source, _ in figures],
        customdata=[escape(source, quote=False) for source, _ in figures],
        name=f"{label}, reported",
        legendgroup=label,
        showlegend=False,
        mode="markers+text",
        textposition=_spread(len(figures))[::upwards],
        marker={
            "symbol": "asterisk-open",
            "size": 10,
            "color": look(curve.style)[0],
            "line": {"width": 1.5, "color": look(curve.style)[0]},
        },
        hovertemplate=f"reported by %{{customdata}}<br>{view.quantity} %{{y:{_number(view)}}}<extra></extra>",
    )


def _spread(count: int) -> list[str]:
    """Places for the letters of figures that lie close together, from the lowest to the highest."""
    if count == 1:
        return ["middle right"]
    return ["bottom right", *["middle right"] * (count - 2), "top right"]


def _remarks(curves: Sequence[Curve], view: str, marked: bool) -> list[str]:
    if not curves:
        return ["No run is selected."]
    remarks = ["Solid: validation. Dashed: training."]
    if any(curve.history.validation == "test" for curve in curves):
        star = "* " if _is_mixed(curves) else ""
        remarks.append(f"{star}Validation data: the 10,000 test images.")
    if others := [curve for curve in curves if curve.data != MNIST]:
        of = [curve.label for curve in others] if len(others) < len(curves) else []
        remarks += remark_on(others[0].data, of=of)
    if marked:
        remarks.append("✳ with a letter: that source's figure.")
    if view == "Close-up" and (below := [curve.label for curve in curves if _stays_below(curve)]):
        remarks.append(f"Below 95%: {', '.join(below)}.")
    if view == "Error" and any(_reaches_zero_error(curve) for curve in curves):
        remarks.append("An error of 0 has no place on a log axis.")
    return remarks


def _is_mixed(curves: Sequence[Curve]) -> bool:
    return len({curve.history.validation == "test" for curve in curves}) == 2


def _stays_below(curve: Curve) -> bool:
    return all(max(epoch.accuracy, epoch.val_accuracy) < _NEAR_ONE for epoch in curve.history.epochs)


def _reaches_zero_error(curve: Curve) -> bool:
    return any(
        _error(share) is None for epoch in curve.history.epochs for share in (epoch.accuracy, epoch.val_accuracy)
    )


def _last(curve: Curve) -> int:
    return len(curve.history.epochs)


def _number(view: View) -> str:
    return ".2%" if view.of_accuracy else ".4f"
