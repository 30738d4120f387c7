"""The small network's gradient, its steps, and its way back."""

import numpy as np
import pytest

from mnist_app.evaluation import microscope
from mnist_app.evaluation.microscope import MOST_STEPS, Settings, Training

NETWORKS = [(0, "ReLU"), (6, "ReLU"), (6, "tanh")]
FAST = Settings(rate=0.3, batch=4, momentum=0.9, l2=0.01)


def start(units=4, activation="ReLU"):
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (50, 28, 28), np.uint8), rng.integers(0, 10, 50)
    return Training(images, labels, units=units, activation=activation, seed=3)


@pytest.mark.parametrize(("units", "activation"), NETWORKS)
def test_the_gradient_is_the_slope_of_the_loss(units, activation):
    training, rng = start(units, activation), np.random.default_rng(1)
    images, labels, *_ = training.look(Settings())
    ways = [rng.normal(size=each.shape) for each in training.weights]

    def look(far):
        weights = [each + far * way for each, way in zip(training.weights, ways, strict=True)]
        return microscope.look(weights, images.astype(np.float64), labels, activation=activation, l2=0.01)

    slope = sum((each * way).sum() for each, way in zip(look(0.0).gradients, ways, strict=True))
    assert (look(1e-6).loss - look(-1e-6).loss) / 2e-6 == pytest.approx(slope, rel=1e-5)


def test_back_and_forth_gives_the_same_numbers_and_keeps_few_states():
    training, seen = start(), []
    for number in range(300):
        seen.append([each.copy() for each in training.weights])
        training.step(FAST if number % 7 else Settings(batch=8))
    course = list(training.course)
    for back, now in ((1, 299), (40, 259), (133, 126), (999, 0)):
        training.go_back(back)
        assert len(training.course) == now
        assert all((ours == theirs).all() for ours, theirs in zip(training.weights, seen[now], strict=True))
    for settings, *_ in course:
        training.step(settings)
    assert training.course == course
    assert len(training._kept) <= 12


def test_it_learns_stops_at_its_last_step_and_says_when_the_rate_is_too_large():
    training = start(units=0)
    for _ in range(MOST_STEPS + 5):
        training.step(Settings(rate=0.01))
    assert len(training.course) == MOST_STEPS
    assert training.course[-1][1] < training.course[0][1] / 2
    training.go_back(MOST_STEPS)
    for _ in range(9):
        training.step(Settings(rate=1e30))
    assert not np.isfinite(training.look(FAST).loss)


@pytest.mark.training
@pytest.mark.parametrize(("units", "activation"), NETWORKS)
def test_steps_are_those_of_keras(units, activation):
    keras = pytest.importorskip("keras")
    training = start(units, activation)
    l2 = {"kernel_regularizer": keras.regularizers.L2(0.01)}
    sizes = [*([(units, activation.lower())] if units else []), (10, "softmax")]
    layers = [keras.layers.Dense(count, activation=kind, **l2) for count, kind in sizes]
    model = keras.Sequential([keras.layers.Input((784,)), *layers])
    model.set_weights(training.weights)
    sgd = keras.optimizers.SGD(FAST.rate, momentum=FAST.momentum)
    model.compile(sgd, "sparse_categorical_crossentropy", metrics=["accuracy"])
    for _ in range(3):
        seen = training.look(FAST)
        loss, accuracy = model.train_on_batch(seen.images, seen.labels)
        model.reset_metrics()
        training.step(FAST)
        assert training.course[-1][1:] == (pytest.approx(float(loss), rel=1e-4), float(accuracy))
    for ours, theirs in zip(training.weights, model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-5)
