"""A recipe's network, layer by layer, as data: kinds, shapes and parameters with their arithmetic, without Keras.

`training.architectures` builds exactly this plan, so what a page shows of a network before it is trained is what is
trained.
"""

from math import prod

from mnist_app import InvalidInput
from mnist_app.recipes.layers import autoencoders, classifiers
from mnist_app.recipes.layers.layer import CLASSES, DIGIT, IMAGE, INPUT_SHAPE, NOISE, Layer, shapes_at
from mnist_app.recipes.recipe import Recipe

__all__ = [
    "CLASSES",
    "DIGIT",
    "IMAGE",
    "INPUT_SHAPE",
    "NOISE",
    "VALIDATION_BATCH",
    "Layer",
    "count_parameters",
    "latent_place",
    "plan",
    "shapes_taken",
]

VALIDATION_BATCH = 1000
"""Images that go through a network at once when it is judged."""

_LARGEST_NETWORK = 20_000_000
"""Parameters; with Adam's two averages and the gradient 320 MB. The largest experiment has 5.7 million."""

_LARGEST_BATCH = 200_000_000
"""Numbers that the layers give for one batch: 0.8 GB, and about as much again for the gradients."""

_PLANS = {
    "linear": classifiers.linear,
    "mlp": classifiers.mlp,
    "cnn": classifiers.cnn,
    "autoencoder": autoencoders.autoencoder,
    "unet": autoencoders.unet,
    "cvae": autoencoders.cvae,
}


def plan(recipe: Recipe) -> tuple[Layer, ...]:
    """The layers of a network, from the image (28, 28, 1) to the probabilities (10,) or to an image.

    Raises InvalidInput when pooling leaves no pixel, or when network or batch are too large for a computer of a class.
    """
    layers = tuple(_PLANS[recipe.architecture](recipe))
    parameters = sum(layer.parameters for layer in layers)
    images = max(recipe.batch_size, VALIDATION_BATCH)
    numbers = images * sum(prod(layer.output_shape) for layer in layers)
    if parameters > _LARGEST_NETWORK:
        raise InvalidInput(
            f"Recipe {recipe.key}: the network is too large",
            expected=f"at most {_LARGEST_NETWORK:,} parameters",
            found=f"{parameters:,}",
            remedy="Take fewer or smaller layers.",
        )
    if numbers > _LARGEST_BATCH:
        raise InvalidInput(
            f"Recipe {recipe.key}: a batch of {images:,} images is too large for this network",
            expected=f"at most {_LARGEST_BATCH:,} numbers from its layers",
            found=f"{numbers:,}",
            remedy="Take fewer filters, less padding, or a smaller batch.",
        )
    return layers


def count_parameters(recipe: Recipe) -> int:
    """Trained numbers of the network: kernels and biases, and what batch normalisation trains."""
    return sum(layer.parameters for layer in plan(recipe))


def latent_place(recipe: Recipe) -> int | None:
    """The place in the plan of the layer that gives the code; None where the network has no latent space to enter.

    What comes after it is the decoder, which takes nothing from before it but, in a generator, the digit.
    """
    match recipe.architecture:
        case "autoencoder":
            hidden = recipe.options["hidden"]
            return 1 + hidden.index(min(hidden))
        case "cvae":
            return [layer.kind for layer in plan(recipe)].index("Sample")
    return None


def shapes_taken(layers: tuple[Layer, ...], place: int) -> list[tuple[int, ...]]:
    """Shapes of what the layer at that place takes."""
    return shapes_at(layers, layers[place].inputs or (place - 1,))
