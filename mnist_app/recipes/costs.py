"""What a training will take: seconds on the reference machine, from the arithmetic of a recipe's plan.

The reference is two quiet cores of an AMD EPYC. Another machine, or a busy one, differs by a factor that its own
trainings tell; finding it is left to `jobs`. Of 31 measured epochs, of all recipes, 23 took what the constants say
within a factor of 1.25, and 30 within 1.6; `python -m benchmarks.cost_model` measures again.
"""

import math
from math import prod

from mnist_app.recipes import layers
from mnist_app.recipes.layer import INPUT_SHAPE, Layer, shapes_at
from mnist_app.recipes.recipe import Recipe

_JUDGED = 10_000  # images that each epoch is judged on: the test images, or as many held out
_TRAINING = 60_000

_PASSES = 3  # multiplications of a weight with an image's number in training: forward, and for two gradients
_FORWARD_SHARE = 0.5  # of the time that an image takes in training, what it takes when it is only judged

_START, _START_LAYER = 0.7, {False: 0.06, True: 0.2}
"""Seconds until the first step runs, and for each layer, which is traced and, with XLA (True), compiled."""

_EPOCH = 0.007  # seconds of an epoch that depend on nothing
_STEP, _STEP_LAYER = 0.06e-3, 0.012e-3  # seconds of a step that depend on nothing, and for each layer with parameters
_PARAMETER = {"sgd": 1.2e-9, "adam": 3.7e-9}
"""Seconds of a step for each parameter, with the optimiser's own numbers of it."""
_IMAGE, _FRESH_NOISE = 1.4e-6, 11e-6  # seconds to prepare an image, and to draw its noise
_VARIED = {"none": 0.0, "affine": 60e-6, "pen": 110e-6}  # seconds to vary an image

_PRODUCT = {
    "dense": {"float32": 6.4e-12, "mixed_bfloat16": 1.9e-12},
    "convolution": {"float32": 8.8e-12, "mixed_bfloat16": 4.8e-12},
    "convolution with steps": {"float32": 8.8e-12, "mixed_bfloat16": 11e-12},
}
"""Seconds of a multiplication and addition."""
_NUMBER = {"float32": 0.75e-9, "mixed_bfloat16": 0.42e-9}
"""Seconds for each number that a convolution takes or gives, with its activation and gradient."""
_PIXEL = 32e-9  # seconds for each pixel of a convolution's output, however few channels it has
_PASSED = 0.18e-9  # seconds for each number that pooling, padding, dropout and joining take or give

_XLA_CONVOLUTION = 3.1
"""XLA is slower by this at convolutions and what stands between them, and gains nothing from bfloat16 there."""


def seconds(recipe: Recipe) -> float:
    """Expected seconds of a whole training, without those to start TensorFlow and to store the model."""
    start = _START + _START_LAYER[recipe.jit_compile] * len(layers.plan(recipe))
    return start + recipe.epochs * epoch_seconds(recipe)


def in_words(seconds: float) -> str:
    """An expected time, no more exact than it can be: "a few seconds", "about 40 s", "about 3 min"."""
    if seconds < 7.5:
        return "a few seconds"
    if seconds < 57.5:
        return f"about {5 * round(seconds / 5)} s"
    if seconds < 3570:
        return f"about {max(1, round(seconds / 60))} min"
    hours, minutes = divmod(round(seconds / 600) * 10, 60)
    return f"about {hours} h {minutes} min" if minutes else f"about {hours} h"


def epoch_seconds(recipe: Recipe) -> float:
    """Expected seconds of an epoch but the first: its steps, and the judging of 10,000 images."""
    plan = layers.plan(recipe)
    images = min(recipe.images, _TRAINING - (_JUDGED if recipe.validation == "held-out" else 0))
    taken = (shapes_at(plan, layer.inputs or (place - 1,)) for place, layer in enumerate(plan))
    image = sum(_image_seconds(layer, shapes, recipe) for layer, shapes in zip(plan, taken, strict=True))
    fresh_noise = _FRESH_NOISE if recipe.options.get("noise_levels") == "uniform" else 0
    step = _STEP + _STEP_LAYER * sum(layer.parameters > 0 for layer in plan)
    step += _PARAMETER[recipe.optimizer] * sum(layer.parameters for layer in plan)
    trained = images * (_IMAGE + _VARIED[recipe.augmentation] + fresh_noise + image)
    judged = _JUDGED * (_IMAGE + _FORWARD_SHARE * image)
    return _EPOCH + math.ceil(images / recipe.batch_size) * step + trained + judged


def _image_seconds(layer: Layer, taken: list[tuple[int, ...]], recipe: Recipe) -> float:
    """What one image costs in a layer, forward and backward."""
    given, settings, policy, slower = layer.output_shape, layer.settings, recipe.dtype_policy, 1.0
    if layer.kind == "Dense":
        return _PASSES * taken[0][0] * given[0] * _PRODUCT["dense"][policy]
    if layer.kind in ("Flatten", "Reshape"):
        return 0.0
    if recipe.jit_compile:
        policy, slower = "float32", _XLA_CONVOLUTION
    if layer.kind not in ("Conv2D", "Conv2DTranspose"):
        return slower * max(prod(given), sum(map(prod, taken))) * _PASSED
    # A transposed convolution spreads each pixel that it takes, where a convolution gathers for each that it gives.
    pixels = prod((taken[0] if layer.kind == "Conv2DTranspose" else given)[:2])
    products = pixels * settings["kernel_size"] ** 2 * taken[0][2] * given[2]
    rates = _PRODUCT["convolution with steps" if settings.get("strides", 1) > 1 else "convolution"]
    gradients = prod(taken[0]) if taken[0] != INPUT_SHAPE else 0  # nothing is learnt about the image
    numbers = (prod(given) + gradients) * _NUMBER[policy] + prod(given[:2]) * _PIXEL
    return slower * (_PASSES * products * rates[policy] + numbers)
