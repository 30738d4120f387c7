"""A recipe's network, layer by layer, as data: kinds, shapes and parameters with their arithmetic, without Keras.

`architectures` builds exactly this plan, so what a page shows of a network before it is trained is what is trained.
"""

from math import prod

from mnist_app.layers.classifiers import plan_classifier
from mnist_app.layers.denoisers import plan_autoencoder, plan_unet
from mnist_app.layers.layer import CLASSES, INPUT_SHAPE, ImpossibleNetwork, Layer
from mnist_app.recipes import Recipe

__all__ = [
    "CLASSES",
    "INPUT_SHAPE",
    "LARGEST_BATCH",
    "LARGEST_NETWORK",
    "VALIDATION_BATCH",
    "ImpossibleNetwork",
    "Layer",
    "count_parameters",
    "plan",
]

VALIDATION_BATCH = 1000
"""Images that go through a network at once when it is judged."""

LARGEST_NETWORK = 20_000_000
"""Parameters; with Adam's two averages and the gradient 320 MB. The largest experiment has 5.7 million."""

LARGEST_BATCH = 200_000_000
"""Numbers that the layers give for one batch: 0.8 GB, and about as much again for the gradients."""

_PLANS = {"autoencoder": plan_autoencoder, "unet": plan_unet}


def plan(recipe: Recipe) -> tuple[Layer, ...]:
    """The layers of a network, from the image (28, 28, 1) to the probabilities (10,) or to the clean image.

    Raises ImpossibleNetwork when pooling leaves no pixel, or when network or batch are too large.
    """
    layers = _PLANS.get(recipe.architecture, plan_classifier)(recipe)
    _refuse_large(recipe, layers)
    return tuple(layers)


def count_parameters(recipe: Recipe) -> int:
    """Trained numbers of the network: kernels and biases."""
    return sum(layer.parameters for layer in plan(recipe))


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
