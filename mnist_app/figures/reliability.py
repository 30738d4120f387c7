"""The reliability diagram: of the guesses with a probability, how many are right, without and with the temperature."""

import plotly.graph_objects as go

from mnist_app.evaluation.calibration import BINS, Calibration, Reliability
from mnist_app.evaluation.results import MNIST, Proportion
from mnist_app.figures.style import AXIS, GREY, interval_bars, lay_out, look, marked_line, shares_of

_PLOT, _COUNTS = (0.3, 1.0), (0.0, 0.19)  # the parts of the height for the shares and, below, for the number of images


def reliability(calibration: Calibration, *, data: str = MNIST) -> go.Figure:
    """Share of right guesses against their mean probability, bin by bin, with 95 % intervals and the bins' counts."""
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        name="As sure as right",
        mode="lines",
        line={"color": GREY, "width": 1.5, "dash": "dash"},
        hoverinfo="skip",
    )
    before, after, (first, second) = calibration.before, calibration.after, calibration.halves
    for name, each, style in (("As the softmax gives them", before, 2), ("With temperature", after, 1)):
        shares = [Proportion(part.right / part.n, part.n) for part in each.bins]
        points = marked_line(
            name,
            style,
            size=9,
            x=[part.probability for part in each.bins],
            **shares_of(shares),
            legendgroup=name,
            cliponaxis=False,
            error_y=interval_bars(shares) | {"thickness": 1, "width": 4},
            hovertemplate="mean probability %{x:.1%}<br>right: %{customdata}<extra>%{fullData.name}</extra>",
        )
        figure.add_trace(points).add_bar(
            x=[(part.low + part.high) / 2 for part in each.bins],
            y=[part.n for part in each.bins],
            name=name,
            legendgroup=name,
            showlegend=False,
            marker={"color": look(style)[0]},
            yaxis="y2",
            hovertemplate="%{y:,} images<extra>%{fullData.name}</extra>",
        )
    remarks = [
        f"All {before.n:,} test images in {BINS} bins of equal width. Bars: 95% interval.",
        f"Expected calibration error before: {_error(before)}.",
        f"Expected calibration error after: {_error(after)}.",
        f"Temperature {calibration.temperature:.2f}, the mean of {first:.2f} and {second:.2f}: each half of the images "
        "is judged at that of the other.",
    ]
    lay_out(figure, "What the probabilities are worth", remarks, entries=3, data=data)
    figure.update_layout(
        xaxis={"title": {"text": "Probability of the guess"}, "range": (0, 1.02), "tickformat": ".0%", "anchor": "y2"},
        yaxis={"title": {"text": "Right guesses"}, "range": (0, 1.04), "tickformat": ".0%", "domain": _PLOT},
        yaxis2={"title": {"text": "Images"}, "type": "log", "domain": _COUNTS, "dtick": 2},
        barmode="group",
        bargap=0.1,
    )
    figure.update_yaxes(**AXIS)
    return figure


def _error(reliability: Reliability) -> str:
    low, high = reliability.interval
    return f"{reliability.error:.2%} ({low:.2%} to {high:.2%})"
