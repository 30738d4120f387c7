"""What is written of a trained network: the files answer as the network does, and hold just what is served."""

import numpy as np
import pytest

from mnist_app import data, serving
from mnist_app.recipes import RECIPES
from tests import tiny
from tests.training.samples import GENERATOR, VARIED, tiny_split

keras = pytest.importorskip("keras", reason="Keras is not installed")
training = pytest.importorskip("mnist_app.training")
architectures = pytest.importorskip("mnist_app.training.architectures")

pytestmark = pytest.mark.training

IMAGES = tiny.images(5)


def built(recipe, *, seed=0):
    """A network as if it were trained: no number of it is where it began."""
    keras.utils.set_random_seed(seed)
    model, rng = architectures.build(recipe), np.random.default_rng(seed)
    for weight in model.weights:
        changed = weight.numpy() * rng.uniform(0.5, 2, weight.shape)
        weight.assign(changed if "variance" in weight.path else changed + rng.normal(0, 0.02, weight.shape))
    return model


def exported(recipe, model, folder, *parts):
    """The files that are written of it, by what they are."""
    files = {"keras": folder / "model.keras"} | {part: folder / f"{part}.tflite" for part in ("serving", *parts)}
    training.export(recipe, model, files)
    assert {path.name for path in folder.iterdir()} == {path.name for path in files.values()}
    return files


@pytest.mark.parametrize("key", ["cnn-best", "linear"])
def test_a_classifiers_files_say_what_it_says(key, tmp_path):
    recipe = RECIPES[key]
    model = built(recipe)
    files = exported(recipe, model, tmp_path)
    expected = model(IMAGES).numpy()
    network = serving.Network(files["serving"])
    np.testing.assert_allclose(network.run(IMAGES), expected, atol=1e-5)
    last = model.layers[-1]
    scores = network.features(IMAGES)[1] @ last.kernel.numpy() + last.bias.numpy()
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    np.testing.assert_allclose(shares / shares.sum(axis=1, keepdims=True), expected, atol=1e-5)
    again = keras.models.load_model(files["keras"])
    assert len(again.outputs) == 1, "the features are for serving alone"
    np.testing.assert_array_equal(again(IMAGES).numpy(), expected)


def test_an_autoencoders_parts_make_up_the_whole(tmp_path):
    recipe = RECIPES["autoencoder-2d"]
    model = built(recipe)
    files = exported(recipe, model, tmp_path, "encoder", "decoder")
    whole, encoder, decoder = (serving.Network(files[part]) for part in ("serving", "encoder", "decoder"))
    expected = model(IMAGES).numpy()
    codes = encoder.run(IMAGES)
    assert codes.shape == (5, min(recipe.options["hidden"]))
    np.testing.assert_allclose(whole.run(IMAGES), expected, atol=1e-5)
    np.testing.assert_allclose(decoder.run(codes), expected, atol=1e-5)
    assert (whole.feature_count, encoder.feature_count, decoder.feature_count) == (0, 0, 0)
    np.testing.assert_array_equal(keras.models.load_model(files["keras"])(IMAGES).numpy(), expected)


def test_of_a_generator_the_decoder_is_written_and_nothing_else(tmp_path):
    recipe = GENERATOR
    model = built(recipe)
    files = exported(recipe, model, tmp_path)
    taken, rng = recipe.options["latent_dim"] + 10, np.random.default_rng(0)
    codes = np.hstack([rng.normal(size=(5, taken - 10)), np.eye(10)[[3, 1, 4, 1, 5]]]).astype(np.float32)
    expected = architectures.decoder(recipe, model)(codes).numpy()
    assert abs(expected[1] - expected[3]).max() > 1e-3
    network = serving.Network(files["serving"])
    assert (network.input_shape, network.output_shape) == ((taken,), (28, 28, 1))
    np.testing.assert_allclose(network.run(codes), expected, atol=1e-5)
    again = keras.models.load_model(files["keras"])
    np.testing.assert_allclose(again(codes).numpy(), expected, atol=1e-6)
    assert again.count_params() < model.count_params()


def test_the_mixture_of_a_generator_is_where_its_encoder_puts_the_images():
    model, split = built(GENERATOR), tiny_split()
    mixture = training.mixture(GENERATOR, model, split=split, seed=0)
    images, labels = data.as_images(split.train_images), split.train_labels
    moments = model([images, np.eye(10)[labels], np.zeros((len(images), 3))])[1].numpy()
    for digit in range(10):
        mean, logarithm = np.split(moments[labels == digit], 2, axis=1)
        error = float(np.exp(logarithm).mean(0).max() / len(mean)) ** 0.5
        assert mixture.shares[digit].sum() == pytest.approx(1)
        assert mixture.shares[digit] @ mixture.means[digit] == pytest.approx(mean.mean(0), abs=4 * error)


@pytest.mark.parametrize("recipe", [VARIED, RECIPES["unet"]], ids=lambda recipe: recipe.key)
def test_what_is_written_answers_as_the_network_is_judged(recipe, tmp_path):
    """Where it normalises batches: with the means and variances that it has kept."""
    model = built(recipe)
    network = serving.Network(exported(recipe, model, tmp_path)["serving"])
    np.testing.assert_allclose(network.run(IMAGES), model(IMAGES, training=False).numpy(), atol=1e-5)
    np.testing.assert_allclose(network.run(IMAGES)[:1], network.run(IMAGES[:1]), atol=1e-6)
