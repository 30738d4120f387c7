"""The contract that every recipe keeps: it builds the network that its plan says, with the first values demanded."""

import numpy as np
import pytest

from mnist_app.recipes import RECIPES, layers

keras = pytest.importorskip("keras", reason="Keras is not installed")
architectures = pytest.importorskip("mnist_app.training.architectures")

L2 = {"mlp-500-300": {"kernel 784×500": 1e-4, "kernel 500×300": 1e-4}}
L2["mlp-500-300-momentum"] = L2["mlp-500-300"]
L2["lenet5"] = {"kernel 400×120": 1e-4, "kernel 120×84": 1e-4}

TRUNCATED = {"mlp-1500x3": "Dense", "mlp-1500x3-dropout": "Dense", "cnn-5x5": "Conv2D"}
"""The recipes with small first values, and the kind of their hidden layers."""

OURS = [RECIPES["cnn-best"].options["dropout"]]
DROPOUT = {"mlp-1500x3-dropout": [0.5] * 3, "cnn": [0.5], "cnn-sgd": [0.5], "lenet5": [0.5], "cnn-best": OURS}


@pytest.fixture(scope="module", params=RECIPES)
def recipe(request):
    return RECIPES[request.param]


@pytest.fixture(scope="module")
def model(recipe):
    keras.utils.set_random_seed(0)
    return architectures.build(recipe)


def steps_of(model):
    """The layers but what goes in, in the order of the plan."""
    return [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]


def weighted(model):
    """The layers with kernels."""
    return [layer for layer in model.layers if hasattr(layer, "kernel")]


def inputs_of(recipe, count=2):
    """What the network of a recipe takes: images, and what a generator takes besides."""
    rng = np.random.default_rng(0)
    images = rng.random((count, 28, 28, 1), dtype=np.float32)
    if recipe.task != "generate":
        return images
    digits = np.eye(10, dtype=np.float32)[rng.integers(0, 10, count)]
    return [images, digits, rng.normal(size=(count, recipe.options["latent_dim"])).astype(np.float32)]


def trained(layer):
    """How many numbers training changes: not the means and variances that batch normalisation keeps."""
    return sum(int(np.prod(weight.shape)) for weight in layer.trainable_weights)


def test_two_images_give_two_rows_of_probabilities_or_two_images(recipe, model):
    outputs = model(inputs_of(recipe))
    outputs = np.asarray(outputs[0] if recipe.task == "generate" else outputs)
    assert outputs.dtype == np.float32
    assert outputs.shape == ((2, 10) if recipe.task == "classify" else (2, 28, 28, 1))
    assert ((outputs >= 0) & (outputs <= 1)).all()
    if recipe.task == "classify":
        np.testing.assert_allclose(outputs.sum(1), 1, atol=1e-6)


def test_layers_shapes_activations_and_parameters_are_the_plans(recipe, model):
    plan = layers.plan(recipe)
    built = [(type(layer).__name__.strip("_"), layer.output.shape[1:], trained(layer)) for layer in steps_of(model)]
    assert built == [(layer.kind, layer.output_shape, layer.parameters) for layer in plan]
    assert trained(model) == layers.count_parameters(recipe)
    for layer, step in zip(plan, steps_of(model), strict=True):
        if hasattr(step, "activation"):
            assert step.activation.__name__ == dict(layer.settings)["activation"]


def test_first_values_are_as_demanded(recipe, model):
    *hidden, _ = weighted(model)
    if recipe.key == "linear":
        assert not hidden[0].kernel.numpy().any()
    if recipe.key in TRUNCATED:
        assert {type(layer).__name__ for layer in hidden} == {TRUNCATED[recipe.key]}
        for layer in hidden:
            kernel, stddev = layer.kernel.numpy(), 0.01
            # Keras cuts at two standard deviations and does not widen what is left: 0.8796 of the deviation remains
            assert abs(kernel).max() <= 2 * stddev * (1 + 1e-6)
            assert kernel.std() == pytest.approx(0.8796 * stddev, rel=5 / np.sqrt(kernel.size))
            assert (layer.bias.numpy() == np.float32(0.1)).all()


def test_weight_decay_and_dropout_are_those_of_the_sources(recipe, model):
    factors = {}
    for layer in weighted(model):
        assert layer.bias_regularizer is None
        if layer.kernel_regularizer is not None:
            name = "kernel " + "×".join(map(str, layer.kernel.shape))
            factors[name] = pytest.approx(float(layer.kernel_regularizer.l2))
    assert factors == L2.get(recipe.key, {})
    rates = [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    assert rates == DROPOUT.get(recipe.key, [])


def test_a_generators_decoder_makes_the_image_of_the_sample():
    """Kingma & Welling's trick: mean plus noise times deviation, then the digit beside it."""
    recipe = RECIPES["cvae"]
    keras.utils.set_random_seed(0)
    model = architectures.build(recipe)
    images, digits, noise = inputs_of(recipe, 3)
    image, moments = (np.asarray(each) for each in model([images, digits, noise]))
    mean, logarithm = np.split(moments, 2, axis=1)
    sample = mean + np.exp(logarithm / 2) * noise
    decoder = architectures.decoder(recipe, model)
    assert decoder.input_shape == (None, 26)
    np.testing.assert_allclose(np.asarray(decoder(np.concatenate([sample, digits], axis=1))), image, atol=1e-6)
    _, others = model([images, digits[:, ::-1].copy(), noise])
    assert (moments != np.asarray(others)).any(axis=1).all(), "the encoder is told the digit as well"
