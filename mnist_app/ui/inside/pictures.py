"""A network's layers for one image, as HTML: templates and evidence, hidden units, feature maps and filters."""

from collections.abc import Collection

import numpy as np

from mnist_app.evaluation import softmax
from mnist_app.serving.layers import Layers
from mnist_app.ui import weights
from mnist_app.ui.html import escape, picture, pictures, share, table
from mnist_app.ui.inside.opened import Reading

UNITS = 12  # hidden units of a layer that are shown


def numbered(network: Layers, *kinds: str) -> dict[str, tuple[int, int]]:
    """Units and filters below the last layer, (place, number), of layers of these kinds, by what their buttons say."""
    return {
        f"{place}.{unit}": (place, unit)
        for place, layer in enumerate(network.plan[:-1])
        if layer.kind in kinds
        for unit in range(layer.output_shape[-1])
    }


def hidden(network: Layers) -> list[int]:
    """The places of the layers with ReLU."""
    return [place for place in network.weights if network.plan[place].settings.get("activation") == "relu"]


def templates(reading: Reading) -> str:
    """A linear network as a table, a column for each digit: its template, the evidence, and how the logit adds up."""
    outputs, image = reading.outputs, reading.image
    kernel = reading.network.slopes(outputs, of=-1, to=len(outputs) - 1)
    evidence = kernel * image.reshape(-1, 1)
    (logits,), (biases,) = outputs[-1], reading.network.logits(np.zeros_like(image[None]))
    lines = {
        "Digit": range(10),
        "Template": _coloured(kernel.T, "Template of {}"),
        "Evidence: template × ink": _coloured(evidence.T, "Evidence for {}"),
        "Sum of what speaks for it": map(signed, np.maximum(evidence, 0).sum(0)),
        "Sum of what speaks against it": map(signed, np.minimum(evidence, 0).sum(0)),
        "Bias": map(signed, biases),
        "Logit: the sum of these three": map(signed, logits),
        "Probability, by softmax": [escape(share(each)) for each in softmax(outputs[-1])[0]],
    }
    region = 'role="region" tabindex="0" aria-label="Evidence for each digit"'
    return f'<div class="ix mx-scroll" {region}>{table(lines, marked=reading.guess.digit)}</div>'


def strongest(reading: Reading, place: int, digit: int) -> np.ndarray:
    """The numbers of the hidden units of a layer whose parts in a digit's logit are largest."""
    outputs = reading.outputs
    slopes = reading.network.slopes(outputs, of=place, to=len(outputs) - 1, units=digit)
    return np.argsort(-np.abs(outputs[place][0] * slopes))[:UNITS]


def units(reading: Reading, place: int, digit: int, shown: np.ndarray, *, cut: Collection | None = None) -> str:
    """Hidden units of a layer with their parts in a digit's logit, and the sum of all; with `cut`, to be pressed."""
    network, outputs = reading.network, reading.outputs
    given, logit = outputs[place][0], outputs[-1][0, digit]
    slopes = network.slopes(outputs, of=place, to=len(outputs) - 1, units=digit)
    parts = given * slopes
    images = _coloured(network.slopes(outputs, of=-1, to=place, units=shown).T, "Weights of unit {}", shown)
    figures = ""
    for unit, image in zip(shown.tolist(), images, strict=True):
        product = f"<small>{given[unit]:.2f} × {signed(slopes[unit])}</small>"
        figures += _tile(place, unit, cut, f"{image}<b>{signed(parts[unit])}</b>{product}")
    others = np.delete(parts, shown).sum()
    return (
        f'<section class="ix"><h2>Hidden layer {hidden(network).index(place) + 1}: {(given > 0).sum()} of {len(given)} '
        f'units are above 0</h2><div class="ix-units">{figures}</div><p>These {len(shown)}: '
        f"{signed(parts[shown].sum())}. The others: {signed(others)}. Biases of later layers: "
        f"{signed(logit - parts.sum())}. Together: {signed(logit)}, the logit of {digit}.</p></section>"
    )


def maps(reading: Reading, *, marked: Collection, detail: str = "") -> str:
    """Every layer of a CNN: feature maps, each filter a button, and the units of dense layers.

    On one scale a layer: black is 0. Units, and maps with numbers below 0, are one picture, blue below 0 and red above.
    `marked` are filters, (place, number); `detail` stands below the layer of the first one.
    """
    network, outputs, opened = reading.network, reading.outputs, next(iter(marked), (None,))[0]
    sections = ""
    for place, (layer, (given,)) in enumerate(zip(network.plan[:-1], outputs[:-1], strict=True)):
        if layer.kind in ("Flatten", "Dropout", "ZeroPadding2D"):
            continue
        scale, tiles = float(np.abs(given).max()) or 1.0, ""
        about = f"{(given > 0).sum()} of {len(given)} units are above 0"
        if given.ndim > 1:
            about = f"{given.shape[2]} maps of {given.shape[0]} × {given.shape[1]}"
        if given.ndim == 1 or given.min() < 0:
            numbers = np.moveaxis(given, -1, 0).reshape(given.shape[-1], *(given.shape[:-1] or (1, 1)))
            tiles = f'<span class="ix-sheet">{weights.sheet(numbers, scale=scale, alt=about)}</span>'
        else:
            for unit, map in enumerate(np.moveaxis(given, -1, 0)):
                shown = picture(map / scale, alt=f"Map {unit}")
                tiles += _tile(place, unit, marked if layer.kind == "Conv2D" else None, shown)
        # The place of the detail is always there, so that a button keeps the focus when the detail comes.
        sections += (
            f'<section><h2>{escape(layer.title)}: {about}</h2><div class="ix-maps" style="--side:{given.shape[0]}">'
            f"{tiles}</div><div>{detail if opened == place else ''}</div></section>"
        )
    return f'<div class="ix">{sections}</div>'


def filter_detail(network: Layers, place: int, unit: int, strongest: list[tuple]) -> str:
    """A filter: its kernel, one picture for each map that it takes, its bias, and the patches that it answers most."""
    kernel, bias = network.weights[place]
    kernels = np.moveaxis(kernel[..., unit], -1, 0)
    scale = float(np.abs(kernels).max()) or 1.0
    sheet = weights.sheet(kernels, scale=scale, alt=f"Kernel of filter {unit}")
    count, rows, columns = kernels.shape
    shown = [(patch, f"Patch of test image {at}", f"{value:.2f}") for patch, value, at in strongest]
    return (
        f'<div class="ix-filter"><b>Filter {unit}: {count} × {rows} × {columns} weights, bias {signed(bias[unit])}</b> '
        f"(blue {signed(-scale)}, white 0, red {signed(scale)}){sheet}What it answers most, and its answers:"
        f"{pictures(shown, side='3.5rem')}</div>"
    )


def signed(number: float) -> str:
    """With its sign, which is a plus, too."""
    return f"{number:+.2f}".replace("-", "−")


def _coloured(rows: np.ndarray, alt: str, names: Collection = range(10)) -> list[str]:
    """Pictures of numbers (n, 784), blue below 0 and red above, on one scale."""
    scale = float(np.abs(rows).max()) or 1.0
    images = rows.reshape(-1, 1, 28, 28)
    return [weights.sheet(each, scale=scale, alt=alt.format(name)) for each, name in zip(images, names, strict=True)]


def _tile(place: int, unit: int, marked: Collection | None, content: str) -> str:
    """A button, unless nothing can be marked."""
    if marked is None:
        return f"<span>{content}</span>"
    pressed = str((place, unit) in marked).lower()
    return f'<button type="button" data-press="{place}.{unit}" aria-pressed="{pressed}">{content}</button>'
