"""Where classifiers err: their accuracy digit by digit, and what is gained when unsure answers are refused."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from mnist_app.evaluation.results import MNIST, Proportion
from mnist_app.figures.style import PERCENT, interval_bars, lay_out, marked_line, shares_of

_NAMED = "<extra>%{fullData.name}</extra>"
_POINTS = 500  # of a curve, at most


def digit_accuracies(networks: Mapping[str, Sequence[Proportion]], *, data: str = MNIST) -> go.Figure:
    """The accuracy on the test images of each digit, with 95 % intervals, by the network's label."""
    figure = go.Figure()
    for style, (label, shares) in enumerate(networks.items(), start=1):
        places = np.arange(len(shares)) + 0.2 * style - 0.1 * (len(networks) + 1)
        bars = interval_bars(shares) | {"thickness": 1.5, "width": 4}
        options = {"error_y": bars, "hovertemplate": f"%{{customdata}}{_NAMED}"}
        figure.add_trace(marked_line(label, style, x=places, **shares_of(shares), **options))
    remarks = [f"{sum(share.n for share in shares):,} test images. Bars: 95% interval."]
    lay_out(figure, "Accuracy digit by digit", remarks, entries=len(networks), data=data)
    figure.update_traces(mode="markers")
    figure.update_xaxes(title_text="Digit", dtick=1, zeroline=False)
    figure.update_yaxes(title_text="Right guesses", tickformat=PERCENT)
    return figure


def risk_coverage(
    curves: Mapping[str, tuple[np.ndarray, np.ndarray]],
    points: Mapping[str, tuple[float, float]],
    *,
    about: str,
    data: str = MNIST,
) -> go.Figure:
    """Risk against coverage by the network's label, each with a marked point, and what is said about them."""
    figure, hover = go.Figure(), f"answered: %{{x:.2%}}<br>wrong of these: %{{y:.2%}}{_NAMED}"
    for style, (label, curve) in enumerate(curves.items(), start=1):
        x, y = (np.append(axis[:: 1 + len(axis) // _POINTS], axis[-1]) for axis in curve)
        figure.add_trace(marked_line(label, style, size=1, x=x, y=y, hovertemplate=hover))
        (x, y), options = points[label], {"hovertemplate": hover, "showlegend": False}
        figure.add_trace(marked_line(label, style, size=14, x=[x], y=[y], **options))
    lay_out(figure, "Fewer answers, fewer errors", [about], entries=len(curves), data=data)
    figure.update_xaxes(title_text="Answered (coverage)", tickformat=PERCENT)
    figure.update_yaxes(title_text="Wrong of the answers (risk)", tickformat=PERCENT, rangemode="tozero")
    return figure
