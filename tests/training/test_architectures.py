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
AUTOENCODERS = [key for key, recipe in RECIPES.items() if recipe.architecture == "autoencoder"]


@pytest.fixture(scope="module", params=RECIPES)
def recipe(request):
    return RECIPES[request.param]


@pytest.fixture(scope="module")
def model(recipe):
    keras.utils.set_random_seed(0)
    return architectures.build(recipe)


def _steps(model):
    """The layers but what goes in, in the order of the plan."""
    return [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]


def _weighted(model):
    """The layers with kernels."""
    return [layer for layer in model.layers if hasattr(layer, "kernel")]


def _normalising(model):
    return [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]


def _given(recipe, count=2, *, seed=0):
    """What the network of a recipe takes: images, and what a generator takes besides."""
    rng = np.random.default_rng(seed)
    images = rng.random((count, 28, 28, 1), dtype=np.float32)
    if recipe.task != "generate":
        return images
    digits = np.eye(10, dtype=np.float32)[rng.integers(0, 10, count)]
    return [images, digits, rng.normal(size=(count, recipe.options["latent_dim"])).astype(np.float32)]


def test_two_images_give_two_rows_of_probabilities_or_two_images(recipe, model):
    given = model(_given(recipe))
    if recipe.task == "generate":
        given, moments = given
        assert moments.shape == (2, 2 * recipe.options["latent_dim"])
    given = np.asarray(given)
    assert given.dtype == np.float32
    assert (given >= 0).all()
    if recipe.task == "classify":
        assert given.shape == (2, 10)
        np.testing.assert_allclose(given.sum(1), 1, atol=1e-6)
    else:
        assert given.shape == (2, 28, 28, 1)
        assert (given <= 1).all()


def test_layers_shapes_and_parameters_are_the_plans(recipe, model):
    plan = layers.plan(recipe)
    built = [(type(layer).__name__.strip("_"), layer.output.shape[1:], _trained(layer)) for layer in _steps(model)]
    assert built == [(layer.kind, layer.output_shape, layer.parameters) for layer in plan]
    assert _trained(model) == layers.count_parameters(recipe)


def _trained(layer):
    """How many numbers training changes: not the means and variances that batch normalisation keeps."""
    return sum(int(np.prod(weight.shape)) for weight in layer.trainable_weights)


def test_layers_have_the_activation_of_the_plan_and_the_last_gives_shares(recipe, model):
    for layer, built in zip(layers.plan(recipe), _steps(model), strict=True):
        if hasattr(built, "activation"):
            assert built.activation.__name__ == dict(layer.settings)["activation"]
    *hidden, last = _weighted(model)
    found = {layer.activation.__name__ for layer in hidden}
    linear = {"linear": {"linear"}, "autoencoder-2d": {"relu", "linear"}, "cvae": {"relu", "linear"}}
    assert found == linear.get(recipe.key, {"relu"})
    assert last.activation.__name__ == ("softmax" if recipe.task == "classify" else "sigmoid")


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
    for layer in _normalising(model):
        for weight, value in ((layer.gamma, 1), (layer.beta, 0), (layer.moving_mean, 0), (layer.moving_variance, 1)):
            assert (weight.numpy() == value).all()


def test_layers_do_not_begin_alike(recipe, model):
    kernels = [layer.kernel.numpy() for layer in _weighted(model) if layer.kernel.numpy().any()]
    firsts = [float(kernel.ravel()[0] / kernel.std()) for kernel in kernels]
    assert len(set(firsts)) == len(firsts)


def test_weight_decay_is_on_the_dense_hidden_kernels_of_three_recipes_and_nowhere_else(recipe, model):
    found = {}
    for layer in _weighted(model):
        assert layer.bias_regularizer is None
        if layer.kernel_regularizer is not None:
            name = "kernel " + "×".join(map(str, layer.kernel.shape))
            found[name] = pytest.approx(float(layer.kernel_regularizer.l2))
    assert found == L2.get(recipe.key, {})
    for layer in _normalising(model):
        assert layer.gamma_regularizer is layer.beta_regularizer is None


