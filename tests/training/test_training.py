"""Training: the settings of the sources, curves that repeat, figures that are what they say, and clean ends."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mnist_app import data, noise
from mnist_app.recipes import RECIPES
from tests.training.samples import FIXED, GENERATOR, TINY, UNIFORM, VARIED, curves, tiny_split

keras = pytest.importorskip("keras", reason="Keras is not installed")
training = pytest.importorskip("mnist_app.training")
steps = pytest.importorskip("mnist_app.training.steps")

pytestmark = pytest.mark.training

ROOT = Path(__file__).parents[2]

REPEATED = (
    TINY.changed(momentum=0.9, schedule="cosine", dropout=0.2, dtype_policy="mixed_bfloat16"),
    UNIFORM,
    VARIED,
    GENERATOR,
)

SGD = {"momentum": 0.0, "nesterov": False}
ADAM = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "amsgrad": False}
OPTIMISERS = {
    # name, rate, and what else has an effect
    "mlp-500-300-momentum": ("SGD", 0.1, {"momentum": 0.9, "nesterov": True}),
    "mlp-500-300": ("SGD", 0.1, SGD),
    "cnn-5x5": ("Adam", 0.001, ADAM | {"epsilon": 1e-8}),
    "cnn-best": ("Adam", 0.002, ADAM),
}


def curves_of(recipes):
    return [curves(training.train(recipe, split=tiny_split(), seed=5).history) for recipe in recipes]


@pytest.fixture
def prepared(monkeypatch):
    """A function that prepares the training of a recipe, and returns its network and its optimiser."""

    class Prepared(Exception):
        pass

    def stop(recipe, model, optimizer, split, *, seed):
        raise Prepared(model, optimizer)

    def prepared(recipe):
        with pytest.raises(Prepared) as caught:
            training.train(recipe, split=tiny_split())
        return caught.value.args

    monkeypatch.setattr(training, "Steps", stop)
    return prepared


# as the sources say


@pytest.mark.parametrize("key", OPTIMISERS)
def test_a_recipe_is_trained_as_its_source_says(key, prepared):
    model, optimizer = prepared(RECIPES[key])
    config = optimizer.get_config()
    name, rate, others = OPTIMISERS[key]
    assert type(optimizer).__name__ == name
    assert float(optimizer.learning_rate) == pytest.approx(rate)
    assert {field: config[field] for field in others} == others
    assert {config[field] for field in ("weight_decay", "clipnorm", "global_clipnorm", "clipvalue")} == {None}
    assert not config["use_ema"]
    first = next(layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer))
    assert first.dtype_policy.name == RECIPES[key].dtype_policy


def test_the_cosine_schedule_falls_from_the_rate_to_zero_at_the_last_step(prepared):
    optimizer = prepared(TINY.changed(schedule="cosine", epochs=3))[1]
    steps = 3 * 10  # 300 images in batches of 32
    rates = []
    for step in (0, steps // 2, steps):
        optimizer.iterations.assign(step)
        rates.append(float(optimizer.learning_rate))
    assert rates == pytest.approx([0.1, 0.05, 0.0], abs=1e-8)


@pytest.mark.parametrize(("clipped", "expected"), [(False, 40.0), (True, -np.log(1e-7))])
def test_the_loss_is_cut_off_where_it_is_computed_from_probabilities(clipped, expected):
    """A network that is sure and wrong, by 40 in the softmax's input."""
    recipe = RECIPES["linear"].changed(clip_probabilities=clipped)
    model = training.architectures.build(recipe)
    model.layers[-1].bias.assign([0.0] * 9 + [40.0])
    probabilities = model(np.zeros((4, 28, 28, 1), np.float32))
    loss = steps.loss_of(recipe, model, np.zeros(4, np.int64), probabilities)
    assert float(loss) == pytest.approx(expected, rel=1e-3)


def test_only_the_first_images_are_used():
    split, fewer = tiny_split(), TINY.changed(images=100)
    first = dataclasses.replace(split, train_images=split.train_images[:100], train_labels=split.train_labels[:100])
    history = training.train(fewer, split=split).history
    assert curves(history) == curves(training.train(TINY, split=first).history)
    assert [each.batch for each in history.batches] == [4, 8]


# the same again


def test_the_same_recipe_and_seed_give_the_same_curve_in_another_process():
    """Two fresh processes, as each training has one."""
    script = "import json; from tests.training.test_training import *; print(json.dumps(curves_of(REPEATED)))"
    command = [sys.executable, "-c", script]
    both = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    here, there = (process.communicate(timeout=300)[0].splitlines()[-1] for process in both)
    assert json.loads(here) == json.loads(there)


