"""A recipe's network, layer by layer, as data: kinds, shapes and parameters with their arithmetic, without Keras.

`architectures` builds exactly this plan, so what a page shows of a network before it is trained is what is trained.
"""

from collections.abc import Sequence
from math import prod

from mnist_app import InvalidInput
from mnist_app.recipes import Recipe
from mnist_app.recipes.layers.classifiers import plan_classifier
from mnist_app.recipes.layers.denoisers import plan_autoencoder, plan_unet
from mnist_app.recipes.layers.generators import plan_cvae
from mnist_app.recipes.layers.layer import CLASSES, DIGIT, IMAGE, INPUT_SHAPE, NOISE, Layer

__all__ = [
    "CLASSES",
    "DIGIT",
    "IMAGE",
    "INPUT_SHAPE",
    "LARGEST_BATCH",
    "LARGEST_NETWORK",
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

LARGEST_NETWORK = 20_000_000
"""Parameters; with Adam's two averages and the gradient 320 MB. The largest experiment has 5.7 million."""

LARGEST_BATCH = 200_000_000
"""Numbers that the layers give for one batch: 0.8 GB, and about as much again for the gradients."""

_PLANS = {"autoencoder": plan_autoencoder, "unet": plan_unet, "cvae": plan_cvae}


def plan(recipe: Recipe) -> tuple[Layer, ...]:
    """The layers of a network, from the image (28, 28, 1) to the probabilities (10,) or to an image.

    Raises InvalidInput when pooling leaves no pixel, or when network or batch are too large.
    """
    layers = _PLANS.get(recipe.architecture, plan_classifier)(recipe)
    _refuse_large(recipe, layers)
    return tuple(layers)


def count_parameters(recipe: Recipe) -> int:
    """Trained numbers of the network: kernels and biases, and what batch normalisation trains."""
    return sum(layer.parameters for layer in plan(recipe))


def latent_place(recipe: Recipe) -> int | None:
    """The place in the plan of the layer that gives the code; None where the network has no latent space to enter.

    What comes after it is the decoder, which takes nothing from before it but, in a generator, the digit.
    """
    layers = plan(recipe)
    if recipe.architecture == "autoencoder":
        hidden = recipe.options["hidden"]
        return 1 + hidden.index(min(hidden))
    return next((place for place, layer in enumerate(layers) if layer.kind == "Sample"), None)


def shapes_taken(layers: Sequence[Layer], place: int) -> list[tuple[int, ...]]:
    """Shapes of what the layer at that place takes."""
    (latent,) = {layer.output_shape for layer in layers if layer.kind == "Sample"} or {()}
    given = {IMAGE: INPUT_SHAPE, DIGIT: (CLASSES,), NOISE: latent}
    return [given[each] if each < 0 else layers[each].output_shape for each in layers[place].inputs or (place - 1,)]


def _refuse_large(recipe: Recipe, layers: list[Layer]) -> None:
    parameters = sum(layer.parameters for layer in layers)
    if parameters > LARGEST_NETWORK:
        raise InvalidInput(
            f"Recipe {recipe.key}: the network is too large",
            expected=f"at most {LARGEST_NETWORK:,} parameters",
            found=f"{parameters:,}",
            remedy="Take fewer or smaller layers.",
        )
    images = max(recipe.batch_size, VALIDATION_BATCH)
    numbers = images * sum(prod(layer.output_shape) for layer in layers)
    if numbers > LARGEST_BATCH:
        raise InvalidInput(
            f"Recipe {recipe.key}: a batch of {images:,} images is too large for this network",
            expected=f"at most {LARGEST_BATCH:,} numbers from its layers",
            found=f"{numbers:,}",
            remedy="Take fewer filters or less padding"
            + (", or a smaller batch." if recipe.batch_size > VALIDATION_BATCH else "."),
        )
