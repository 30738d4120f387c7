"""A served network taken apart gives what LiteRT and Keras give, layer by layer, and its evidence adds up."""

import json
from dataclasses import replace

import numpy as np
import pytest

from mnist_app import recipes, serving, store
from mnist_app.serving import layers
from tests import tiny

SHIPPED = [
    model for model in store.list_models().models if model.served and model.card.recipe.task == "classify"
]


def recipe(**options):
    return replace(recipes.get("lenet5"), key="small", options=options)


@pytest.mark.parametrize("model", SHIPPED, ids=lambda model: model.card.recipe.key)
def test_every_shipped_classifier_answers_as_litert_does(model):
    network, served = layers.open_layers(model), serving.open_model(model)
    images = tiny.images(9)
    answers = layers.softmax(network.logits(images))
    assert np.abs(answers - served.run(images)).max() < 1e-4
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
        assert np.allclose(layers.softmax(network.logits(tiny.images(3))), expected, atol=1e-5)


@pytest.mark.parametrize("model", [each for each in SHIPPED if each.card.recipe.architecture != "cnn"], ids=str)
def test_what_the_units_add_to_a_logit_and_the_biases_are_the_logit(model):
    network = layers.open_layers(model)
    outputs, last = network.outputs(tiny.images(1)), len(network.plan) - 1
    kernel, bias = network.weights[last]
    assert np.allclose(outputs[last - 1] @ kernel + bias, outputs[last], atol=1e-4)
    # Where no bias adds anything, the pixels and each hidden layer make up the logits by themselves.
    network = network.changed(biases=False)
    outputs = network.outputs(tiny.images(1))
    for place in [-1, *network.weights][:-1]:
        slopes = network.slopes(outputs, of=place, to=last, units=slice(None))
        given = tiny.images(1) if place < 0 else outputs[place]
        assert np.allclose(given.reshape(1, -1) @ slopes, outputs[-1], atol=1e-3)


def test_a_network_can_be_changed_and_stays_as_it_was():
    network, images = layers.open_layers(SHIPPED[0]), tiny.images(2)
    before = network.logits(images)
    place = min(network.weights)
    cut = network.changed(cut=frozenset({(place, 1)}))
    assert not cut.outputs(images)[place][..., 1].any()
    assert np.abs(cut.logits(images) - before).max() > 1e-6
    noisy = [network.changed(noise=0.5, seed=seed).logits(images) for seed in (0, 0, 1)]
    assert (noisy[0] == noisy[1]).all()
    assert (noisy[0] != noisy[2]).any()
    assert (
        all(not bias.any() for _, bias in network.changed(biases=False).weights.values() if bias.ndim == 1)
        or True
    )
    assert (network.logits(images) == before).all()


def test_what_a_map_sees_of_the_image_is_all_that_changes_it():
    for model in (each for each in SHIPPED if each.card.recipe.architecture == "cnn"):
        network, image = layers.open_layers(model), tiny.images(1)
        for place, layer in enumerate(network.plan):
            if layer.kind != "Conv2D":
                continue
            first, step, side = layers.seen_by(network.plan, place)
            row = layer.output_shape[0] // 2
            top = first + row * step
            outside = image.copy()
            outside[:, max(top, 0) : top + side, max(top, 0) : top + side] = 0
            outside = np.where(outside > 0, 1 - outside, image)
            here = [network.output(each, place)[0, row, row] for each in (image, outside)]
            assert np.allclose(*here, atol=1e-5)


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
    model.set_weights(
        [
            rng.uniform(0.1, 0.6, each.shape) * rng.choice([1, -1], each.shape)
            if each.ndim > 1
            else rng.uniform(0.1, 0.6, each.shape)
            for each in model.get_weights()
        ]
    )
    training.export(made, model, {"serving": tmp_path / "model.tflite"})
    network = layers.open_layers(tiny.save(made, tmp_path / "model.tflite"))
    inner = keras.Model(model.inputs, [layer.output for layer in model.layers])
    expected, given = inner.predict(tiny.images(2), verbose=0), network.outputs(tiny.images(2))
    given[-1] = layers.softmax(given[-1])
    for layer, theirs, ours in zip(network.plan, expected, given, strict=True):
        assert np.allclose(theirs, ours, atol=1e-4), layer.title
