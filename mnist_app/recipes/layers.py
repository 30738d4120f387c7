"""A recipe's network, layer by layer as data: kinds, shapes and parameters with their arithmetic, without Keras.

`training.architectures` builds exactly this plan, so what a page shows of a network before it is trained is what is
trained. A new architecture is one builder here.
"""

from math import prod

from mnist_app import InvalidInput
from mnist_app.recipes.layer import CLASSES, DIGIT, IMAGE, INPUT_SHAPE, NOISE, Layer, Plan
from mnist_app.recipes.recipe import Recipe

VALIDATION_BATCH = 1000  # images that go through a network at once when it is judged

_LARGEST_NETWORK = 20_000_000
"""Parameters; with Adam's two averages and the gradient 320 MB. The largest experiment has 5.7 million."""

_LARGEST_BATCH = 200_000_000
"""Numbers that the layers give for one batch: 0.8 GB, and about as much again for the gradients."""

_BOTTLENECK_FILTERS = 16


def plan(recipe: Recipe) -> tuple[Layer, ...]:
    """The layers of a network, from the image (28, 28, 1) to the probabilities (10,) or to an image.

    Raises InvalidInput when pooling leaves no pixel, or when network or batch are too large for a computer of a class.
    """
    layers = tuple(_BUILDERS[recipe.architecture](recipe))
    parameters = sum(layer.parameters for layer in layers)
    images = max(recipe.batch_size, VALIDATION_BATCH)
    numbers = images * sum(prod(layer.output_shape) for layer in layers)
    for subject, found, most, what, remedy in (
        ("the network", parameters, _LARGEST_NETWORK, "parameters", "smaller layers"),
        (f"a batch of {images:,} images", numbers, _LARGEST_BATCH, "numbers from its layers", "a smaller batch"),
    ):
        if found > most:
            raise InvalidInput(
                f"Recipe {recipe.key}: {subject} is too large",
                expected=f"at most {most:,} {what}",
                found=f"{found:,}",
                remedy=f"Take fewer layers, fewer filters, less padding, or {remedy}.",
            )
    return layers


def count_parameters(recipe: Recipe) -> int:
    """Trained numbers of the network: kernels and biases, and what batch normalisation trains."""
    return sum(layer.parameters for layer in plan(recipe))


def latent_place(recipe: Recipe) -> int | None:
    """The place in the plan of the layer that gives the code; None where the network has no latent space to enter."""
    match recipe.architecture:
        case "autoencoder":
            hidden = recipe.options["hidden"]
            return 1 + hidden.index(min(hidden))
        case "cvae":
            return [layer.kind for layer in plan(recipe)].index("Sample")
    return None


def _linear(recipe: Recipe) -> Plan:
    plan = Plan()
    plan.add("Flatten")
    plan.add("Dense", units=CLASSES, activation="linear", kernel_initializer="zeros")
    plan.add("Dense", units=CLASSES, activation="softmax")
    return plan


def _cnn(recipe: Recipe) -> Plan:
    """Convolutions, each group followed by pooling, then dense layers as in an MLP."""
    options, plan = recipe.options, Plan()
    padding, first = options["padding"], options["kernel_initializer"]
    pool = "MaxPooling2D" if options["pooling"] == "max" else "AveragePooling2D"
    convolution = {"kernel_size": options["kernel"], "padding": padding, "activation": "relu"}
    if options["zero_padding"]:
        plan.add("ZeroPadding2D", padding=options["zero_padding"])
    for filters in options["filters"]:
        for _ in range(options["convolutions"]):
            plan.add("Conv2D", filters=filters, **convolution, kernel_initializer=first)
        plan.add(pool, pool_size=2, padding=padding)
        if options["batch_normalization"]:
            plan.add("BatchNormalization")
    return _mlp(recipe, plan)


def _mlp(recipe: Recipe, plan: Plan | None = None) -> Plan:
    """Dense layers, on top of others or by themselves, with dropout after those that the recipe names."""
    options, plan = recipe.options, plan or Plan()
    first, l2, rate = options["kernel_initializer"], options["l2"], options["dropout"]
    last = len(options["hidden"]) - 1
    dropped = {"each": range(last + 1), "first": [0], "last": [last]}[options["dropout_after"]]
    plan.add("Flatten")
    for place, units in enumerate(options["hidden"]):
        plan.add("Dense", units=units, activation="relu", kernel_initializer=first, l2=l2)
        if rate and place in dropped:
            plan.add("Dropout", rate=rate)
    plan.add("Dense", units=CLASSES, activation="softmax")
    return plan


def _autoencoder(recipe: Recipe) -> Plan:
    """Dense layers only; the narrowest one, the first of several, is the latent space."""
    hidden, plan = recipe.options["hidden"], Plan()
    plan.add("Flatten")
    for place, units in enumerate(hidden):
        narrowest = place == hidden.index(min(hidden))
        plan.add("Dense", units=units, activation=recipe.options["latent_activation"] if narrowest else "relu")
    return _add_image(plan)


def _cvae(recipe: Recipe) -> Plan:
    """A conditional variational autoencoder (Kingma & Welling, 2014; Sohn, Lee & Yan, 2015) of dense layers."""
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


def _unet(recipe: Recipe) -> Plan:
    """U-Net (Ronneberger, Fischer & Brox, 2015), made small, with a dense bottleneck that sees the whole image."""
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
    plan.add("Concatenate", inputs=(grown, full, IMAGE))
    convolution(1, 3, activation="sigmoid")
    return plan


def _add_image(plan: Plan) -> Plan:
    plan.add("Dense", units=prod(INPUT_SHAPE), activation="sigmoid")
    plan.add("Reshape", target_shape=INPUT_SHAPE)
    return plan


_BUILDERS = {"linear": _linear, "mlp": _mlp, "cnn": _cnn, "autoencoder": _autoencoder, "unet": _unet, "cvae": _cvae}
