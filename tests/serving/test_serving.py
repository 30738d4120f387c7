import json
import shutil
import threading

import numpy as np
import pytest
from ai_edge_litert import interpreter

from mnist_app import Damaged, InvalidInput, NotFound, serving, store
from tests import tiny, tiny_latent


@pytest.fixture(scope="module")
def network():
    return serving.Network(tiny.LITERT_FILE)


@pytest.fixture(scope="module")
def with_features():
    return serving.Network(tiny.FEATURES_FILE)


def test_answers_are_those_of_keras(network):
    answers = np.array(json.loads(tiny.ANSWERS_FILE.read_text("utf-8")))
    given = network.run(tiny.images(3))
    assert given.dtype == np.float32
    np.testing.assert_allclose(given, answers, atol=1e-5)
    np.testing.assert_allclose(given.sum(1), 1, atol=1e-5)


@pytest.mark.training
def test_a_fresh_export_answers_as_keras_does(tmp_path):
    answers = tiny.export(tmp_path)
    np.testing.assert_allclose(serving.Network(tmp_path / "model.tflite").run(tiny.images(3)), answers, atol=1e-5)


@pytest.mark.training
def test_a_fresh_export_of_a_classifier_has_its_features_too(tmp_path):
    answers = tiny.export(tmp_path, tiny.FEATURES)
    found = serving.Network(tmp_path / "model.tflite").features(tiny.images(3))
    np.testing.assert_allclose(found[0], answers, atol=1e-5)
    np.testing.assert_allclose(found[1], tiny.features(), atol=1e-5)


def test_features_and_probabilities_are_those_of_keras(with_features):
    """Ten of either: only their order tells them apart."""
    answers = json.loads(tiny.FEATURES_ANSWERS_FILE.read_text("utf-8"))
    assert (with_features.output_shape, with_features.feature_count) == ((10,), 10)
    probabilities, features = with_features.features(tiny.images(3))
    assert (probabilities.dtype, features.dtype) == (np.float32, np.float32)
    np.testing.assert_allclose(probabilities, answers["probabilities"], atol=1e-5)
    np.testing.assert_allclose(features, answers["features"], atol=1e-4)
    np.testing.assert_allclose(with_features.run(tiny.images(3)), answers["probabilities"], atol=1e-5)


@pytest.mark.parametrize("count", [0, 1, serving.CHUNK, 2 * serving.CHUNK + 1])
def test_features_of_any_number_of_images_are_had(with_features, count):
    images = tiny.images(count)
    probabilities, features = with_features.features(images)
    assert (probabilities.shape, features.shape) == ((count, 10), (count, 10))
    np.testing.assert_array_equal(probabilities, with_features.run(images))
    for index in {0, count // 2, count - 1} & set(range(count)):
        (alone,) = with_features.features(images[index : index + 1])[1]
        np.testing.assert_allclose(features[index], alone, atol=1e-5)


def test_a_file_that_gives_probabilities_alone_answers_and_says_that_it_has_no_features(network):
    assert network.feature_count == 0
    assert network.run(tiny.images(1)).shape == (1, 10)
    with pytest.raises(InvalidInput, match=r"features as a second output, found tiny\.tflite. Train it again"):
        network.features(tiny.images(1))


def test_float64_and_views_are_taken(network):
    images = tiny.images(6)
    expected = network.run(images)
    np.testing.assert_allclose(network.run(images.astype(np.float64)), expected, atol=1e-6)
    np.testing.assert_array_equal(network.run(images[::2]), network.run(images[::2].copy()))


def test_many_threads_get_the_answers_of_one(network):
    images = tiny.images(40)
    batches = [images[start : start + size] for start in range(0, 36, 4) for size in (1, 3)]
    expected = [network.run(batch) for batch in batches]
    wrong, gate = [], threading.Barrier(8)

    def ask(offset: int) -> None:
        gate.wait()
        for turn in range(50):
            index = (turn * 5 + offset) % len(batches)
            if not np.allclose(network.run(batches[index]), expected[index], atol=1e-6):
                wrong.append(index)

    threads = [threading.Thread(target=ask, args=(offset,)) for offset in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("length", [0, 12_000])
def test_a_truncated_file_with_its_own_checksum_is_reported_by_name(save_tiny, length):
    """The card vouches for it; LiteRT does not."""
    model = save_tiny(serving=tiny.LITERT_FILE.read_bytes()[:length])
    with pytest.raises(Damaged, match=r"does not load.*Delete the folder") as caught:
        serving.open_model(model)
    assert caught.value.name == model.name
    assert model.name in str(caught.value)


def test_a_file_that_loads_but_does_not_run_is_reported(tmp_path):
    """A byte of a tensor's shape is changed: found when the network is opened, not at the first guess."""
    content = bytearray(tiny.LITERT_FILE.read_bytes())
    content[952] += 1
    interpreter.Interpreter(model_content=bytes(content))
    (tmp_path / "model.tflite").write_bytes(content)
    with pytest.raises(Damaged, match=tmp_path.name):
        serving.Network(tmp_path / "model.tflite")


def test_an_autoencoders_parts_open_and_take_what_they_should(models_folder):
    model = tiny_latent.save("autoencoder-2d")
    encoder, decoder = (serving.open_model(model, store.ENCODER_FILE), serving.open_model(model, store.DECODER_FILE))
    codes = encoder.run(tiny.images(3))
    np.testing.assert_allclose(codes, tiny_latent.encoded(tiny.images(3)), atol=1e-4)
    np.testing.assert_allclose(decoder.run(codes), tiny_latent.decoded(codes), atol=1e-5)


def test_a_classifier_has_no_parts(tiny_model):
    with pytest.raises(NotFound, match=r"has no encoder\.tflite.*mnist_app train tiny"):
        serving.open_model(tiny_model, store.ENCODER_FILE)


def test_a_network_answers_on_when_its_file_is_replaced(tmp_path):
    path = tmp_path / "model.tflite"
    shutil.copy(tiny.LITERT_FILE, path)
    network, images = serving.Network(path), tiny.images(3)
    expected = network.run(images)
    path.write_bytes(b"another")
    np.testing.assert_array_equal(network.run(images), expected)


def test_a_model_is_opened_once_and_again_when_its_file_is_another(save_tiny):
    model = save_tiny()
    network = serving.open_model(model)
    assert serving.open_model(store.load(model.name)) is network
    assert serving.open_model(save_tiny(serving=tiny.FEATURES_FILE)) is not network


def test_after_many_images_a_network_answers_as_before(network):
    few, many = tiny.images(2), tiny.images(serving.CHUNK + 1)
    before = network.run(few)
    np.testing.assert_allclose(network.run(many)[:2], before, atol=1e-6)
    np.testing.assert_array_equal(network.run(few), before)
