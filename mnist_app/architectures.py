"""Recipes become Keras models. With `training`, the only module that imports Keras."""

import keras

from mnist_app import layers
from mnist_app.recipes import Recipe


def build(recipe: Recipe, *, precision: str = "float32") -> keras.Model:
    """The network of a recipe, with fresh weights from Keras's global seed, not compiled.

    Args:
        recipe: a recipe of task "classify".
        precision: what the layers compute with, "float32" or "mixed_bfloat16"; weights are float32 in both, and the
            last layer gives float32.

    Returns:
        A model from images float32 (n, 28, 28, 1) in [0, 1] to probabilities float32 (n, 10).
    """
    stack = [keras.layers.Input(layers.INPUT_SHAPE)]
    plan = layers.plan(recipe)
    for number, layer in enumerate(plan):
        dtype = "float32" if number == len(plan) - 1 else keras.DTypePolicy(precision)
        stack.append(_keras_layer(layer, dtype))
    return keras.Sequential(stack, name=recipe.key.replace("-", "_"))


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
