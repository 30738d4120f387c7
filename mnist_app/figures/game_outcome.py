"""A game's outcome: the player beside the networks, on the very same images."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from mnist_app.evaluation.game import Scores
from mnist_app.evaluation.results import MNIST
from mnist_app.figures.style import hover, interval_bars, lay_out, marked_line, plain

YOU = "#C2185B"


@dataclass(frozen=True)
class Reader:
    """Someone who read a game's images: the share read rightly at each level."""

    title: str
    scores: Scores
    style: int = 0


def readers(you: Reader, others: Sequence[Reader], *, classifier: str, data: str = MNIST) -> go.Figure:
    """A game's outcome: the player's share with its 95 % interval, and the networks' on the very same images.

    data: name of what the images are from.
    """
    figure = go.Figure([_line(other) for other in others])
    mine = _line(you).update(
        line={"color": YOU, "width": 3},
        marker={"symbol": "circle", "size": 12},
        error_y=interval_bars(you.scores.shares) | {"thickness": 2, "width": 6},
    )
    figure.add_trace(mine)
    counts = sorted({each.n for each in you.scores.shares})
    n = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    remarks = [
        f"The same images for all, {n} at each level. Networks: denoised, then classified by {classifier}.",
        "Bars: 95% interval of your share.",
    ]
    lay_out(figure, "Read rightly, level by level", remarks, entries=len(others) + 1, data=data)
    figure.update_xaxes(title="Level of noise", range=(0, 1), dtick=0.2)
    figure.update_yaxes(title="Read rightly", tickformat=".0%", range=(-0.02, 1.04))
    return figure


def _line(reader: Reader) -> go.Scatter:
    return go.Scatter(
        x=reader.scores.levels,
        y=[share.value for share in reader.scores.shares],
        name=plain(reader.title),
        **marked_line(reader.style, width=1.5, size=7),
        customdata=[hover(share) for share in reader.scores.shares],
        hovertemplate="level %{x:g}<br>%{customdata}<extra>%{fullData.name}</extra>",
    )
