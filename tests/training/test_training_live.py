"""A network is looked at while it is trained: what it gives, what its first layer was, and nothing is disturbed."""

import numpy as np
import pytest

from mnist_app import data
from mnist_app.recipes import RECIPES
from tests.training.test_training import FIXED, TINY, VARIED, curves, tiny_split

keras = pytest.importorskip("keras", reason="Keras is not installed")
training = pytest.importorskip("mnist_app.training")
live = pytest.importorskip("mnist_app.training.live")

pytestmark = pytest.mark.training

WATCHED = {
    "dropout": TINY.changed(dropout=0.3),
    "bfloat16, adam": TINY.changed(dropout=0.3, dtype_policy="mixed_bfloat16", optimizer="adam", learning_rate=0.001),
    "xla": TINY.changed(dropout=0.3, l2=1e-4, jit_compile=True, epochs=1),
    "denoiser": FIXED.changed(noise_levels="uniform"),
    "augmentation, batch normalisation": VARIED,
}
SHAPES = {
    # units, rows, columns
    "linear": (10, 28, 28),
    "mlp-64-64": (36, 28, 28),
    "mlp-1500x3-dropout": (36, 28, 28),
    "cnn": (32, 3, 3),
    "lenet5": (6, 5, 5),
    "cnn-5x5": (32, 5, 5),
    "cnn-best": (32, 3, 3),
    "autoencoder": (36, 28, 28),
    "unet": (16, 3, 3),
    "cvae": (36, 28, 28),
}
LOOKED_AT = ("linear", "cnn-5x5", "unet")


@pytest.fixture(autouse=True)
def short_calls(monkeypatch):
    monkeypatch.setattr(training, "STEPS_A_CALL", 4)


def assert_undisturbed(recipe):
    images = data.as_images(tiny_split().validation_images)

    def watch(progress):
        for count in (1, 7):
            progress.network.run(images[:count])
        assert progress.network.first_layer.kernels.size

    seen = training.train(recipe, split=tiny_split(), seed=5, watch=watch)
    unseen = training.train(recipe, split=tiny_split(), seed=5)
    assert curves(seen.history) == curves(unseen.history)
    for one, other in zip(seen.model.get_weights(), unseen.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("recipe", WATCHED.values(), ids=WATCHED)
def test_looking_at_a_network_leaves_its_training_as_it_is(recipe):
    assert_undisturbed(recipe)


@pytest.mark.parametrize("key", LOOKED_AT)
def test_looking_at_a_recipes_network_leaves_its_training_as_it_is(key):
    assert_undisturbed(RECIPES[key].changed(epochs=2, batch_size=32))


@pytest.mark.parametrize("recipe", [TINY.changed(dropout=0.3), FIXED], ids=["classifier", "denoiser"])
def test_it_answers_with_the_weights_of_that_moment(recipe):
    images, answers = data.as_images(tiny_split().validation_images), []
    trained = training.train(
        recipe, split=tiny_split(), watch=lambda progress: answers.append(progress.network.run(images))
    )
    assert {answer.dtype for answer in answers} == {np.dtype(np.float32)}
    np.testing.assert_allclose(answers[-1], trained.model(images).numpy(), atol=1e-6)
    first, second = answers[0], answers[1]
    assert abs(first - second).max() > 1e-4, "four steps later it answers otherwise"
    np.testing.assert_array_equal(answers[-2], answers[-1], "the last step was the epoch's last")


def test_what_it_answers_leads_to_the_accuracy_that_is_reported():
    split, ends = tiny_split(), []

    def watch(progress):
        if progress.val_accuracy is not None:
            guesses = progress.network.run(data.as_images(split.validation_images)).argmax(1)
            ends.append((progress.val_accuracy, (guesses == split.validation_labels).mean()))

    training.train(TINY.changed(epochs=4, dtype_policy="mixed_bfloat16"), split=split, watch=watch)
    assert [found for found, _ in ends] == pytest.approx([expected for _, expected in ends])
    assert ends[-1] != ends[0]


def network_of(key):
    keras.utils.set_random_seed(0)
    model = training.architectures.build(RECIPES[key])
    return live.LiveNetwork(model), model


@pytest.mark.parametrize("count", [0, 1, 1001])
def test_it_takes_any_number_of_images(count):
    network, model = network_of("linear")
    model.layers[-1].bias.assign(np.arange(10))
    images = np.random.default_rng(0).random((count, 28, 28, 1), np.float32)
    found = network.run(images)
    assert found.shape == (count, 10)
    np.testing.assert_allclose(found, model(images).numpy(), atol=1e-6)


@pytest.mark.parametrize("key", SHAPES)
def test_the_first_layer_is_that_with_the_first_weights(key):
    network, model = network_of(key)
    network.take_snapshot(0)
    units, rows, columns = SHAPES[key]
    epochs, kernels = network.first_layer
    assert epochs == (0,)
    assert (kernels.shape, kernels.dtype) == ((1, units, rows, columns), np.float32)
    weights = model.get_weights()[0]
    for unit in (0, units - 1):  # a generator's first weights are for the image, and then for the digit
        seen = weights[..., unit].ravel()[: rows * columns]
        np.testing.assert_array_equal(kernels[0, unit], seen.reshape(rows, columns))


def test_a_dense_units_picture_is_the_image_that_excites_it_most():
    network, model = network_of("mlp-64-64")
    network.take_snapshot(0)
    picture = network.first_layer.kernels[0, 7]
    hidden = keras.Sequential(model.layers[:2])(picture[np.newaxis, ..., np.newaxis]).numpy()
    assert hidden[0, 7] == pytest.approx((picture**2).sum(), rel=1e-4)


def test_snapshots_begin_with_the_first_weights_and_end_with_the_last():
    recipe, seen = TINY.changed(epochs=3), []
    trained = training.train(
        recipe, split=tiny_split(), seed=4, watch=lambda progress: seen.append(progress.network.first_layer.epochs)
    )
    assert seen == [(0,), (0,), (0,), (0, 1), (0, 1), (0, 1), (0, 1), (0, 1, 2), *[(0, 1, 2)] * 3, (0, 1, 2, 3)]
    epochs, kernels = trained.first_layer
    assert epochs == (0, 1, 2, 3)
    assert kernels.shape == (4, 16, 28, 28)
    keras.utils.set_random_seed(4)
    first, last = training.architectures.build(recipe).get_weights()[0], trained.model.get_weights()[0]
    np.testing.assert_array_equal(kernels[0], first.T.reshape(16, 28, 28))
    np.testing.assert_array_equal(kernels[-1], last.T.reshape(16, 28, 28))
    assert len({kernel.tobytes() for kernel in kernels}) == 4


def test_long_trainings_keep_evenly_spaced_snapshots():
    network, model = network_of("linear")
    for epoch in range(501):
        model.layers[1].kernel.assign(np.full((784, 10), epoch))
        network.take_snapshot(epoch)
        epochs, kernels = network.first_layer
        assert (epochs[0], epochs[-1]) == (0, epoch)
        assert len(epochs) <= live.MOST_SNAPSHOTS
        assert len(epochs) > min(epoch, live.MOST_SNAPSHOTS // 2)
        assert kernels[:, 0, 0, 0].tolist() == list(epochs)
        steps = np.diff(epochs)
        assert len(set(steps[:-1])) <= 1
        assert epoch == 0 or steps[-1] <= steps[0]
        if epoch == 300:
            other, _ = network_of("linear")
            other.restore_snapshots(network.first_layer)
        elif epoch > 300:
            other.take_snapshot(epoch)
            assert other.first_layer.epochs == epochs, "the same from wherever they go on"
