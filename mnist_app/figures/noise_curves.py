"""Accuracy and likeness against the level of noise: over all test images, digit by digit, and of a game's images.

The margins of `noise_accuracy` and `noise_psnr` and the range of their x axis are fixed, so that a page can lay a line
at the current level over them without drawing them again: x = 0 … 1 lies between `LEFT` and `RIGHT`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from mnist_app.evaluation import failure_level
from mnist_app.evaluation.game import Scores
from mnist_app.evaluation.results import MNIST, NoiseCurve
from mnist_app.figures.style import COLOURS, GREY, HALF, interval_bars, lay_out, look, marked_line, plain, shares_of

LEFT, RIGHT = 74, 18  # margins in pixels, left and right of the plotting area
TRAINED_AT = 0.4  # the level that source C's autoencoder was trained at
REPORTED = {
    "none": (0.9909, 0.9651, 0.8956, 0.7867, 0.6482, 0.4901, 0.3310, 0.2290, 0.1612, 0.1209, 0.0981),
    "autoencoder": (0.9539, 0.9528, 0.9505, 0.9408, 0.9192, 0.8621, 0.7292, 0.5143, 0.3191, 0.1758, 0.1012),
}
"""What source C reports at levels 0, 0.1 … 1 for noisy and denoised test images, with its own `cnn-sgd`."""
_YOU = "#C2185B"  # the colour of a game's player
_DIGITS = list(range(10))
_SCALE = ((0, "#08306B"), (0.5, "#6BAED6"), (1, "#F7FBFF"))
_PLOT = 330  # pixels, the height of the plotting area


@dataclass(frozen=True)
class NoiseLine:
    """A denoiser to be drawn: its title as plain text, its curve, and the number that picks colour and marker."""

    title: str
    curve: NoiseCurve
    style: int = 0


def noise_accuracy(lines: Sequence[NoiseLine], *, classifier: str, other_seeds: Sequence[NoiseCurve] = ()) -> go.Figure:
    """Accuracy on all test images against the level for each denoiser, with 95 % bands and source C's points.

    All curves are of this classifier and of one kind of noise. other_seeds: without denoising, the same network trained
    with other seeds, drawn thin.
    """
    figure = go.Figure([_thin(curve) for curve in other_seeds])
    figure.add_vrect(TRAINED_AT - 0.025, TRAINED_AT + 0.025, fillcolor=GREY, opacity=0.22, line_width=0)
    for line in lines:
        accuracies = [share.value for share in line.curve.accuracies]
        figure.add_traces([_band(line), _line(line, accuracies, "accuracy %{y:.2%}")])
        if line.curve.denoiser in REPORTED:
            figure.add_trace(_reported(line))
    remarks = [
        f"classified by {classifier}. Band: 95% interval.",
        "C: a report of a university assignment (2022), with its own classifier.",
        f"Grey: the level {TRAINED_AT:g} that the autoencoder learned from.",
    ]
    if other_seeds:
        remarks.append(f"Dotted: without denoising, trained with other seeds: {len(other_seeds)}.")
    _lay_out(figure, "Accuracy against the level of noise", remarks, lines)
    figure.update_yaxes(title_text="Accuracy", tickformat=".0%", range=(0, 1.02))
    return figure


def noise_psnr(lines: Sequence[NoiseLine]) -> go.Figure:
    """Mean peak signal-to-noise ratio of the pictures against the clean ones, for each denoiser."""
    figure = go.Figure([_line(line, line.curve.psnr, "PSNR %{y:.1f} dB") for line in lines])
    higher = "mean over the images. Higher is closer to the clean image."
    remarks = [higher, "Identical images have no finite value and no point."]
    _lay_out(figure, "Likeness to the clean image", remarks, lines)
    figure.update_yaxes(title_text="PSNR in dB", rangemode="tozero")
    return figure


def failure_map(line: NoiseLine, *, classifier: str) -> go.Figure:
    """Accuracy digit by digit and level by level; a line where fewer than half of a digit's images are read."""
    levels = line.curve.levels
    shares = [line.curve.of_digit(digit) for digit in _DIGITS]
    cells = [shares_of(row) for row in shares]
    figure = go.Figure(
        go.Heatmap(
            x=levels,
            y=_DIGITS,
            z=[row["y"] for row in cells],
            text=[[f"{100 * each.value:.0f}" for each in row] for row in shares],
            texttemplate="%{text}",
            textfont={"size": 11},
            customdata=[row["customdata"] for row in cells],
            hovertemplate="digit %{y}, level %{x:g}<br>%{customdata}<extra></extra>",
            colorscale=_SCALE,
            zmin=0,
            zmax=1,
            xgap=1,
            ygap=1,
            showscale=False,
        )
    )
    step = levels[1] - levels[0]
    for digit, row in zip(_DIGITS, shares, strict=True):
        level = failure_level(levels, [each.value >= 0.5 for each in row])
        note = {"xref": "paper", "xanchor": "left", "xshift": 6, "showarrow": False, "font": {"size": 13}}
        figure.add_annotation(x=1, y=digit, text="never" if level is None else f"{level:g}", **note)
        if level is not None:
            ends = {"x0": level - step / 2, "x1": level - step / 2, "y0": digit - 0.5, "y1": digit + 0.5}
            figure.add_shape(type="line", **ends, line={"color": COLOURS[2], "width": 4})
    remarks = [
        f"{_images(line.curve)}, classified by {classifier}: percent that are read rightly.",
        "Orange line and right margin: from this level on fewer than half.",
    ]
    lay_out(figure, f"{line.title}: digit by digit", remarks, entries=0, data=line.curve.data)
    figure.update_layout(showlegend=False, margin={"l": LEFT, "r": 54, "b": 60})
    bare = {"showgrid": False, "zeroline": False, "automargin": False}
    figure.update_xaxes(title_text="Level of noise", dtick=0.2, **bare)
    figure.update_yaxes(title_text="Digit", tickvals=_DIGITS, autorange="reversed", **bare)
    return figure


