"""What all figures share: the curve to be drawn, colours and markers, heading, legend and margins.

Colours of text and background are left to the page's theme. Those of the curves have a contrast of at least 3 : 1
against white and against a nearly black background, and every curve has a marker of its own besides its colour.
"""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import plotly.graph_objects as go

from mnist_app.evaluation.results import MNIST, History, Proportion

# Hues of Okabe and Ito (2008), some of them darkened for contrast on white. Neighbours differ under colour blindness.
GREY = "#8A8A8A"
COLOURS = (GREY, "#0072B2", "#D55E00", "#B97F00", "#3A97D3", "#009E73", "#CC79A7", "#7D6BD9", "#A65628")
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "x", "star", "pentagon")
PERCENT = ".4~%"  # format of an axis of shares: as many decimals as it takes, so that no two ticks have one label

TEXT = "#000010"
"""Near black; on a page Streamlit puts the last colour of .streamlit/config.toml's chartCategoricalColors here."""

AXIS = {
    "automargin": True,
    "fixedrange": True,
    "tickfont": {"size": 14, "color": TEXT},
    "title": {"font": {"size": 15, "color": TEXT}},
}
"""Of every axis."""

_FONT = "Helvetica, Arial, sans-serif"  # the picture that a visitor saves cannot use the page's own font
FULL, _PROJECTOR, HALF, _PHONE = 112, 80, 46, 44  # characters of a line of a remark; HALF of the page's width
_TITLE, _PHONE_TITLE = 0.8, 0.68  # of those in a line of the title, which is larger, and beside a button
_LARGER = 1.4
_SIZES = ("size", "width", "height", "thickness", "t", "b", "l", "r")


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


def lay_out(
    figure: go.Figure, title: str, remarks: Sequence[str], *, entries: int, data: str = MNIST, line: int = FULL
) -> None:
    """Heading with remarks below it, and a legend of that many entries below the plot.

    Other data than MNIST is named in a last remark. Titles and remarks are plain text: plotly would read HTML in them.
    line: characters of a line of the remarks, HALF for a figure that has half of the page's width.
    """
    heading, lines = _wrap([plain(title)], line, _TITLE), _wrap(map(plain, [*remarks, *remark_on(data)]), line)
    top = _top(heading, lines)
    figure.update_layout(
        title={
            "text": "<br>".join(heading),
            "subtitle": {"text": "<br>".join(lines), "font": {"size": 14, "color": TEXT}},
            "x": 0,
            "xref": "container",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "pad": {"t": 5 + 7 * len(heading), "l": 4},
            "font": {"size": 17, "family": _FONT},
        },
        margin={"t": top, "b": 60, "l": 10, "r": 10},
        height=top + 380 + 11 * entries,
        legend={"orientation": "h", "x": 0, "y": -0.18, "yanchor": "top", "title": {"text": ""}, "font": {"size": 14}},
        font={"size": 14, "family": _FONT, "color": TEXT},
        hovermode="closest",
        showlegend=True,
        dragmode=False,  # a finger's drag scrolls the page
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": GREY, "activecolor": COLOURS[1]},
    )
    figure.update_xaxes(**AXIS)
    figure.update_yaxes(**AXIS)


def fitted(figure: go.Figure, *, phone: bool = False, projector: bool = False) -> go.Figure:
    """A copy with shorter lines of text for a phone, or with all sizes larger and shorter lines for a projector."""
    spec = figure.to_dict()
    layout, title = spec["layout"], spec["layout"].get("title", {})
    if "subtitle" in title:  # what `lay_out` wrote
        line = _PHONE if phone else _PROJECTOR
        heading = _wrap(title["text"].split("<br>"), line, _PHONE_TITLE if phone else _TITLE)
        lines = _wrap(title["subtitle"]["text"].split("<br>"), line)
        more = _top(heading, lines) - layout["margin"]["t"]
        title["text"], title["subtitle"]["text"] = "<br>".join(heading), "<br>".join(lines)
        title["pad"]["t"] = 5 + 7 * len(heading)  # plotly shifts a second line upwards
        layout["margin"]["t"] += more
        layout["height"] += more
    return go.Figure(_larger(spec) if projector else spec, skip_invalid=True)


def _larger(part):
    """The same with all lengths in pixels multiplied."""
    if isinstance(part, dict):
        return {
            name: value * _LARGER if name in _SIZES and isinstance(value, int | float) else _larger(value)
            for name, value in part.items()
        }
    return [_larger(each) for each in part] if isinstance(part, list | tuple) else part


def _wrap(texts: Iterable[str], line: int, share: float = 1.0) -> list[str]:
    """Lines of HTML; a tag's space is no place to break."""
    wrapped = (textwrap.wrap(text.replace("<b ", "<b\xa0"), int(share * line)) for text in texts)
    return [line.replace("<b\xa0", "<b ") for lines in wrapped for line in lines]


def _top(heading: Sequence[str], lines: Sequence[str]) -> int:
    return 34 + 22 * len(heading) + 18 * len(lines)


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
    return {"y": [share.value for share in shares], "customdata": [_hover(share) for share in shares]}


def interval_bars(shares: Sequence[Proportion]) -> dict[str, object]:
    """The 95 % intervals as bars of a trace whose y are the shares' values."""
    highs = [share.interval[1] - share.value for share in shares]
    lows = [share.value - share.interval[0] for share in shares]
    return {"type": "data", "symmetric": False, "array": highs, "arrayminus": lows}


def look(style: int) -> tuple[str, str]:
    """Colour and marker; with each round of the colours the markers shift by one."""
    turn, place = divmod(style, len(COLOURS))
    return COLOURS[place], _SYMBOLS[(place + turn) % len(_SYMBOLS)]


def _hover(share: Proportion) -> str:
    low, high = share.interval
    return f"{share.value:.1%} of {share.n:,} ({low:.1%}–{high:.1%})"
