"""A game's outcome: the player beside the networks, on the very same images."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import plotly.graph_objects as go

from mnist_app.evaluation.results import MNIST, Proportion
from mnist_app.figures.style import hover, lay_out, look, remark_on

YOU = "#C2185B"


@dataclass(frozen=True)
class Reader:
    """Someone who read a game's images: the share read rightly at each level."""

    title: str
    levels: tuple[float, ...]
    shares: tuple[Proportion, ...]
    style: int = 0


def readers(you: Reader, others: Sequence[Reader], *, classifier: str, data: str = MNIST) -> go.Figure:
    """A game's outcome: the player's share with its 95 % interval, and the networks' on the very same images.

    data: name of what the images are from.
    """
    figure = go.Figure()
    for other in others:
        colour, symbol = look(other.style)
        figure.add_trace(
            go.Scatter(
                x=other.levels,
                y=[each.value for each in other.shares],
                name=escape(other.title, quote=False),
                mode="lines+markers",
                line={"color": colour, "width": 1.5},
                marker={"symbol": symbol, "size": 7},
                customdata=[hover(each) for each in other.shares],
                hovertemplate="level %{x:g}<br>%{customdata}<extra>%{fullData.name}</extra>",
            )
        )
    values = [each.value for each in you.shares]
    intervals = [each.interval for each in you.shares]
    figure.add_trace(
        go.Scatter(
            x=you.levels,
            y=values,
            name=escape(you.title, quote=False),
            mode="lines+markers",
            line={"color": YOU, "width": 3},
            marker={"symbol": "circle", "size": 12},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [high - value for (_, high), value in zip(intervals, values, strict=True)],
                "arrayminus": [value - low for (low, _), value in zip(intervals, values, strict=True)],
                "thickness": 2,
                "width": 6,
            },
            customdata=[hover(each) for each in you.shares],
            hovertemplate="level %{x:g}<br>%{customdata}<extra>%{fullData.name}</extra>",
        )
    )
    counts = sorted({each.n for each in you.shares})
    n = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    remarks = [
        f"The same images for all, {n} at each level. Networks: denoised, then classified by {classifier}.",
        "Bars: 95% interval of your share.",
        *remark_on(data),
    ]
    lay_out(figure, "Read rightly, level by level", remarks, len(others) + 1)
    figure.update_xaxes(title="Level of noise", range=(0, 1), dtick=0.2)
    figure.update_yaxes(title="Read rightly", tickformat=".0%", range=(-0.02, 1.04))
    return figure