def readers(
    people: Scores, others: Mapping[str, Scores], *, classifier: str, data: str = MNIST, games: int = 0
) -> go.Figure:
    """A game's outcome: the player's share with its 95 % interval, and the networks' by title, on the same images.

    games: how many were played, where it is the class's share; the networks' are on all test images.
    """
    figure = go.Figure([_reader(title, scores, style) for style, (title, scores) in enumerate(others.items())])
    name = "The class" if games else "You"
    mine = _reader(name, people, 0).update(
        line={"color": _YOU, "width": 3},
        marker={"symbol": "circle", "size": 12},
        error_y=interval_bars(people.shares) | {"thickness": 2, "width": 6},
    )
    figure.add_trace(mine)
    counts = sorted({each.n for each in people.shares})
    n = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    of_what = "all test images" if games else "the same images"
    remarks = [
        f"{name}{f', games: {games}' if games else ''}; {n} images at each level. Bars: 95% interval.",
        *([f"Networks: {of_what}, denoised, then classified by {classifier}."] if others else []),
    ]
    lay_out(figure, "Read rightly, level by level", remarks, entries=len(others) + 1, data=data)
    figure.update_xaxes(title_text="Level of noise", range=(0, 1), dtick=0.2)
    figure.update_yaxes(title_text="Read rightly", tickformat=".0%", range=(-0.02, 1.04))
    return figure


def _line(line: NoiseLine, values: Sequence[float | None], value: str) -> go.Scatter:
    return marked_line(
        line.title,
        line.style,
        x=line.curve.levels,
        y=values,
        legendgroup=line.curve.denoiser,
        cliponaxis=False,
        hovertemplate=f"level %{{x:g}}<br>{value}<extra>%{{fullData.name}}</extra>",
    )


def _reader(title: str, scores: Scores, style: int) -> go.Scatter:
    points = {"x": scores.levels, **shares_of(scores.shares)}
    hovered = "level %{x:g}<br>%{customdata}<extra>%{fullData.name}</extra>"
    return marked_line(title, style, width=1.5, size=7, **points, hovertemplate=hovered)


def _thin(curve: NoiseCurve) -> go.Scatter:
    seed = curve.classifier.rpartition("-")[2].partition(".")[0]  # "0.after3" of a training that was stopped
    return go.Scatter(
        x=curve.levels,
        y=[share.value for share in curve.accuracies],
        name=f"seed {seed}",
        mode="lines",
        line={"color": GREY, "width": 1, "dash": "dot"},
        showlegend=False,
        hovertemplate="level %{x:g}<br>accuracy %{y:.2%}<extra>%{fullData.name}</extra>",
    )


def _band(line: NoiseLine) -> go.Scatter:
    lows, highs = zip(*(share.interval for share in line.curve.accuracies), strict=True)
    levels = line.curve.levels
    return go.Scatter(
        x=[*levels, *levels[::-1]],
        y=[*highs, *lows[::-1]],
        fill="toself",
        fillcolor=look(line.style)[0],
        opacity=0.35,
        mode="lines",
        line={"width": 0},
        legendgroup=line.curve.denoiser,
        name=f"{plain(line.title)}, 95% interval",
        showlegend=False,
        hoverinfo="skip",
    )


def _reported(line: NoiseLine) -> go.Scatter:
    colour, symbol = look(line.style)
    values = REPORTED[line.curve.denoiser]
    return go.Scatter(
        x=[step / 10 for step in range(len(values))],
        y=values,
        text=["C"] * len(values),
        textfont={"size": 10},
        name=f"{plain(line.title)}, source C",
        legendgroup=line.curve.denoiser,
        showlegend=False,
        mode="markers+text",
        textposition="middle center",
        cliponaxis=False,
        marker={"symbol": f"{symbol}-open", "size": 15, "color": colour, "line": {"width": 1.5, "color": colour}},
        hovertemplate="level %{x:g}<br>reported by source C: %{y:.2%}<extra>%{fullData.name}</extra>",
    )


def _lay_out(figure: go.Figure, title: str, remarks: Sequence[str], lines: Sequence[NoiseLine]) -> None:
    curve = lines[0].curve
    remarks = [f"{_images(curve)}, {remarks[0]}", *remarks[1:]]
    lay_out(figure, title, remarks, entries=len(lines), data=curve.data, line=HALF)
    # Room for a legend of one entry a line, as on a phone: so the plotting area is as high at any width.
    bottom, top = 64 + 20 * len(lines), figure.layout.margin.t
    figure.update_layout(margin={"l": LEFT, "r": RIGHT, "b": bottom}, height=top + _PLOT + bottom)
    figure.update_layout(legend={"y": -52 / _PLOT})
    figure.update_xaxes(title_text="Level of noise", range=(0, 1), dtick=0.2, automargin=False)
    figure.update_yaxes(automargin=False)


def _images(curve: NoiseCurve) -> str:
    return f"All {sum(curve.counts):,} test images, {curve.kind} noise"
