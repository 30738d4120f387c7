"""Plans of the generators: an encoder that is needed in training alone, and a decoder that makes images."""

from math import prod

from mnist_app.recipes import Recipe
from mnist_app.recipes.layers.layer import CLASSES, DIGIT, INPUT_SHAPE, NOISE, Layer, dense, flatten


def plan_cvae(recipe: Recipe) -> list[Layer]:
    """A conditional variational autoencoder (Kingma & Welling, 2014; Sohn, Lee & Yan, 2015) of dense layers.

    The encoder takes the image and the digit, one-hot, and gives mean and logarithm of the variance of each latent
    number; one sample of them goes, with the digit, into the decoder.
    """
    hidden, latent_dim = recipe.options["hidden"], recipe.options["latent_dim"]
    layers = [flatten(INPUT_SHAPE), _joined((prod(INPUT_SHAPE),), 0)]
    for units in hidden:
        layers.append(dense(layers[-1].output_shape, units, "relu"))
    layers.append(dense(layers[-1].output_shape, 2 * latent_dim, "linear"))
    moments = len(layers) - 1
    layers.append(Layer("Sample", (), (latent_dim,), inputs=(moments, NOISE)))
    layers.append(_joined((latent_dim,), moments + 1))
    for units in reversed(hidden):
        layers.append(dense(layers[-1].output_shape, units, "relu"))
    layers.append(dense(layers[-1].output_shape, prod(INPUT_SHAPE), "sigmoid"))
    layers.append(Layer("Reshape", (("target_shape", INPUT_SHAPE),), INPUT_SHAPE))
    return layers


def _joined(shape: tuple[int], place: int) -> Layer:
    """The digit set beside what the layer at that place gives."""
    return Layer("Concatenate", (), (shape[0] + CLASSES,), inputs=(place, DIGIT))
