"""Where classifiers err: their accuracy digit by digit."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from mnist_app.evaluation.results import MNIST, Proportion
from mnist_app.figures.style import PERCENT, interval_bars, lay_out, marked_line, shares_of

_APART = 0.2  # of the distance between two digits


def digit_accuracies(networks: Mapping[str, Sequence[Proportion]], *, data: str = MNIST) -> go.Figure:
    """The accuracy on the test images of each digit, with 95 % intervals, by the network's label."""
    figure = go.Figure()
    for style, (label, shares) in enumerate(networks.items(), start=1):
        shift = _APART * (style - (len(networks) + 1) / 2)
        figure.add_trace(
            marked_line(
                label,
                style,
                x=[digit + shift for digit in range(len(shares))],
                **shares_of(shares),
                error_y=interval_bars(shares) | {"thickness": 1.5, "width": 4},
                hovertemplate="%{customdata}<extra>%{fullData.name}</extra>",
            )
        )
    shares = next(iter(networks.values()))
    few, many = (extreme(share.n for share in shares) for extreme in (min, max))
    remarks = [
        f"{sum(share.n for share in shares):,} test images, {few:,} to {many:,} a digit. Bars: 95% interval."
    ]
    lay_out(figure, "Accuracy digit by digit", remarks, entries=len(networks), data=data)
    figure.update_traces(mode="markers")
    figure.update_xaxes(title="Digit", dtick=1, range=(-0.5, len(shares) - 0.5), zeroline=False)
    figure.update_yaxes(title="Right guesses", tickformat=PERCENT)
    return figure
