"""Recipes become Keras models. With `training`, the only module that imports Keras."""

import keras

from mnist_app.recipes import Recipe, layers


def build(recipe: Recipe, *, dtype_policy: str = "float32") -> keras.Model:
    """The network of a recipe, with fresh weights from Keras's global seed, not compiled.

    It takes images float32 (n, 28, 28, 1) in [0, 1] and gives probabilities float32 (n, 10), or, as a denoiser, images
    of the same shape. A generator takes images, digits one-hot (n, 10) and standard normal numbers (n, k), and gives
    images and the encoder's means and logarithms of variances (n, 2k). Layers compute with "float32" or, but for the
    last one, "mixed_bfloat16"; weights are float32 in both.
    """
    plan = layers.plan(recipe)
    policies = [keras.DTypePolicy(dtype_policy)] * (len(plan) - 1) + ["float32"]
    built = [_keras_layer(layer, policy) for layer, policy in zip(plan, policies, strict=True)]
    name, image = recipe.key.replace("-", "_"), keras.layers.Input(layers.INPUT_SHAPE)
    if not any(layer.inputs for layer in plan):
        return keras.Sequential([image, *built], name=name)
    inputs = {layers.IMAGE: image}
    if recipe.task == "generate":
        inputs[layers.DIGIT] = keras.layers.Input((layers.CLASSES,))
        inputs[layers.NOISE] = keras.layers.Input((recipe.options["latent_dim"],))
    outputs = dict(inputs)  # by place in the plan
    for place, (layer, step) in enumerate(zip(plan, built, strict=True)):
        taken = [outputs[each] for each in layer.inputs or (place - 1,)]
        outputs[place] = step(taken if len(taken) > 1 else taken[0])
    if recipe.task == "generate":
        moments = layers.latent_place(recipe) - 1
        return keras.Model(list(inputs.values()), [outputs[place], outputs[moments]], name=name)
    return keras.Model(image, outputs[place], name=name)


def encoder(recipe: Recipe, model: keras.Model) -> keras.Model:
    """The part that gives a code (k,): an autoencoder's of an image (28, 28, 1), a generator's of all that it takes."""
    return keras.Model(model.inputs, _split(recipe, model)[0][-1].output)


def decoder(recipe: Recipe, model: keras.Model) -> keras.Model:
    """The part that makes an image (28, 28, 1) of a code (k,); a generator's takes code and digit one-hot (k + 10,)."""
    taken = layers.plan(recipe)[layers.latent_place(recipe)].output_shape[0]
    after = _split(recipe, model)[1]
    if recipe.task == "generate":
        taken, after = taken + layers.CLASSES, after[1:]  # without the layer that joins the two
    return keras.Sequential([keras.layers.Input((taken,)), *after])


class _Sample(keras.layers.Layer):
    """A sample of normal distributions, made of their means and logarithms of variances, and of normal noise."""

    def call(self, inputs):
        moments, noise = inputs
        mean, logarithm = keras.ops.split(keras.ops.cast(moments, "float32"), 2, axis=-1)
        return mean + keras.ops.exp(logarithm / 2) * noise


def _split(recipe: Recipe, model: keras.Model) -> tuple[list[keras.Layer], list[keras.Layer]]:
    """The model's layers up to the one that gives the code, and those behind it, in the plan's order."""
    ours = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    kept = layers.latent_place(recipe) + 1
    return ours[:kept], ours[kept:]


def _keras_layer(layer: layers.Layer, dtype: object) -> keras.Layer:
    arguments = dict(layer.settings)
    if layer.kernel_initializer == "zeros":
        arguments["kernel_initializer"] = "zeros"
    elif layer.kernel_initializer == "truncated_normal":
        arguments["kernel_initializer"] = keras.initializers.TruncatedNormal(stddev=0.01)
        arguments["bias_initializer"] = keras.initializers.Constant(0.1)
    if layer.l2:
        arguments["kernel_regularizer"] = keras.regularizers.L2(layer.l2)
    kind = _Sample if layer.kind == "Sample" else getattr(keras.layers, layer.kind)
    return kind(dtype=dtype, **arguments)
