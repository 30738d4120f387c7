"""A served network taken apart gives what LiteRT and Keras give, layer by layer, and its evidence adds up."""

import json

import numpy as np
import pytest

from mnist_app import serving, store
from mnist_app.evaluation import softmax
from mnist_app.serving import layers
from tests import tiny

SHIPPED = {
    model.card.recipe.key: layers.open_layers(model)
    for model in store.list_models().models
    if model.shipped and model.served and model.card.recipe.task == "classify"
}
CHANGES = {"cut": (), "noise": 0.0, "biases": True, "seed": 0}


@pytest.mark.parametrize("key", SHIPPED)
def test_every_shipped_classifier_answers_as_litert_does(key):
    (model,) = (each for each in store.list_models().models if each.card.recipe.key == key)
    network, served, images = SHIPPED[key], serving.open_model(model), tiny.images(9)
    assert np.abs(softmax(network.logits(images)) - served.run(images)).max() < 1e-4
    if served.feature_count:
        assert np.abs(network.output(images, -2) - served.features(images)[1]).max() < 1e-3
    for layer, given in zip(network.plan, network.outputs(images[:1]), strict=True):
        assert given.shape == (1, *layer.output_shape)


def test_a_network_without_biases_or_with_features_is_read_as_well(models_folder):
    for made, file, answers in (
        (tiny.RECIPE, tiny.LITERT_FILE, tiny.ANSWERS_FILE),
        (tiny.FEATURES, tiny.FEATURES_FILE, tiny.FEATURES_ANSWERS_FILE),
    ):
        network = layers.open_layers(tiny.save(made, file))
        expected = json.loads(answers.read_text("utf-8"))
        if made is tiny.FEATURES:
            assert np.allclose(network.output(tiny.images(3), -2), expected["features"], atol=1e-4)
            expected = expected["probabilities"]
        assert np.allclose(softmax(network.logits(tiny.images(3))), expected, atol=1e-5)


@pytest.mark.parametrize("key", [key for key in SHIPPED if "cnn" not in key and key != "lenet5"])
def test_without_biases_the_pixels_and_each_hidden_layer_add_up_to_the_logits(key):
    network, images = SHIPPED[key].changed(**CHANGES | {"biases": False}), tiny.images(1)
    outputs, last = network.outputs(images), len(network.plan) - 1
    for place in [-1, *network.weights][:-1]:
        given = (outputs[place] if place >= 0 else images).reshape(1, -1)
        assert np.allclose(given @ network.slopes(outputs, of=place, to=last), outputs[-1], atol=1e-3)


def test_a_network_can_be_changed_and_stays_as_it_was():
    network, images = SHIPPED["lenet5"], tiny.images(2)
    before, place = network.logits(images), min(network.weights)
    cut = network.changed(**CHANGES | {"cut": {(place, 1)}})
    assert not cut.outputs(images)[place][..., 1].any()
    assert np.abs(cut.logits(images) - before).max() > 1e-3
    noisy = [network.changed(**CHANGES | {"noise": 0.5, "seed": seed}).logits(images) for seed in (0, 0, 1)]
    assert (noisy[0] == noisy[1]).all()
    assert (noisy[0] != noisy[2]).any()
    assert (network.logits(images) == before).all()


@pytest.mark.parametrize("key", ["lenet5", "cnn-5x5", "cnn-best"])
def test_only_what_a_map_sees_of_the_image_changes_it(key):
    network, image = SHIPPED[key], np.zeros((1, 28, 28, 1), np.float32)
    image[:, 4:24, 12:15] = 1
    for place in (place for place, layer in enumerate(network.plan) if layer.kind == "Conv2D"):
        first, step, side = layers.seen_by(network.plan, place)
        row = network.plan[place].output_shape[0] // 2
        seen = slice(max(0, first + row * step), first + row * step + side)
        other = 1 - image
        other[:, seen, seen] = image[:, seen, seen]
        both = network.output(np.concatenate([image, other]), place)[:, row, row]
        assert np.allclose(*both, atol=1e-5)
        other[:, seen, seen] = 0
        assert not np.allclose(network.output(other, place)[:, row, row], both[0], atol=1e-5)


@pytest.mark.training
@pytest.mark.parametrize(
    "options",
    [
        {"filters": (3, 4), "padding": "same", "pooling": "average", "hidden": (9,), "kernel": 2},
        {"filters": (3, 4), "padding": "same", "pooling": "max", "convolutions": 2, "kernel": 4, "hidden": ()},
        {"filters": (2, 3), "zero_padding": 2, "kernel": 5, "pooling": "average", "batch_normalization": True},
    ],
)
def test_every_layer_gives_what_keras_gives(options, models_folder, tmp_path):
    import keras

    from mnist_app import training
    from mnist_app.training import architectures

    made = tiny.Recipe(key="small", title="Small", architecture="cnn", options=options, epochs=1)
    model = architectures.build(made)
    rng = np.random.default_rng(0)
    # Variances of batch normalisation are above 0.
    model.set_weights([rng.uniform(-0.1 * (each.ndim > 1), 0.3, each.shape) for each in model.get_weights()])
    training.export(made, model, {"serving": tmp_path / "model.tflite"})
    network = layers.open_layers(tiny.save(made, tmp_path / "model.tflite"))
    inner = keras.Model(model.inputs, [layer.output for layer in model.layers])
    expected, given = inner.predict(tiny.images(2), verbose=0), network.outputs(tiny.images(2))
    given[-1] = softmax(given[-1])
    for layer, theirs, ours in zip(network.plan, expected, given, strict=True):
        assert np.allclose(theirs, ours, atol=1e-4), layer.title
