"""A recipe's network, layer by layer, as data: kinds, shapes and parameters with their arithmetic, without Keras.

`architectures` builds exactly this plan, so what a page shows of a network before it is trained is what is trained.
"""

from dataclasses import dataclass
from math import prod

from mnist_app import ExplorerError
from mnist_app.recipes import Recipe

INPUT_SHAPE = (28, 28, 1)
CLASSES = 10
VALIDATION_BATCH = 1000
"""Images that go through a network at once when it is judged."""

LARGEST_NETWORK = 20_000_000
"""Parameters; with Adam's two averages and the gradient 320 MB. The largest experiment has 5.7 million."""

LARGEST_BATCH = 200_000_000
"""Numbers that the layers give for one batch: 0.8 GB, and about as much again for the gradients."""


class ImpossibleNetwork(ExplorerError):
    """The options leave a layer without anything to work on, or ask for more than a computer of a class can hold."""


@dataclass(frozen=True)
class Layer:
    """One layer of a plan. `kind` is the name of the Keras layer, `settings` its arguments in Keras's spelling.

    `initialiser` and `l2` concern kernels (and biases) and stand apart because Keras wants objects for them.
    """

    kind: str
    settings: tuple[tuple[str, object], ...]
    output_shape: tuple[int, ...]
    parameters: int = 0
    arithmetic: str = ""
    initialiser: str = "glorot-uniform"
    l2: float = 0.0

    @property
    def title(self) -> str:
        """The layer in a few words, for tables and diagrams."""
        given = dict(self.settings)
        match self.kind:
            case "Dense":
                return f"Dense {given['units']} {given.get('activation', 'linear')}"
            case "Conv2D":
                side = given["kernel_size"]
                return f"Conv {given['filters']} {side}×{side} {given['padding']} {given['activation']}"
            case "MaxPooling2D" | "AveragePooling2D":
                return f"{self.kind.removesuffix('Pooling2D')} pool 2×2 {given['padding']}"
            case "Dropout":
                return f"Dropout {given['rate']:g}"
            case "ZeroPadding2D":
                return f"Zero padding {given['padding']}"
        return self.kind


def plan(recipe: Recipe) -> tuple[Layer, ...]:
    """The layers of a classifier, from the image (28, 28, 1) to the probabilities (10,).

    Raises ImpossibleNetwork when pooling leaves no pixel, or when network or batch are too large.
    """
    options, layers, shape = recipe.options, [], INPUT_SHAPE

    def add(layer: Layer) -> None:
        nonlocal shape
        layers.append(layer)
        shape = layer.output_shape

    def dropout(position: int, count: int) -> None:
        places = {"each": True, "first": position == 0, "last": position == count - 1}
        if options["dropout"] and places[options["dropout_after"]]:
            add(Layer("Dropout", (("rate", options["dropout"]),), shape))

    if recipe.architecture == "linear":
        add(_flatten(shape))
        add(_dense(shape, CLASSES, "linear", initialiser="zeros"))
    else:
        if recipe.architecture == "cnn":
            if options["zero_padding"]:
                add(_zero_padding(shape, options["zero_padding"]))
            for filters in options["filters"]:
                add(_convolution(recipe, shape, filters))
                add(_pooling(recipe, shape))
        add(_flatten(shape))
        for position, units in enumerate(options["hidden"]):
            initialiser = options["initialiser"]
            add(_dense(shape, units, "relu", initialiser=initialiser, l2=options["l2"]))
            dropout(position, len(options["hidden"]))
    add(_dense(shape, CLASSES, "softmax"))
    _refuse_large(recipe, layers)
    return tuple(layers)


def count_parameters(recipe: Recipe) -> int:
    """Trained numbers of the network: kernels and biases."""
    return sum(layer.parameters for layer in plan(recipe))


def _flatten(shape: tuple[int, ...]) -> Layer:
    return Layer("Flatten", (), (prod(shape),))


def _dense(
    shape: tuple[int, ...], units: int, activation: str, *, initialiser: str = "glorot-uniform", l2: float = 0.0
) -> Layer:
    settings = (("units", units), ("activation", activation))
    parameters = shape[0] * units + units
    arithmetic = f"{shape[0]:,} × {units:,} + {units:,}"
    return Layer("Dense", settings, (units,), parameters, arithmetic, initialiser, l2)


def _zero_padding(shape: tuple[int, ...], width: int) -> Layer:
    padded = (shape[0] + 2 * width, shape[1] + 2 * width, shape[2])
    return Layer("ZeroPadding2D", (("padding", width),), padded)


def _convolution(recipe: Recipe, shape: tuple[int, ...], filters: int) -> Layer:
    side, padding = recipe.options["kernel"], recipe.options["padding"]
    lost = side - 1 if padding == "valid" else 0
    rows, columns = shape[0] - lost, shape[1] - lost
    _refuse_empty(recipe, rows, "convolution")
    settings = (("filters", filters), ("kernel_size", side), ("padding", padding), ("activation", "relu"))
    parameters = side * side * shape[2] * filters + filters
    arithmetic = f"{side} × {side} × {shape[2]} × {filters} + {filters}"
    initialiser = recipe.options["initialiser"]
    return Layer("Conv2D", settings, (rows, columns, filters), parameters, arithmetic, initialiser)


def _pooling(recipe: Recipe, shape: tuple[int, ...]) -> Layer:
    padding = recipe.options["padding"]
    halved = tuple((side + 1) // 2 if padding == "same" else side // 2 for side in shape[:2])
    _refuse_empty(recipe, halved[0], "pooling")
    kind = "MaxPooling2D" if recipe.options["pooling"] == "max" else "AveragePooling2D"
    return Layer(kind, (("pool_size", 2), ("padding", padding)), (*halved, shape[2]))


def _refuse_empty(recipe: Recipe, rows: int, what: str) -> None:
    if rows < 1:
        raise ImpossibleNetwork(
            f"Recipe {recipe.key}: no pixel is left after a {what}",
            expected="at least 1 × 1",
            found=f"{rows} × {rows}",
            remedy="Take fewer convolutions, a smaller kernel, or padding=same.",
        )


def _refuse_large(recipe: Recipe, layers: list[Layer]) -> None:
    parameters = sum(layer.parameters for layer in layers)
    if parameters > LARGEST_NETWORK:
        raise ImpossibleNetwork(
            f"Recipe {recipe.key}: the network is too large",
            expected=f"at most {LARGEST_NETWORK:,} parameters",
            found=f"{parameters:,}",
            remedy="Take fewer or smaller layers.",
        )
    images = max(recipe.batch_size, VALIDATION_BATCH)
    numbers = images * sum(prod(layer.output_shape) for layer in layers)
    if numbers > LARGEST_BATCH:
        raise ImpossibleNetwork(
            f"Recipe {recipe.key}: a batch of {images:,} images is too large for this network",
            expected=f"at most {LARGEST_BATCH:,} numbers from its layers",
            found=f"{numbers:,}",
            remedy="Take fewer filters or less padding"
            + (", or a smaller batch." if recipe.batch_size > VALIDATION_BATCH else "."),
        )
