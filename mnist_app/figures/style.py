"""What all figures share: the curve to be drawn, colours and markers, heading, legend and margins.

Colours of text and background are left to the page's theme. Those of the curves have a contrast of at least 3 : 1
against white and against a nearly black background, and every curve has a marker of its own besides its colour.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import plotly.graph_objects as go

from mnist_app.evaluation.results import MNIST, History, Proportion

# Hues of Okabe and Ito (2008), some of them darkened for contrast on white. Neighbours differ under colour blindness.
GREY = "#8A8A8A"
COLOURS = (GREY, "#0072B2", "#D55E00", "#B97F00", "#3A97D3", "#009E73", "#CC79A7", "#7D6BD9", "#A65628")
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "x", "star", "pentagon")
PERCENT = ".4~%"
"""Format of an axis of shares: as many decimals as it takes, so that no two ticks have one label."""

_LINE_LENGTH = 46  # characters of a subtitle that fit a phone's width


@dataclass(frozen=True)
class Curve:
    """One run to be drawn, with its name as plain text.

    `style` picks colour and marker; give a run the same number in each figure. `reported` holds (source, accuracy) of
    each figure that a source reported.
    """

    label: str
    history: History
    style: int = 0
    reported: tuple[tuple[str, float], ...] = ()
    data: str = MNIST


def remark_on(data: str, *, of: Sequence[str] = ()) -> list[str]:
    """What a figure says where it shows other data than MNIST; `of` are the curves' labels where not all do."""
    if data == MNIST:
        return []
    runs = f": {', '.join(of)}" if of else ""
    return [f"{data.capitalize()}, not MNIST{runs}."]


def lay_out(figure: go.Figure, title: str, remarks: Sequence[str], *, entries: int, data: str = MNIST) -> None:
    """Heading with remarks below it, and a legend of that many entries below the plot, at any width of the page.

    Other data than MNIST is named in a last remark. Titles and remarks are plain text: plotly would read HTML in them.
    """
    lines = [
        plain(line) for remark in [*remarks, *remark_on(data)] for line in textwrap.wrap(remark, _LINE_LENGTH)
    ]
    heading = [plain(line) for line in textwrap.wrap(title, _LINE_LENGTH - 6)]
    top = 34 + 22 * len(heading) + 17 * len(lines)
    figure.update_layout(
        title={
            "text": "<br>".join(heading),
            "subtitle": {"text": "<br>".join(lines), "font": {"size": 13}},
            "x": 0,
            "xref": "container",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "pad": {"t": 12, "l": 4},
            "font": {"size": 17},
        },
        margin={"t": top, "b": 60, "l": 10, "r": 10},
        height=top + 380 + 11 * entries,
        legend={"orientation": "h", "x": 0, "y": -0.16, "yanchor": "top", "title": {"text": ""}},
        font={"size": 14},
        hovermode="closest",
        showlegend=True,
        dragmode=False,  # a finger's drag scrolls the page
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": GREY, "activecolor": COLOURS[1]},
    )
    figure.update_xaxes(automargin=True, fixedrange=True)
    figure.update_yaxes(automargin=True, fixedrange=True)


def plain(text: str) -> str:
    """The text as plotly shows it: never as HTML."""
    return escape(text, quote=False)


def marked_line(title: str, style: int, *, width: float = 2, size: float = 8, **trace) -> go.Scatter:
    """A curve with markers; width and size in pixels."""
    colour, symbol = look(style)
    return go.Scatter(
        name=plain(title),
        mode="lines+markers",
        line={"color": colour, "width": width},
        marker={"symbol": symbol, "size": size},
        **trace,
    )


def shares_of(shares: Sequence[Proportion]) -> dict[str, object]:
    return {"y": [share.value for share in shares], "customdata": [hover(share) for share in shares]}


def interval_bars(shares: Sequence[Proportion]) -> dict[str, object]:
    """The 95 % intervals as bars of a trace whose y are the shares' values."""
    highs = [share.interval[1] - share.value for share in shares]
    lows = [share.value - share.interval[0] for share in shares]
    return {"type": "data", "symmetric": False, "array": highs, "arrayminus": lows}


def look(style: int) -> tuple[str, str]:
    """Colour and marker; with each round of the colours the markers shift by one."""
    turn, place = divmod(style, len(COLOURS))
    return COLOURS[place], _SYMBOLS[(place + turn) % len(_SYMBOLS)]


def hover(share: Proportion) -> str:
    low, high = share.interval
    return f"{share.value:.1%} of {share.n:,} ({low:.1%}–{high:.1%})"
