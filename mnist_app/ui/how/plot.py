"""Small curves that follow a slider: an SVG picture of a kilobyte, where a plotly figure takes a tenth of a second."""

import base64
from collections.abc import Mapping, Sequence

import numpy as np

from mnist_app.figures.style import COLOURS
from mnist_app.ui.html import escape

_WIDTH, _HEIGHT = 400, 180


def plot(curves: Mapping[str, tuple[Sequence, Sequence]], *, x: str, y: str, within: tuple) -> str:
    """HTML of curves (x, y), float (n,), by name; a single pair is a point. `within`: the ends of both axes."""
    (left, right), (bottom, top) = within
    marks = f'<path d="M{-left / (right - left) * _WIDTH:.0f} 0v{_HEIGHT}" stroke="#808080"/>'
    marks += f'<path d="M0 {top / (top - bottom) * _HEIGHT:.0f}h{_WIDTH}" stroke="#808080"/>'
    legend, said = "", []
    for colour, (name, (across, up)) in zip(COLOURS[1:], curves.items(), strict=False):
        places = (np.stack([across, up], 1) - (left, top)) / (right - left, bottom - top) * (_WIDTH, _HEIGHT)
        pairs = [f"{a:.1f} {b:.1f}" for a, b in places.clip(-999, 999).tolist()]
        # A line of no length is a point.
        marks += f'<path d="M{"L".join(pairs if len(pairs) > 1 else 2 * pairs)}" stroke="{colour}" fill="none" '
        marks += f'stroke-width="{2.5 if len(pairs) > 1 else 13}" stroke-linecap="round"/>'
        legend += f'<span><i style="background:{colour}"></i>{escape(name)}</span>'
        said += [f"{name}: {up[-1]:.3g} at {across[-1]:.3g}"] if pairs else []
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}">{marks}</svg>'
    source = f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
    return (
        f'<figure class="hx-plot"><figcaption>{legend}</figcaption><div><span>{top:g}</span><b>{escape(y)}</b>'
        f'<span>{bottom:g}</span></div><img alt="{escape("; ".join(said))}" src="{source}">'
        f"<div><span>{left:g}</span><b>{escape(x)}</b><span>{right:g}</span></div></figure>"
    )
