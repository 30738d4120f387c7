"""A network's layers for one image, as HTML: templates and evidence, hidden units, feature maps and filters."""

from collections.abc import Collection

import numpy as np

from mnist_app.serving.layers import Layers, softmax
from mnist_app.ui import weights
from mnist_app.ui.html import escape, picture, share

UNITS = 12
"""Hidden units of a layer that are shown."""


def filters(network: Layers) -> dict[str, tuple[int, int]]:
    """The filters of all convolutions, (place, number), by what their buttons say."""
    return {
        f"{place}.{unit}": (place, unit)
        for place, layer in enumerate(network.plan)
        if layer.kind == "Conv2D"
        for unit in range(layer.output_shape[2])
    }


def hidden(network: Layers) -> list[int]:
    """The places of the dense layers with ReLU."""
    return [place for place in network.weights if network.plan[place].settings.get("activation") == "relu"]


def row(*captioned: tuple[str, str], side: str = "9rem") -> str:
    """Pictures side by side, each an <img> and its caption."""
    figures = "".join(
        f"<figure>{image}<figcaption>{escape(text)}</figcaption></figure>" for image, text in captioned
    )
    return f'<div class="mx mx-row" style="--side:{side}">{figures}</div>'


def templates(network: Layers, outputs: list[np.ndarray], image: np.ndarray) -> str:
    """A linear network as a table, a column for each digit: its template, the evidence, and how the logit adds up."""
    kernel = network.slopes(outputs, of=-1, to=len(outputs) - 1, units=slice(None))
    evidence = kernel * image.reshape(-1, 1)
    (logits,), (biases,) = outputs[-1], network.logits(np.zeros((1, *image.shape), np.float32))
    rows = {
        "Template": _coloured(kernel.T, "Template of {}"),
        "Evidence: template × ink": _coloured(evidence.T, "Evidence for {}"),
        "Sum of what speaks for it": map(signed, np.maximum(evidence, 0).sum(0)),
        "Sum of what speaks against it": map(signed, np.minimum(evidence, 0).sum(0)),
        "Bias": map(signed, biases),
        "Logit: the sum of these three": map(signed, logits),
        "Probability, by softmax": [escape(share(each)) for each in softmax(outputs[-1])[0]],
    }
    lines = "".join(
        f'<tr><th scope="row">{title}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
        for title, cells in rows.items()
    )
    head = "".join(f'<th scope="col">{digit}</th>' for digit in range(10))
    return (
        '<div class="ix mx-scroll" role="region" tabindex="0" aria-label="Evidence for each digit">'
        f"<table><tr><td></td>{head}</tr>{lines}</table></div>"
    )


def units(network: Layers, outputs: list[np.ndarray], place: int, digit: int, cut: Collection = ()) -> str:
    """The hidden units of a layer that add most to a digit's logit, or take most from it, and the sum of all."""
    last, given, logit = len(outputs) - 1, outputs[place][0], outputs[-1][0, digit]
    slopes = network.slopes(outputs, of=place, to=last, units=[digit])[:, 0]
    parts = given * slopes
    shown = [*(unit for at, unit in sorted(cut) if at == place), *np.argsort(-np.abs(parts))[:UNITS].tolist()][
        :UNITS
    ]
    seen = network.slopes(outputs, of=-1, to=place, units=shown).T
    images = _coloured(seen, "Weights of unit {}", shown)
    figures = "".join(
        _button(
            place,
            unit,
            cut,
            f"{image}<b>{signed(parts[unit])}</b><small>{given[unit]:.2f} × {slopes[unit]:.2f}</small>",
        )
        for unit, image in zip(shown, images, strict=True)
    )
    rest, biases = parts.sum() - parts[shown].sum(), logit - parts.sum()
    return (
        f'<section class="ix"><h3>Hidden layer {hidden(network).index(place) + 1}: {(given > 0).sum()} of {len(given)} '
        f'units are above 0</h3><div class="ix-units">{figures}</div><p>These {len(shown)}: '
        f"{signed(parts[shown].sum())}. The others: {signed(rest)}. Biases of later layers: {signed(biases)}. "
        f"Together: {signed(logit)}, the logit of {digit}.</p></section>"
    )


def maps(
    network: Layers,
    outputs: list[np.ndarray],
    *,
    opened: tuple | None = None,
    detail: str = "",
    cut: Collection = (),
) -> str:
    """Every layer of a CNN: feature maps, each filter a button, and the units of dense layers.

    On one scale a layer: black is 0, or, in a layer with numbers below 0, blue.
    """
    sections = ""
    for place, (layer, (given,)) in enumerate(zip(network.plan[:-1], outputs[:-1], strict=True)):
        if layer.kind in ("Flatten", "Dropout", "ZeroPadding2D"):
            continue
        scale, tiles = float(np.abs(given).max()) or 1.0, ""
        if given.ndim == 1:
            about = f"{(given > 0).sum()} of {len(given)} units are above 0"
            tiles = f'<span class="ix-dense">{weights.sheet(given.reshape(-1, 1, 1), scale=scale, alt=about)}</span>'
        else:
            about = f"{given.shape[2]} maps of {given.shape[0]} × {given.shape[1]}"
            for unit in range(given.shape[2]):
                map, alt = given[..., unit], f"Map {unit}"
                shown = picture(map / scale, alt=alt)
                if given.min() < 0:
                    shown = weights.sheet(map[None], scale=scale, alt=alt)
                tiles += _button(place, unit, cut or {opened}, shown) if layer.kind == "Conv2D" else shown
        # The place of the detail is always there, so that a button keeps the focus when the detail comes.
        sections += (
            f'<section><h3>{escape(layer.title)}: {about}</h3><div class="ix-maps" style="--side:{given.shape[0]}">'
            f"{tiles}</div><div>{detail if opened and opened[0] == place else ''}</div></section>"
        )
    return f'<div class="ix">{sections}</div>'


def filter_detail(network: Layers, place: int, unit: int, strongest: list[tuple]) -> str:
    """A filter: its kernel, one picture for each map that it takes, its bias, and the patches that it answers most."""
    kernel, bias = network.weights[place]
    kernels = np.moveaxis(kernel[..., unit], -1, 0)
    scale = float(np.abs(kernels).max()) or 1.0
    sheet = weights.sheet(kernels, scale=scale, alt=f"Kernel of filter {unit}")
    count, rows, columns = kernels.shape
    shown = [
        (picture(patch, alt=f"Patch of test image {at}"), f"{value:.2f}") for patch, value, at in strongest
    ]
    return (
        f'<div class="ix-filter"><b>Filter {unit}: {count} × {rows} × {columns} weights, bias {signed(bias[unit])}</b> '
        f"(blue {-scale:.2g}, white 0, red {scale:.2g}){sheet}What it answers most, and its answers:"
        f"{row(*shown, side='3.5rem')}</div>"
    )


def signed(number: float) -> str:
    """With its sign, which is a plus, too."""
    return f"{number:+.2f}".replace("-", "−")


def _coloured(rows: np.ndarray, alt: str, names: Collection = range(10)) -> list[str]:
    """Pictures of numbers (n, 784), blue below 0 and red above, on one scale."""
    scale = float(np.abs(rows).max()) or 1.0
    images = rows.reshape(-1, 1, 28, 28)
    return [
        weights.sheet(each, scale=scale, alt=alt.format(name)) for each, name in zip(images, names, strict=True)
    ]


def _button(place: int, unit: int, marked: Collection, content: str) -> str:
    pressed = str((place, unit) in marked).lower()
    return f'<button type="button" data-press="{place}.{unit}" aria-pressed="{pressed}">{content}</button>'