def test_another_seed_gives_another_curve():
    once = TINY.changed(epochs=1)
    one, other = (curves(training.train(once, split=tiny_split(), seed=seed).history) for seed in (5, 6))
    assert one[0][0] != other[0][0]
    assert one[1][0][1] != other[1][0][1]


# figures


@pytest.mark.parametrize(
    "recipe",
    [TINY.changed(epochs=8), VARIED.changed(epochs=1), TINY.changed(epochs=1, jit_compile=True, augmentation="affine")],
    ids=["plain", "normalised", "varied by NumPy beside XLA"],
)
def test_validation_figures_are_those_of_the_trained_network(recipe):
    """Where it normalises batches: with the means and variances that it keeps."""
    split = tiny_split()
    trained = training.train(recipe, split=split)
    last = trained.history.epochs[-1]
    predicted = trained.model(data.as_images(split.validation_images)).numpy()
    assert last.val_accuracy == pytest.approx((predicted.argmax(1) == split.validation_labels).mean())
    assert last.val_loss == pytest.approx(-np.log(predicted[np.arange(100), split.validation_labels]).mean(), rel=1e-4)
    assert last.val_accuracy > 0.9 or recipe.epochs == 1, "it learns"


def test_batches_are_the_means_of_their_own_images_and_epochs_those_of_all(monkeypatch):
    """Recorded at every batch and at every fourth: the second must be the weighted means of the first."""
    found = {}
    for steps in (1, 4):
        monkeypatch.setattr(training, "STEPS_A_CALL", steps)
        found[steps] = training.train(TINY, split=tiny_split()).history
    assert [each.batch for each in found[4].batches] == [4, 8, 10, 14, 18, 20]
    assert [each.batch for each in found[1].batches] == list(range(1, 21))
    sizes = np.array(([32] * 9 + [12]) * 2)
    single = np.array([(each.loss, each.accuracy) for each in found[1].batches])
    start = 0
    for each in found[4].batches:
        expected = np.average(single[start : each.batch], weights=sizes[start : each.batch], axis=0)
        assert (each.loss, each.accuracy) == pytest.approx(tuple(expected), rel=1e-5)
        start = each.batch
    for epoch, part in zip(found[4].epochs, (slice(10), slice(10, 20)), strict=True):
        expected = np.average(single[part], weights=sizes[part], axis=0)
        assert (epoch.loss, epoch.accuracy) == pytest.approx(tuple(expected), rel=1e-5)


def test_the_loss_of_a_denoiser_is_that_of_the_clean_images():
    split = tiny_split()
    trained = training.train(FIXED, split=split, seed=4)
    clean = data.as_images(split.validation_images).astype(float)
    noisy = noise.corrupt(data.as_images(split.validation_images), level=0.3, seed=4, indices=np.arange(300, 400))
    cleaned = np.clip(trained.model(noisy).numpy().astype(float), 1e-7, 1 - 1e-7)
    loss = -(clean * np.log(cleaned) + (1 - clean) * np.log(1 - cleaned)).mean()
    history = trained.history
    assert history.epochs[-1].val_loss == pytest.approx(loss, rel=1e-4)
    assert history.epochs[1].loss < history.epochs[0].loss
    assert {each.accuracy for each in (*history.epochs, *history.batches)} == {None}


# progress and ends


def test_progress_only_grows_and_reaches_one(monkeypatch):
    monkeypatch.setattr(training, "STEPS_A_CALL", 4)
    seen, histories = [], []

    def on_progress(progress, live):
        seen.append(progress)
        histories.append(live.history)

    trained = training.train(TINY, split=tiny_split(), on_progress=on_progress)
    assert [(each.epoch, each.step) for each in seen] == [(1, 4), (1, 8), (1, 10), (2, 4), (2, 8), (2, 10)]
    assert [each.fraction for each in seen] == pytest.approx([0.2, 0.4, 0.5, 0.7, 0.9, 1.0])
    assert [each.seconds for each in seen] == sorted(each.seconds for each in seen)
    assert [len(each.epochs) for each in histories] == [0, 0, 1, 1, 1, 2]
    assert [each.batches[-1].batch for each in histories] == [4, 8, 10, 14, 18, 20]
    assert histories[-1] == trained.history


def test_a_rate_that_is_too_high_is_a_named_error():
    wild, seen = TINY.changed(learning_rate=10, momentum=0.999, l2=1, epochs=100), []
    with pytest.raises(training.Diverged) as caught:
        training.train(wild, split=tiny_split(), on_progress=lambda progress, live: seen.append(live))
    assert "Training tiny, seed 0, failed: the loss is no longer a number (epoch " in str(caught.value)
    assert "expected a finite loss, found " in str(caught.value)
    assert "The learning rate 10 is probably too high: try a tenth of it, 1." in str(caught.value)
    assert all(np.isfinite(each.loss) for each in seen[-1].history.batches), "the curves up to there can be shown"
