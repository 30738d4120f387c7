"""The reliability diagram: of the guesses with a probability, how many are right, without and with the temperature."""

import plotly.graph_objects as go

from mnist_app.evaluation.calibration import BINS, Calibration, Reliability
from mnist_app.evaluation.results import MNIST, Proportion
from mnist_app.figures.style import hover, lay_out, look, remark_on

_PLOT, _COUNTS = (0.3, 1.0), (0.0, 0.19)
"""The parts of the height for the shares and, below, for the number of images."""


def reliability(found: Calibration, *, data: str = MNIST) -> go.Figure:
    """Share of right guesses against their mean probability, bin by bin, with 95 % intervals and the bins' counts.

    data: name of what the test images are of.
    """
    figure = go.Figure()
    figure.add_trace(
        go.Scatter(
            x=[0, 1],
            y=[0, 1],
            name="As sure as right",
            mode="lines",
            line={"color": "#8A8A8A", "width": 1.5, "dash": "dash"},
            hoverinfo="skip",
        )
    )
    for name, each, style in (("As the softmax gives them", found.before, 2), ("With temperature", found.after, 1)):
        figure.add_trace(_points(name, each, style))
        figure.add_trace(_bars(name, each, style))
    remarks = [
        f"All {found.before.n:,} test images in {BINS} bins of equal width. Bars: 95% interval.",
        *(
            f"Expected calibration error {name}: {each.error:.2%} ({each.interval[0]:.2%} to {each.interval[1]:.2%})."
            for name, each in (("before", found.before), ("after", found.after))
        ),
        f"Temperature {found.temperature:.2f}, the mean of {found.halves[0]:.2f} and {found.halves[1]:.2f}: each half "
        "of the images is judged at that of the other.",
        *remark_on(data),
    ]
    lay_out(figure, "What the probabilities are worth", remarks, 3)
    figure.update_layout(
        xaxis={"title": "Probability of the guess", "range": (0, 1.02), "tickformat": ".0%", "anchor": "y2"},
        yaxis={"title": "Right guesses", "range": (0, 1.04), "tickformat": ".0%", "domain": _PLOT},
        yaxis2={"title": "Images", "type": "log", "domain": _COUNTS, "dtick": 2},
        barmode="group",
        bargap=0.1,
    )
    figure.update_yaxes(automargin=True, fixedrange=True)
    return figure


def _points(name: str, found: Reliability, style: int) -> go.Scatter:
    colour, symbol = look(style)
    shares = [Proportion(each.right / each.n, each.n) for each in found.bins]
    return go.Scatter(
        x=[each.probability for each in found.bins],
        y=[share.value for share in shares],
        name=name,
        legendgroup=name,
        mode="lines+markers",
        line={"color": colour, "width": 2},
        marker={"symbol": symbol, "size": 9},
        cliponaxis=False,
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [share.interval[1] - share.value for share in shares],
            "arrayminus": [share.value - share.interval[0] for share in shares],
            "thickness": 1,
            "width": 4,
        },
        customdata=[hover(share) for share in shares],
        hovertemplate="mean probability %{x:.1%}<br>right: %{customdata}<extra>%{fullData.name}</extra>",
    )


def _bars(name: str, found: Reliability, style: int) -> go.Bar:
    return go.Bar(
        x=[(each.low + each.high) / 2 for each in found.bins],
        y=[each.n for each in found.bins],
        name=name,
        legendgroup=name,
        showlegend=False,
        marker={"color": look(style)[0]},
        yaxis="y2",
        hovertemplate="%{y:,} images<extra>%{fullData.name}</extra>",
    )
