"""Validation accuracy against the weight-decay factor: every replicate, means, and what chance alone explains."""

from collections.abc import Sequence

import plotly.graph_objects as go

from mnist_app.evaluation import differences, sweep
from mnist_app.evaluation.results import MNIST
from mnist_app.evaluation.sweep import Point
from mnist_app.figures.factor_axis import FactorAxis
from mnist_app.figures.style import COLOURS, GREY, PERCENT, lay_out

_DOT, _MEAN, _HINTON, _CHOICE, _OURS = COLOURS[4], COLOURS[2], COLOURS[5], COLOURS[7], COLOURS[3]
_FILL = "rgba(58,151,211,0.4)"  # of a dot: equal ones are darker
_BAND = "rgba(138,138,138,0.2)"
_SOURCES = (
    ("A", "A: its best factor", "asterisk-open"),
    ("B", "B: mean ± standard deviation, n = 3", "square-open"),
    ("C", "C: best single run, {:.2%}", ""),
)
_EMPTY = (0.975, 0.987)
_TITLES = {
    "Final": "Validation accuracy after the last epoch",
    "Maximum": "Highest validation accuracy of all epochs",
    "Mean": "Validation accuracy, mean over the epochs",
}


def weight_decay(
    points: Sequence[Point],
    *,
    epochs: int,
    validation: str,
    statistic: str = "Final",
    choice: float | None = None,
    reported: bool = False,
    marked: str = "",
    ours: Point | None = None,
    data: str = MNIST,
) -> go.Figure:
    """Every replicate as a dot, mean ± standard deviation of each factor, Hinton's figure, and the binomial band.

    Args:
        points: of at least one factor; those without replicates only keep their place on the axis.
        choice: the factor that held-out images choose, drawn as a vertical line.
        reported: also draw what the sources report.
        marked: name of a replicate whose dot is ringed.
        ours: replicates of the same network trained better, drawn at their factor.

    Epochs, validation and statistic are those given to `sweep.points`. A replicate's dot has its name as customdata.
    """
    drawn = [point for point in points if point.n]
    sources = [figure for figure in sweep.REPORTED if reported and figure.factor is not None]
    beside = [ours] if ours and ours.n else []
    axis = FactorAxis([each.factor for each in [*points, *sources, *beside]])
    figure = go.Figure()
    if drawn:
        dots = _dots(drawn, axis)
        figure.add_traces([_band(drawn, axis), _means(drawn, axis), dots])
        if marked in dots.customdata:
            figure.add_trace(_ring(dots, marked))
    claimed = f"Hinton: {sweep.HINTON:.2%}, claimed by Geoffrey Hinton{' for MNIST' if data != MNIST else ''}"
    figure.add_trace(_level(axis, sweep.HINTON, claimed, _HINTON, "dash"))
    figure.add_traces([_ours(each, axis) for each in beside])
    if choice is not None:
        figure.add_vline(axis.place(choice), line={"color": _CHOICE, "width": 2, "dash": "dot"}, layer="above")
    if reported:
        figure.add_traces(_reported(axis))
    if axis.zero is not None:
        figure.add_vline(axis.gap, line={"color": GREY, "width": 1}, layer="above")
    remarks = _remarks(drawn, len(points), epochs, validation, choice)
    if reported:
        remarks.append("A, B, C: reports of a university assignment (2022, 2023), on the test images of MNIST.")
    lay_out(figure, _TITLES[statistic], remarks, entries=len(figure.data), data=data)
    for trace in figure.data:
        # Plotly would fade all that was not clicked.
        unselected = {"marker": {"opacity": 1}, "textfont": {"color": trace.textfont.color}}
        trace.update(showlegend=True, unselected=unselected)
        if "markers" in trace.mode:
            trace.update(cliponaxis=False)
    # A dot that was chosen, and then left for another one in the page's list, can be clicked again.
    figure.update_layout(clickmode="event+select", selectionrevision=marked)
    figure.update_xaxes(title_text="L2 factor (log axis)", **axis.layout)
    # Where nothing is drawn but Hinton's line, the axis has room for what will come.
    ends = {"clipmax": 1, "include": [] if drawn else _EMPTY}
    figure.update_yaxes(title_text="Accuracy", tickformat=PERCENT, autorangeoptions=ends, zeroline=False)
    return figure


def _symbols(x: Sequence[float], y: Sequence[float], name: str, marker: dict[str, object], **more) -> go.Scatter:
    return go.Scatter(x=x, y=y, name=name, marker=marker, **{"mode": "markers"} | more)


def _dots(drawn: Sequence[Point], axis: FactorAxis) -> go.Scatter:
    return _symbols(
        [axis.place(point.factor) for point in drawn for _ in point.values],
        [value for point in drawn for value in point.values],
        "One replicate",
        {"color": _FILL, "size": 13, "opacity": 1, "line": {"color": _DOT, "width": 1.5}},
        customdata=[name for point in drawn for name in point.names],
        text=[text for point in drawn for text in _texts(point)],
        hovertemplate="%{text}<br>click: its curves<extra></extra>",
    )


