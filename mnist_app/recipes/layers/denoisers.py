"""Plans of the denoisers: from the noisy image (28, 28, 1) to the clean one, every pixel between 0 and 1."""

from math import prod

from mnist_app.recipes import Recipe
from mnist_app.recipes.layers.layer import INPUT_SHAPE, Layer, dense, flatten

_BOTTLENECK_FILTERS = 16


def plan_autoencoder(recipe: Recipe) -> list[Layer]:
    """Dense layers only; the narrowest one, the first of several, is the latent space."""
    layers = [flatten(INPUT_SHAPE)]
    hidden = recipe.options["hidden"]
    for place, units in enumerate(hidden):
        narrowest = place == hidden.index(min(hidden))
        activation = recipe.options["latent_activation"] if narrowest else "relu"
        layers.append(dense(layers[-1].output_shape, units, activation))
    layers.append(dense(layers[-1].output_shape, prod(INPUT_SHAPE), "sigmoid"))
    layers.append(Layer("Reshape", (("target_shape", INPUT_SHAPE),), INPUT_SHAPE))
    return layers


def plan_unet(recipe: Recipe) -> list[Layer]:
    """Convolutions down to 7 × 7 and up again, a dense bottleneck that sees the whole image, and skip connections.

    The shape is that of U-Net (Ronneberger, Fischer & Brox, 2015), made small.
    """
    filters, latent_dim = recipe.options["filters"], recipe.options["latent_dim"]
    layers: list[Layer] = []

    def add(make, *arguments, inputs: tuple[int, ...] = (), **settings) -> int:
        """Append a layer that takes the layers at `inputs`, or the last one, and return its place."""
        places = inputs or (len(layers) - 1,)
        shapes = [layers[place].output_shape if place >= 0 else INPUT_SHAPE for place in places]
        layers.append(make(shapes[0] if len(shapes) == 1 else shapes, *arguments, inputs=inputs, **settings))
        return len(layers) - 1

    full = add(_convolution, filters, 3)
    half = add(_convolution, 2 * filters, 4, step=2)
    quarter = add(_convolution, 4 * filters, 4, step=2)
    add(_convolution, _BOTTLENECK_FILTERS, 1)
    add(_flattened)
    add(_joined_dense, latent_dim)
    add(_joined_dense, 7 * 7 * _BOTTLENECK_FILTERS)
    whole = add(_reshaped, (7, 7, _BOTTLENECK_FILTERS))
    add(_concatenated, inputs=(whole, quarter))
    add(_convolution, 4 * filters, 3)
    grown = add(_transposed, 2 * filters)
    add(_concatenated, inputs=(grown, half))
    add(_convolution, 2 * filters, 3)
    grown = add(_transposed, filters)
    add(_concatenated, inputs=(grown, full, -1))
    add(_convolution, 1, 3, activation="sigmoid")
    return layers


def _convolution(
    shape: tuple[int, ...],
    filters: int,
    side: int,
    *,
    inputs: tuple[int, ...],
    step: int = 1,
    activation: str = "relu",
) -> Layer:
    settings = {"filters": filters, "kernel_size": side, "strides": step, "padding": "same", "activation": activation}
    rows = -(-shape[0] // step)
    parameters, arithmetic = _kernel(side, shape[2], filters)
    return Layer("Conv2D", tuple(settings.items()), (rows, rows, filters), parameters, arithmetic, inputs=inputs)


def _transposed(shape: tuple[int, ...], filters: int, *, inputs: tuple[int, ...]) -> Layer:
    settings = {"filters": filters, "kernel_size": 4, "strides": 2, "padding": "same", "activation": "relu"}
    rows = 2 * shape[0]
    parameters, arithmetic = _kernel(4, shape[2], filters)
    shape = (rows, rows, filters)
    return Layer("Conv2DTranspose", tuple(settings.items()), shape, parameters, arithmetic, inputs=inputs)


def _kernel(side: int, depth: int, filters: int) -> tuple[int, str]:
    return side * side * depth * filters + filters, f"{side} × {side} × {depth} × {filters} + {filters}"


def _flattened(shape: tuple[int, ...], *, inputs: tuple[int, ...]) -> Layer:
    return flatten(shape)


def _joined_dense(shape: tuple[int, ...], units: int, *, inputs: tuple[int, ...]) -> Layer:
    return dense(shape, units, "relu")


def _reshaped(shape: tuple[int, ...], target: tuple[int, ...], *, inputs: tuple[int, ...]) -> Layer:
    return Layer("Reshape", (("target_shape", target),), target)


def _concatenated(shapes: list[tuple[int, ...]], *, inputs: tuple[int, ...]) -> Layer:
    depth = sum(shape[2] for shape in shapes)
    return Layer("Concatenate", (), (*shapes[0][:2], depth), inputs=inputs)
