"""A network's layers as a table and as a diagram, before it is trained; `style.css` has the diagram's style."""

import re
from collections.abc import Sequence
from math import log2

from mnist_app.recipes.layers import CLASSES, DIGIT, IMAGE, INPUT_SHAPE, NOISE, Layer
from mnist_app.ui.html import escape

# Pixels for a pixel of a layer's output, and for a doubling of its channels and of its units: the largest drawing,
# 44 × 44 and 256 filters deep, fills its frame.
_FRAME, _PIXEL, _SHEET, _UNITS = 136, 2.4, 3, 9.6
_ZOOM = 0.72  # of a graph, of which 17 steps fit on a laptop's screen; also in `style.css`
_BESIDE = {IMAGE: "the image", DIGIT: "the digit", NOISE: "normal noise"}
_LEGEND = (
    '<div class="dx-legend"><span><i class="dx-learnt"></i>with parameters, which training changes</span>'
    "<span><i></i>without parameters</span>"
    '<span><i class="dx-arc"></i>also passed on directly</span></div>'
)


def layer_table(plan: Sequence[Layer]) -> dict[str, list[str]]:
    """Columns by heading, all text, with a row for each layer and a last one for the whole."""
    parameters = [layer.parameters for layer in plan]
    return {
        "Layer": [*(layer.title for layer in plan), "Total"],
        "Output shape": [*(_shape(layer.output_shape) for layer in plan), ""],
        "Parameters": [f"{count:,}" for count in (*parameters, sum(parameters))],
        "Arithmetic": [*(layer.arithmetic for layer in plan), ""],
    }


def diagram(plan: Sequence[Layer], *, noisy: bool = False) -> str:
    """The network from the image, noisy or not, to its answer.

    A square is as wide as the layer's output and as deep as its channels, a bar as high as its units (both by
    doublings). The steps wrap on a narrow screen; a network with skip connections scrolls in its own box.
    """
    skips = [(place, at) for at, layer in enumerate(plan) for place in layer.inputs if IMAGE <= place != at - 1]
    *hidden, last = plan
    image = _step("dx-image", INPUT_SHAPE, "Noisy image" if noisy else "Image", "")
    steps = "".join([image, *map(_hidden, hidden), _answer(last, noisy)])
    if skips:
        arcs = "".join(_arc(plan, place, at, skips) for place, at in skips)
        grid = f"{8 + 14 * len(skips)}px auto / repeat({len(plan) + 1}, minmax(4.1rem, 5.4rem))"
        drawn = f'<div class="dx-graph" style="grid-template:{grid}">{arcs}{steps}</div>'
    else:
        drawn = f'<div class="dx-line">{steps}</div>'
    return (
        f'<div class="dx" style="--frame:{_FRAME}px">'
        '<div class="dx-scroll" role="region" tabindex="0" aria-label="Diagram">'
        f'<div role="img" aria-label="{escape(_in_words(plan))}">{drawn}</div></div>{_LEGEND}</div>'
    )


def _answer(last: Layer, noisy: bool) -> str:
    if last.output_shape == (CLASSES,):
        digits = "".join(f"<b>{digit}</b>" for digit in range(CLASSES))
        return _framed(f'<i class="dx-cells dx-learnt">{digits}</i>', "Probabilities", last.output_shape, "softmax")
    return _step("dx-image", last.output_shape, "Clean image" if noisy else "Image again", last.title)


def _step(look: str, shape: tuple[int, ...], name: str, detail: str) -> str:
    front, behind = _size(shape)
    if len(shape) == 1:
        return _framed(f'<i class="dx-bar {look}" style="height:{front:.0f}px"></i>', name, shape, detail)
    style = f"width:{front:.0f}px;height:{front:.0f}px"
    if behind:
        sheets = (
            f"{move}px -{move}px 0 var(--{'front' if move // _SHEET % 2 == 0 else 'back'})"
            for move in range(_SHEET, behind + 1, _SHEET)
        )
        style += f";margin:{behind}px {behind}px 0 0;box-shadow:{','.join(sheets)}"
    digit = f'<span style="font-size:{front * 0.75:.0f}px">7</span>' if look == "dx-image" else ""
    return _framed(f'<i class="{look}" style="{style}">{digit}</i>', name, shape, detail)


def _framed(drawing: str, name: str, shape: tuple[int, ...], detail: str) -> str:
    return (
        f'<div class="dx-step"><div class="dx-area">{drawing}</div><div class="dx-name">{escape(name)}</div>'
        f'<div class="dx-shape">{escape(_shape(shape))}</div><div class="dx-detail">{escape(detail)}</div></div>'
    )


def _arc(plan: Sequence[Layer], place: int, at: int, skips: list[tuple[int, int]]) -> str:
    """A skip connection, from the middle of one step's column to that of another; the image's is the first."""
    nested = sum(at - place > end - start for start, end in skips)
    beside = sum(end == at and start > place for start, end in skips)
    columns = at - place + 1
    down = _ZOOM * (_FRAME - sum(_size(plan[at].output_shape))) / 2 - 3
    return (
        f'<div class="dx-skip" style="grid-column:{place + 2}/span {columns};height:{18 + 14 * nested + down:.0f}px;'
        f'margin:0 calc(50% / {columns} - {10 * beside}px) {-down:.0f}px calc(50% / {columns})"></div>'
    )


def _size(shape: tuple[int, ...]) -> tuple[float, int]:
    """Pixels of a drawing's front, and of what shows behind it, above and to the right."""
    if len(shape) == 1:
        return _UNITS * log2(shape[0] + 1), 0
    return max(_PIXEL * shape[0], 4), _SHEET * round(log2(shape[2]))


def _hidden(layer: Layer) -> str:
    look = "dx-holes" if layer.kind == "Dropout" else "dx-learnt" if layer.parameters else ""
    name, detail = re.fullmatch(rf"(\D*)(?:{layer.output_shape[-1]} )?(.*)", layer.title).groups()  # the shape says it
    beside = [f"with {_BESIDE[place]}" for place in layer.inputs if place < IMAGE]
    return _step(look, layer.output_shape, name, " ".join([detail, *beside]).strip())


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(f"{size:,}" for size in shape)


def _in_words(plan: Sequence[Layer]) -> str:
    said = []
    for at, layer in enumerate(plan):
        others = [_BESIDE.get(place, f"layer {place + 1}") for place in layer.inputs if place != at - 1]
        beside = f", which also takes {' and '.join(others)}" if others else ""
        said.append(f"{at + 1}. {layer.title}, {_shape(layer.output_shape)}{beside}")
    total = sum(layer.parameters for layer in plan)
    start = f"A network of {len(plan)} layers with {total:,} parameters, from an image {_shape(INPUT_SHAPE)}"
    end = "the probabilities of ten digits" if plan[-1].output_shape == (CLASSES,) else "an image"
    return f"{start} to {end}: {'; '.join(said)}."
