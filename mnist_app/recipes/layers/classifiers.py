"""Plans of the classifiers: from the image (28, 28, 1) to the probabilities (10,)."""

from mnist_app import InvalidInput
from mnist_app.recipes import Recipe
from mnist_app.recipes.layers.layer import CLASSES, INPUT_SHAPE, Layer, dense, flatten


def plan_classifier(recipe: Recipe) -> list[Layer]:
    """The layers of a classifier. Raises InvalidInput when pooling leaves no pixel."""
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
        add(flatten(shape))
        add(dense(shape, CLASSES, "linear", kernel_initializer="zeros"))
    else:
        if recipe.architecture == "cnn":
            if options["zero_padding"]:
                add(_zero_padding(shape, options["zero_padding"]))
            for filters in options["filters"]:
                for _ in range(options["convolutions"]):
                    add(_convolution(recipe, shape, filters))
                add(_pooling(recipe, shape))
                if options["batch_normalization"]:
                    add(_batch_normalization(shape))
        add(flatten(shape))
        for position, units in enumerate(options["hidden"]):
            initializer = options["kernel_initializer"]
            add(dense(shape, units, "relu", kernel_initializer=initializer, l2=options["l2"]))
            dropout(position, len(options["hidden"]))
    add(dense(shape, CLASSES, "softmax"))
    return layers


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
    initializer = recipe.options["kernel_initializer"]
    return Layer("Conv2D", settings, (rows, columns, filters), parameters, arithmetic, initializer)


def _batch_normalization(shape: tuple[int, ...]) -> Layer:
    """Its scales and shifts are trained; the means and variances that it keeps besides are not."""
    return Layer("BatchNormalization", (), shape, 2 * shape[2], f"2 × {shape[2]}")


def _pooling(recipe: Recipe, shape: tuple[int, ...]) -> Layer:
    padding = recipe.options["padding"]
    halved = tuple((side + 1) // 2 if padding == "same" else side // 2 for side in shape[:2])
    _refuse_empty(recipe, halved[0], "pooling")
    kind = "MaxPooling2D" if recipe.options["pooling"] == "max" else "AveragePooling2D"
    return Layer(kind, (("pool_size", 2), ("padding", padding)), (*halved, shape[2]))


def _refuse_empty(recipe: Recipe, rows: int, what: str) -> None:
    if rows < 1:
        raise InvalidInput(
            f"Recipe {recipe.key}: no pixel is left after a {what}",
            expected="at least 1 × 1",
            found=f"{rows} × {rows}",
            remedy="Take fewer convolutions, a smaller kernel, or padding=same.",
        )
