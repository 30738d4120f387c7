"""Recipes become Keras models. With `training`, the only module that imports Keras."""

import keras

from mnist_app import layers
from mnist_app.recipes import Recipe


def build(recipe: Recipe, *, precision: str = "float32") -> keras.Model:
    """The network of a recipe, with fresh weights from Keras's global seed, not compiled.

    Args:
        recipe: what to build.
        precision: what the layers compute with, "float32" or "mixed_bfloat16"; weights are float32 in both, and the
            last layer gives float32.

    Returns:
        A model from images float32 (n, 28, 28, 1) in [0, 1] to probabilities float32 (n, 10), or, for a denoiser, to
        images of the same shape.
    """
    name, plan = recipe.key.replace("-", "_"), layers.plan(recipe)
    policies = [keras.DTypePolicy(precision)] * (len(plan) - 1) + ["float32"]
    built = [_keras_layer(layer, policy) for layer, policy in zip(plan, policies, strict=True)]
    image = keras.layers.Input(layers.INPUT_SHAPE)
    if not any(layer.inputs for layer in plan):
        return keras.Sequential([image, *built], name=name)
    outputs = [image]  # place p of the plan is outputs[p + 1]: the image is -1
    for layer, step in zip(plan, built, strict=True):
        given = [outputs[place + 1] for place in layer.inputs] or outputs[-1:]
        outputs.append(step(given if len(given) > 1 else given[0]))
    return keras.Model(image, outputs[-1], name=name)


def _keras_layer(layer: layers.Layer, dtype: object) -> keras.Layer:
    arguments = dict(layer.settings)
    if layer.initialiser == "zeros":
        arguments["kernel_initializer"] = "zeros"
    elif layer.initialiser == "truncated-normal":
        arguments["kernel_initializer"] = keras.initializers.TruncatedNormal(stddev=0.01)
        arguments["bias_initializer"] = keras.initializers.Constant(0.1)
    if layer.l2:
        arguments["kernel_regularizer"] = keras.regularizers.L2(layer.l2)
    return getattr(keras.layers, layer.kind)(dtype=dtype, **arguments)
