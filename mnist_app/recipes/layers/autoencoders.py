"""Plans of what gives an image (28, 28, 1), every pixel between 0 and 1: denoisers, autoencoders and the generator."""

from math import prod

from mnist_app.recipes.layers.layer import DIGIT, INPUT_SHAPE, NOISE, Plan
from mnist_app.recipes.recipe import Recipe

_BOTTLENECK_FILTERS = 16


def autoencoder(recipe: Recipe) -> Plan:
    """Dense layers only; the narrowest one, the first of several, is the latent space."""
    hidden, plan = recipe.options["hidden"], Plan()
    plan.add("Flatten")
    for place, units in enumerate(hidden):
        narrowest = place == hidden.index(min(hidden))
        plan.add("Dense", units=units, activation=recipe.options["latent_activation"] if narrowest else "relu")
    return _add_image(plan)


def cvae(recipe: Recipe) -> Plan:
    """A conditional variational autoencoder (Kingma & Welling, 2014; Sohn, Lee & Yan, 2015) of dense layers.

    The encoder takes the image and the digit, one-hot, and gives mean and logarithm of the variance of each latent
    number; one sample of them goes, with the digit, into the decoder. The encoder is needed in training alone.
    """
    hidden, plan = recipe.options["hidden"], Plan()
    image = plan.add("Flatten")
    plan.add("Concatenate", inputs=(image, DIGIT))
    for units in hidden:
        plan.add("Dense", units=units, activation="relu")
    moments = plan.add("Dense", units=2 * recipe.options["latent_dim"], activation="linear")
    sample = plan.add("Sample", inputs=(moments, NOISE))
    plan.add("Concatenate", inputs=(sample, DIGIT))
    for units in reversed(hidden):
        plan.add("Dense", units=units, activation="relu")
    return _add_image(plan)


def unet(recipe: Recipe) -> Plan:
    """Convolutions down to 7 × 7 and up again, a dense bottleneck that sees the whole image, and skip connections.

    The shape is that of U-Net (Ronneberger, Fischer & Brox, 2015), made small.
    """
    filters, plan = recipe.options["filters"], Plan()

    def convolution(filters: int, side: int, *, activation: str = "relu", kind: str = "Conv2D", **strides: int) -> int:
        settings = {"filters": filters, "kernel_size": side, **strides, "padding": "same", "activation": activation}
        return plan.add(kind, **settings)

    full = convolution(filters, 3)
    half = convolution(2 * filters, 4, strides=2)
    quarter = convolution(4 * filters, 4, strides=2)
    convolution(_BOTTLENECK_FILTERS, 1)
    plan.add("Flatten")
    plan.add("Dense", units=recipe.options["latent_dim"], activation="relu")
    plan.add("Dense", units=7 * 7 * _BOTTLENECK_FILTERS, activation="relu")
    whole = plan.add("Reshape", target_shape=(7, 7, _BOTTLENECK_FILTERS))
    plan.add("Concatenate", inputs=(whole, quarter))
    convolution(4 * filters, 3)
    grown = convolution(2 * filters, 4, kind="Conv2DTranspose", strides=2)
    plan.add("Concatenate", inputs=(grown, half))
    convolution(2 * filters, 3)
    grown = convolution(filters, 4, kind="Conv2DTranspose", strides=2)
    plan.add("Concatenate", inputs=(grown, full, -1))
    convolution(1, 3, activation="sigmoid")
    return plan


def _add_image(plan: Plan) -> Plan:
    plan.add("Dense", units=prod(INPUT_SHAPE), activation="sigmoid")
    plan.add("Reshape", target_shape=INPUT_SHAPE)
    return plan