def _ring(dots: go.Scatter, name: str) -> go.Scatter:
    place, marker = dots.customdata.index(name), {"symbol": "circle-open", "size": 22, "color": _DOT}
    marker["line"] = {"width": 2.5}
    return _symbols([dots.x[place]], [dots.y[place]], "Opened below", marker, hoverinfo="skip")


def _ours(point: Point, axis: FactorAxis) -> go.Scatter:
    """A little to the right of the factor's own dots, on the logarithmic axis."""
    places, name = [1.12 * axis.place(point.factor)] * point.n, f"Ours: momentum and a falling rate, n = {point.n}"
    marker = {"color": _OURS, "symbol": "star-diamond", "size": 11, "opacity": 1}
    return _symbols(places, point.values, name, marker, text=_texts(point), hovertemplate="%{text}<extra></extra>")


def _means(drawn: Sequence[Point], axis: FactorAxis) -> go.Scatter:
    """With bars, but for means of one replicate. Clicks are left to the dots."""
    sds = [point.sd for point in drawn]
    return _symbols(
        [axis.place(point.factor) for point in drawn],
        [point.mean for point in drawn],
        "Mean ± standard deviation" if any(point.n > 1 for point in drawn) else "Mean of one",
        {"color": _MEAN, "symbol": "diamond", "size": 9, "opacity": 1},
        error_y={"type": "data", "array": sds, "thickness": 2, "width": 7},
        hoverinfo="skip",
    )


def _texts(point: Point) -> list[str]:
    return [
        f"factor {sweep.as_text(point.factor)}, seed {seed}: {value:.2%}<br>mean {point.spread}, n = {point.n}"
        for seed, value in zip(point.seeds, point.values, strict=True)
    ]


def _band(drawn: Sequence[Point], axis: FactorAxis) -> go.Scatter:
    low, high = differences.binomial_band(drawn)
    left, right = axis.ends
    return go.Scatter(
        x=[left, right, right, left],
        y=[low, low, high, high],
        fill="toself",
        fillcolor=_BAND,
        mode="lines",
        line={"width": 0},
        name="95% band of 10,000 images, by chance",
        hoverinfo="skip",
    )


def _level(axis: FactorAxis, level: float, name: str, colour: str, dash: str) -> go.Scatter:
    return go.Scatter(
        x=list(axis.ends),
        y=[level, level],
        text=[name.partition(":")[0], ""],
        textposition="top right",
        textfont={"color": colour},
        name=name,
        mode="lines+text",
        line={"color": colour, "width": 2, "dash": dash},
        hoverinfo="name",
    )


def _reported(axis: FactorAxis) -> list[go.Scatter]:
    """A symbol for each figure that has a factor, a line for the one that has none."""
    traces = []
    for source, name, symbol in _SOURCES:
        figures = [each for each in sweep.REPORTED if each.source == source]
        if figures[0].factor is None:
            traces.append(_level(axis, figures[0].accuracy, name.format(figures[0].accuracy), GREY, "dashdot"))
            continue
        traces.append(
            _symbols(
                [axis.place(each.factor) for each in figures],
                [each.accuracy for each in figures],
                name,
                {"color": GREY, "symbol": symbol, "size": 9, "line": {"width": 1.5}},
                error_y={"type": "data", "array": [each.sd for each in figures], "thickness": 1, "width": 4},
                text=[source] * len(figures),
                mode="markers+text",
                textposition="middle left",
                textfont={"color": GREY},
                hovertemplate=f"reported by {source}: %{{y:.2%}}<extra></extra>",
            )
        )
    return traces


def _remarks(drawn: Sequence[Point], factors: int, epochs: int, validation: str, choice: float | None) -> list[str]:
    on = "the 10,000 test images" if validation == "test" else "10,000 held-out images"
    counts = sorted({point.n for point in drawn})
    if not drawn:
        return [f"MLP 500-300, {epochs} epochs.", "No replicate is here yet."]
    n = f"n = {counts[0]}" if len(counts) == 1 else f"n = {counts[0]} to {counts[-1]}"
    remarks = [f"MLP 500-300, {epochs} epochs, {n} for each factor. Validation data: {on}."]
    if len(counts) > 1:
        each = ", ".join(f"{sweep.as_text(point.factor)}: {point.n}" for point in drawn)
        remarks.append(f"Replicates: {each}.")
    if len(drawn) < factors:
        remarks.append(f"Factors without a replicate: {factors - len(drawn)} of {factors}.")
    if choice is not None:
        remarks.append(f"Dotted line: {sweep.as_text(choice)}, chosen on held-out images.")
    return remarks
