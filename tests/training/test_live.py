"""A network is looked at while it is trained: what it gives, what its first layer was, and nothing is disturbed."""

import numpy as np
import pytest

from mnist_app import data, evaluation
from mnist_app.recipes import RECIPES
from tests.training.samples import TINY, VARIED, assert_same, tiny_split

keras = pytest.importorskip("keras", reason="Keras is not installed")
training = pytest.importorskip("mnist_app.training")

pytestmark = pytest.mark.training

WATCHED = {
    "dropout, bfloat16": TINY.changed(dropout=0.3, dtype_policy="mixed_bfloat16"),
    "augmentation, batch normalisation": VARIED,
}
SHAPES = {
    # units, rows, columns
    "lenet5": (6, 5, 5),
    "cvae": (36, 28, 28),
}


@pytest.fixture(autouse=True)
def short_calls(monkeypatch):
    monkeypatch.setattr(training, "STEPS_A_CALL", 4)


@pytest.mark.parametrize("recipe", WATCHED.values(), ids=WATCHED)
def test_looking_at_a_network_leaves_its_training_as_it_is(recipe):
    images = data.as_images(tiny_split().validation_images)

    def look(progress, live):
        live.run(images[: progress.step])
        assert live.snapshots.kernels.size

    looked_at = training.train(recipe, split=tiny_split(), seed=5, on_progress=look)
    assert_same(looked_at, training.train(recipe, split=tiny_split(), seed=5))


def test_it_answers_with_the_weights_of_that_moment():
    split, answers = tiny_split(), []
    images = data.as_images(split.validation_images)

    def look(progress, live):
        answers.append(live.run(images))
        if progress.epoch_ended:
            hits = answers[-1].argmax(1) == split.validation_labels
            assert live.history.epochs[-1].val_accuracy == pytest.approx(hits.mean())

    trained = training.train(TINY.changed(dropout=0.3), split=split, on_progress=look)
    np.testing.assert_allclose(answers[-1], trained.model(images).numpy(), atol=1e-6)
    assert abs(answers[0] - answers[1]).max() > 1e-4, "four steps later it answers otherwise"
    counts = evaluation.confusion(answers[-1], split.validation_labels)
    np.testing.assert_array_equal(trained.snapshots.confusions[-1], counts)
    assert trained.snapshots.confusions[0].sum() == 0, "before the training nothing is judged"


@pytest.mark.parametrize("key", SHAPES)
def test_the_first_layer_is_shown_with_its_first_weights_and_those_after_each_epoch(key):
    recipe, seen = RECIPES[key].changed(epochs=2, batch_size=64, dtype_policy="float32"), []
    trained = training.train(
        recipe, split=tiny_split(64), seed=4, on_progress=lambda progress, live: seen.append(live.snapshots.epochs)
    )
    assert seen == [(0, 1), (0, 1, 2)]
    kernels, (units, rows, columns) = trained.snapshots.kernels, SHAPES[key]
    assert (kernels.shape, kernels.dtype) == ((3, units, rows, columns), np.float32)
    keras.utils.set_random_seed(4)
    first = training.architectures.build(recipe).get_weights()[0]
    for weights, moment in ((first, kernels[0]), (trained.model.get_weights()[0], kernels[-1])):
        for unit in (0, units - 1):  # a generator's first weights are for the image, and then for the digit
            picture = weights[..., unit].ravel()[: rows * columns].reshape(rows, columns)
            np.testing.assert_array_equal(moment[unit], picture)


def test_long_trainings_keep_evenly_spaced_snapshots():
    recipe = RECIPES["linear"]
    model = training.architectures.build(recipe)
    live = training.LiveTraining(recipe, model, training.Curves(recipe, 0), images=1)
    for epoch in range(101):
        model.layers[1].kernel.assign(np.full((784, 10), epoch))
        live.take_snapshot(epoch, np.full((10, 10), epoch))
    epochs, kernels = live.snapshots.epochs, live.snapshots.kernels
    assert (epochs[0], epochs[-1]) == (0, 100)
    assert 20 < len(epochs) <= 41
    assert kernels[:, 0, 0, 0].tolist() == live.snapshots.confusions[:, 0, 0].tolist() == list(epochs)
    assert len(set(np.diff(epochs)[:-1])) == 1