def test_the_penalty_is_the_factor_times_the_sum_of_squares():
    model = architectures.build(RECIPES["mlp-64-64"].changed(l2=1e-3))
    kernels = [layer.kernel.numpy() for layer in model.layers[1:3]]
    expected = 1e-3 * sum(float((kernel.astype(float) ** 2).sum()) for kernel in kernels)
    assert float(sum(model.losses)) == pytest.approx(expected, rel=1e-5)


def test_dropout_is_as_in_the_plan(recipe, model):
    rates = [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    assert rates == DROPOUT.get(recipe.key, [])


def test_bfloat16_computes_in_bfloat16_with_float32_weights_and_probabilities():
    model = architectures.build(RECIPES["cnn"], dtype_policy="mixed_bfloat16")
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


def test_what_the_digit_and_the_noise_change_in_a_generator():
    """The moments are the encoder's, of image and digit; the noise is only for the sample of them."""
    recipe = RECIPES["cvae"]
    keras.utils.set_random_seed(0)
    model = architectures.build(recipe)
    images, digits, noise = _given(recipe)
    first, moments = (np.asarray(each) for each in model([images, digits, noise]))
    other, same = (np.asarray(each) for each in model([images, digits, noise + 1]))
    assert (first != other).any(axis=(1, 2, 3)).all()
    np.testing.assert_array_equal(moments, same)
    other, others = (np.asarray(each) for each in model([images, digits[:, ::-1].copy(), noise]))
    assert (first != other).any(axis=(1, 2, 3)).all()
    assert (moments != others).any(axis=1).all()


def test_a_generators_decoder_makes_the_image_of_the_sample():
    """Kingma & Welling's trick: mean plus noise times deviation, then the digit beside it."""
    recipe = RECIPES["cvae"]
    keras.utils.set_random_seed(0)
    model = architectures.build(recipe)
    images, digits, noise = _given(recipe, 3)
    image, moments = (np.asarray(each) for each in model([images, digits, noise]))
    mean, logarithm = np.split(moments, 2, axis=1)
    code = mean + np.exp(logarithm / 2) * noise
    decoder = architectures.decoder(recipe, model)
    assert decoder.input_shape == (None, 26)
    np.testing.assert_allclose(np.asarray(decoder(np.concatenate([code, digits], axis=1))), image, atol=1e-6)


@pytest.mark.parametrize("hidden", [None, (12,), (9, 9, 20), (30, 3, 3)], ids=str)
@pytest.mark.parametrize("key", AUTOENCODERS)
def test_encoder_and_decoder_are_the_whole_autoencoder(key, hidden):
    recipe = RECIPES[key].changed(**{"hidden": hidden} if hidden else {})
    keras.utils.set_random_seed(0)
    model, images = architectures.build(recipe), _given(recipe, 3)
    codes = np.asarray(architectures.encoder(recipe, model)(images))
    assert codes.shape == (3, min(recipe.options["hidden"]))
    found = np.asarray(architectures.decoder(recipe, model)(codes))
    np.testing.assert_allclose(found, np.asarray(model(images)), atol=1e-6)
    assert (codes >= 0).all() or recipe.options["latent_activation"] == "linear"


@pytest.mark.parametrize("key", [key for key, recipe in RECIPES.items() if recipe.task == "classify"])
def test_the_features_are_what_the_last_layer_takes(key):
    keras.utils.set_random_seed(0)
    model = architectures.build(RECIPES[key])
    images = _given(RECIPES[key], 3)
    probabilities, features = (np.asarray(each) for each in architectures.with_features(model)(images))
    np.testing.assert_allclose(probabilities, np.asarray(model(images)), atol=1e-6)
    last = model.layers[-1]
    scores = features @ last.kernel.numpy() + last.bias.numpy()
    softmax = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(softmax, probabilities, atol=1e-5)


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
