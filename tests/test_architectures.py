"""The contract that every recipe keeps: it builds the network that its plan says, with the first values demanded."""

import numpy as np
import pytest

from mnist_app import layers
from mnist_app.recipes import RECIPES

keras = pytest.importorskip("keras", reason="Keras is not installed")
architectures = pytest.importorskip("mnist_app.architectures")

L2 = {"mlp-500-300": {"kernel 784×500": 1e-4, "kernel 500×300": 1e-4}}
L2["lenet5"] = {"kernel 400×120": 1e-4, "kernel 120×84": 1e-4}

TRUNCATED = {"mlp-1500x3": "Dense", "mlp-1500x3-dropout": "Dense", "cnn-5x5": "Conv2D"}
"""The recipes with small first values, and the kind of their hidden layers."""


@pytest.fixture(scope="module", params=RECIPES)
def recipe(request):
    return RECIPES[request.param]


@pytest.fixture(scope="module")
def model(recipe):
    keras.utils.set_random_seed(0)
    return architectures.build(recipe)


def _weighted(model):
    return [layer for layer in model.layers if layer.weights]


def test_two_images_give_two_rows_of_probabilities_or_two_images(recipe, model):
    images = np.random.default_rng(0).random((2, 28, 28, 1), dtype=np.float32)
    given = np.asarray(model(images))
    assert given.dtype == np.float32
    assert (given >= 0).all()
    if recipe.task == "denoise":
        assert given.shape == images.shape
        assert (given <= 1).all()
    else:
        assert given.shape == (2, 10)
        np.testing.assert_allclose(given.sum(1), 1, atol=1e-6)


def test_layers_shapes_and_parameters_are_the_plans(recipe, model):
    plan = layers.plan(recipe)
    steps = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    built = [(type(layer).__name__, layer.output.shape[1:], layer.count_params()) for layer in steps]
    assert built == [(layer.kind, layer.output_shape, layer.parameters) for layer in plan]
    assert model.count_params() == layers.count_parameters(recipe)


def test_hidden_layers_have_the_activation_of_the_plan_and_the_last_gives_shares(recipe, model):
    *hidden, last = _weighted(model)
    assert {layer.activation.__name__ for layer in hidden} == {"linear" if recipe.key == "linear" else "relu"}
    assert last.activation.__name__ == ("sigmoid" if recipe.task == "denoise" else "softmax")


def test_first_values_are_as_demanded(recipe, model):
    *hidden, last = _weighted(model)
    if recipe.key == "linear":
        assert not hidden[0].kernel.numpy().any()
        assert not hidden[0].bias.numpy().any()
        hidden = []
    if recipe.key in TRUNCATED:
        assert {type(layer).__name__ for layer in hidden} == {TRUNCATED[recipe.key]}
        for layer in hidden:
            _assert_truncated_normal(layer.kernel.numpy(), 0.01)
            assert (layer.bias.numpy() == np.float32(0.1)).all()
        hidden = []
    for layer in (*hidden, last):
        if not isinstance(layer, keras.layers.Conv2DTranspose):  # whose kernel names its outputs first
            _assert_glorot_uniform(layer.kernel.numpy())
        assert not layer.bias.numpy().any()


def test_layers_do_not_begin_alike(recipe, model):
    kernels = [layer.kernel.numpy() for layer in _weighted(model) if layer.kernel.numpy().any()]
    firsts = [float(kernel.ravel()[0] / kernel.std()) for kernel in kernels]
    assert len(set(firsts)) == len(firsts)


def test_weight_decay_is_on_the_dense_hidden_kernels_of_two_recipes_and_nowhere_else(recipe, model):
    found = {}
    for layer in _weighted(model):
        assert layer.bias_regularizer is None
        if layer.kernel_regularizer is not None:
            name = "kernel " + "×".join(map(str, layer.kernel.shape))
            found[name] = pytest.approx(float(layer.kernel_regularizer.l2))
    assert found == L2.get(recipe.key, {})


def test_the_penalty_is_the_factor_times_the_sum_of_squares():
    model = architectures.build(RECIPES["mlp-64-64"].changed(l2=1e-3))
    kernels = [layer.kernel.numpy() for layer in model.layers[1:3]]
    expected = 1e-3 * sum(float((kernel.astype(float) ** 2).sum()) for kernel in kernels)
    assert float(sum(model.losses)) == pytest.approx(expected, rel=1e-5)


def test_dropout_is_as_in_the_plan(recipe, model):
    rates = [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    count = {"mlp-1500x3-dropout": 3, "cnn": 1, "cnn-sgd": 1, "lenet5": 1}.get(recipe.key, 0)
    assert rates == [0.5] * count


def test_bfloat16_computes_in_bfloat16_with_float32_weights_and_probabilities():
    model = architectures.build(RECIPES["cnn"], precision="mixed_bfloat16")
    assert {layer.compute_dtype for layer in model.layers[:-1]} == {"bfloat16"}
    assert {weight.dtype for weight in model.weights} == {"float32"}
    assert model.layers[-1].compute_dtype == "float32"
    assert keras.backend.standardize_dtype(model.outputs[0].dtype) == "float32"


def test_the_same_global_seed_gives_the_same_first_values():
    def first_values(seed):
        keras.utils.set_random_seed(seed)
        return np.concatenate([weight.ravel() for weight in architectures.build(RECIPES["cnn"]).get_weights()])

    np.testing.assert_array_equal(first_values(3), first_values(3))
    assert (first_values(3) != first_values(4)).mean() > 0.9


def _assert_truncated_normal(kernel, stddev):
    """Keras cuts at two standard deviations and does not widen what is left: 0.8796 of the deviation remains."""
    tolerance = 5 / np.sqrt(kernel.size)
    assert abs(kernel).max() <= 2 * stddev * (1 + 1e-6)
    assert kernel.mean() == pytest.approx(0, abs=tolerance * stddev)
    assert kernel.std() == pytest.approx(0.8796 * stddev, rel=tolerance)


def _assert_glorot_uniform(kernel):
    """Glorot and Bengio, 2010: uniform within ± sqrt(6 / (inputs + outputs)) of a unit."""
    *field, inputs, outputs = kernel.shape
    limit = np.sqrt(6 / (np.prod(field) * (inputs + outputs)))
    assert abs(kernel).max() <= limit * (1 + 1e-6)
    assert kernel.std() == pytest.approx(limit / np.sqrt(3), rel=5 / np.sqrt(kernel.size))
