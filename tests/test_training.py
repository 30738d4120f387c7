"""Training: the settings of the sources, curves that repeat, figures that are what they say, and clean ends."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mnist_app import data
from mnist_app.data import Split
from mnist_app.recipes import RECIPES, InvalidValue, Recipe

keras = pytest.importorskip("keras", reason="Keras is not installed")
training = pytest.importorskip("mnist_app.training")

TESTS = Path(__file__).parent

TINY = Recipe(key="tiny", title="Tiny", architecture="mlp", options={"hidden": (16,)}, batch_size=32, epochs=2)
REPEATED = (TINY.changed(momentum=0.9, schedule="cosine", dropout=0.2),)
REPEATED_LONG = tuple(
    RECIPES[key].changed(epochs=2)
    for key in ("linear", "mlp-500-300", "mlp-1500x3-dropout", "cnn", "cnn-sgd", "lenet5", "cnn-5x5")
)

OPTIMISERS = {
    # name, rate, and what else has an effect
    "linear": ("SGD", 0.5, {"momentum": 0.0, "nesterov": False}),
    "mlp-64-64": ("SGD", 0.1, {"momentum": 0.0, "nesterov": False}),
    "mlp-500-300": ("SGD", 0.1, {"momentum": 0.0, "nesterov": False}),
    "mlp-1500x3": ("Adam", 0.001, {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "amsgrad": False}),
    "mlp-1500x3-dropout": ("Adam", 0.001, {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "amsgrad": False}),
    "cnn": ("Adam", 0.001, {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "amsgrad": False}),
    "cnn-sgd": ("SGD", 0.1, {"momentum": 0.0, "nesterov": False}),
    "lenet5": ("Adam", 0.001, {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "amsgrad": False}),
    "cnn-5x5": ("Adam", 0.001, {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8, "amsgrad": False}),
}


def tiny_split(count=300, *, validation="test"):
    """Noise with a bright block whose place tells the label: learnt within an epoch or two, no image like another."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 128, (count + 100, 28, 28), dtype=np.uint8)
    labels = rng.integers(0, 10, count + 100)
    for image, label in zip(images, labels, strict=True):
        image[5 * (label // 5) + 4 : 5 * (label // 5) + 9, 5 * (label % 5) : 5 * (label % 5) + 5] = 255
    return Split(images[:count], labels[:count], images[count:], labels[count:], validation)


def curves(history):
    """A history without the seconds it took."""
    return dataclasses.replace(history, epochs=tuple(dataclasses.replace(each, seconds=0.0) for each in history.epochs))


def curves_of(recipes):
    """What a process prints that repeats a training."""
    return [curves(training.train(recipe, split=tiny_split(), seed=5).history).to_json() for recipe in recipes]


@pytest.fixture(scope="module")
def repeated():
    return curves_of(REPEATED)


@dataclasses.dataclass
class _Fit(Exception):
    """What `fit` was called with."""

    model: keras.Model
    batches: object
    settings: dict


@pytest.fixture
def caught_fit(monkeypatch):
    """A function that starts to train a recipe and gives back the call of `fit` that it came to."""

    def fit(self, batches, **settings):
        raise _Fit(self, batches, settings)

    def start(recipe, *, split=None, seed=0):
        with pytest.raises(_Fit) as caught:
            training.train(recipe, split=split or tiny_split(validation=recipe.validation), seed=seed)
        return caught.value

    monkeypatch.setattr(keras.Sequential, "fit", fit)
    return start


@pytest.mark.parametrize("key", RECIPES)
def test_every_recipe_is_compiled_as_its_source_says(key, caught_fit):
    recipe = RECIPES[key]
    fit = caught_fit(recipe)
    optimizer = fit.model.optimizer
    config = optimizer.get_config()
    name, rate, others = OPTIMISERS[key]
    assert type(optimizer).__name__ == name
    assert config["learning_rate"] == pytest.approx(rate)
    assert {field: config[field] for field in others} == others
    assert {config[field] for field in ("weight_decay", "clipnorm", "global_clipnorm", "clipvalue")} == {None}
    assert not config["use_ema"]
    assert fit.settings["epochs"] == recipe.epochs
    assert fit.model.jit_compile == (recipe.compiler == "xla")
    assert fit.model.layers[0].dtype_policy.name == recipe.precision


def test_momentum_and_nesterov_reach_the_optimiser(caught_fit):
    config = caught_fit(TINY.changed(momentum=0.9, nesterov=True)).model.optimizer.get_config()
    assert (config["momentum"], config["nesterov"]) == (0.9, True)


def test_the_cosine_schedule_falls_from_the_rate_to_zero_at_the_last_step(caught_fit):
    optimizer = caught_fit(TINY.changed(schedule="cosine", epochs=3)).model.optimizer
    steps = 3 * 10  # 300 images in batches of 32
    rates = []
    for step in (0, steps // 2, steps):
        optimizer.iterations.assign(step)
        rates.append(float(optimizer.learning_rate))
    assert rates == pytest.approx([0.1, 0.05, 0.0], abs=1e-8)


def test_each_image_is_seen_exactly_once_an_epoch_in_an_order_of_its_own(caught_fit):
    split = tiny_split()
    fit = caught_fit(TINY, split=split)
    inputs = data.as_images(split.train_images)
    number_of = {image.tobytes(): number for number, image in enumerate(inputs)}
    orders = []
    for epoch in (0, 1, 0):
        fit.settings["callbacks"][0].on_epoch_begin(epoch)
        sizes, numbers = [], []
        for images, labels in fit.batches.as_numpy_iterator():
            seen = [number_of[image.tobytes()] for image in images]
            np.testing.assert_array_equal(labels, split.train_labels[seen])
            sizes.append(len(seen))
            numbers += seen
        assert sizes == [32] * 9 + [12]
        assert sorted(numbers) == list(range(300))
        orders.append(numbers)
    assert orders[0] != orders[1]
    assert orders[0] == orders[2], "the order depends on seed and epoch alone"
    assert orders[0] != list(range(300))


def test_fit_itself_sees_another_order_each_epoch_and_all_images(monkeypatch):
    """With a rate that moves nothing, the batches' losses tell which images were in them."""
    monkeypatch.setattr(training, "STEPS_A_CALL", 1)
    trained = training.train(TINY.changed(learning_rate=1e-12), split=tiny_split())
    losses = np.array([each.loss for each in trained.history.batches]).reshape(2, 10)
    assert not np.isclose(losses[0], losses[1], rtol=1e-6).any()
    split = tiny_split()
    predicted = trained.model(data.as_images(split.train_images)).numpy()
    loss = -np.log(predicted[np.arange(300), split.train_labels]).mean()
    np.testing.assert_allclose(losses @ np.array([32] * 9 + [12]) / 300, loss, rtol=1e-5)


def test_only_the_first_images_are_used():
    split, fewer = tiny_split(), TINY.changed(images=100)
    first = dataclasses.replace(split, train_images=split.train_images[:100], train_labels=split.train_labels[:100])
    history = curves(training.train(fewer, split=split).history)
    assert history == curves(training.train(TINY, split=first).history)
    assert [each.batch for each in history.batches] == [4, 8]


@pytest.mark.parametrize("name", ["REPEATED", pytest.param("REPEATED_LONG", marks=pytest.mark.training)])
def test_the_same_recipe_and_seed_give_the_same_curve_in_another_process(name, repeated):
    script = f"import json, test_training as t; print(json.dumps(t.curves_of(t.{name})))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])}
    other = subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, text=True)
    here = repeated if name == "REPEATED" else curves_of(REPEATED_LONG)
    output, _ = other.communicate(timeout=300)
    assert other.returncode == 0
    assert json.loads(output.splitlines()[-1]) == here


def test_a_second_training_in_one_process_gives_the_same_curve(repeated):
    assert curves_of(REPEATED) == repeated


def test_another_seed_gives_another_curve(repeated):
    other = training.train(REPEATED[0], split=tiny_split(), seed=6).history.to_json()
    assert other["batches"]["batch"] == repeated[0]["batches"]["batch"]
    assert other["batches"]["loss"] != repeated[0]["batches"]["loss"]


def test_it_learns():
    history = training.train(TINY.changed(epochs=8), split=tiny_split()).history
    assert history.epochs[-1].val_accuracy > 0.9
    assert history.epochs[-1].loss < history.epochs[0].loss


def test_records_of_intervals_are_the_means_of_their_own_batches(monkeypatch):
    """Recorded at every batch and at every fourth: the second must be the weighted means of the first."""
    found = {}
    for steps in (1, 4):
        monkeypatch.setattr(training, "STEPS_A_CALL", steps)
        found[steps] = training.train(TINY, split=tiny_split()).history
    assert [each.batch for each in found[4].batches] == [4, 8, 10, 14, 18, 20]
    assert [each.batch for each in found[1].batches] == list(range(1, 21))
    sizes = np.array(([32] * 9 + [12]) * 2)
    start = 0
    for each in found[4].batches:
        part = slice(start, each.batch)
        for name in ("loss", "accuracy"):
            single = np.array([getattr(batch, name) for batch in found[1].batches[part]])
            assert getattr(each, name) == pytest.approx(np.average(single, weights=sizes[part]), rel=1e-5)
        start = each.batch
    for name in ("loss", "accuracy"):
        means = np.array([getattr(batch, name) for batch in found[1].batches]).reshape(2, 10)
        expected = np.average(means, axis=1, weights=sizes[:10])
        assert [getattr(each, name) for each in found[4].epochs] == pytest.approx(list(expected), rel=1e-5)


def test_running_means_are_undone_on_literal_logs(monkeypatch):
    """250 steps of 2 images, the last of 1: 100 + 100 + 50 steps hold 200, 200 and 99 images."""
    epoch = {"loss": 1.5, "accuracy": 0.6, "val_loss": 0.5, "val_accuracy": 0.9}

    def fit(self, batches, *, callbacks, **settings):
        recorder = callbacks[0]
        recorder.on_epoch_begin(0)
        recorder.on_train_batch_end(99, {"loss": 2.0, "accuracy": 0.5})
        recorder.on_train_batch_end(199, {"loss": 1.75, "accuracy": 0.625})
        recorder.on_train_batch_end(249, {"loss": (1.75 * 400 + 0.5 * 99) / 499, "accuracy": np.float32(349 / 499)})
        recorder.on_epoch_end(0, epoch)

    monkeypatch.setattr(keras.Sequential, "fit", fit)
    history = training.train(TINY.changed(batch_size=2, epochs=1), split=tiny_split(499)).history
    assert [each.batch for each in history.batches] == [100, 200, 250]
    assert [each.loss for each in history.batches] == pytest.approx([2.0, 1.5, 0.5])
    assert [each.accuracy for each in history.batches] == [0.5, 0.75, 1.0]
    assert dataclasses.asdict(history.epochs[0]) == {**epoch, "seconds": pytest.approx(0, abs=0.1)}


def test_progress_only_grows_and_reaches_one(monkeypatch):
    monkeypatch.setattr(training, "STEPS_A_CALL", 4)
    seen = []
    history = training.train(TINY, split=tiny_split(), watch=seen.append).history
    assert [(each.epoch, each.step) for each in seen] == [
        *((1, 4), (1, 8), (1, 10), (1, 10)),
        *((2, 4), (2, 8), (2, 10), (2, 10)),
    ]
    fractions = [each.fraction for each in seen]
    assert fractions == sorted(fractions)
    assert fractions[0] == pytest.approx(0.2)
    assert fractions[-1] == 1.0
    assert [each.seconds for each in seen] == sorted(each.seconds for each in seen)
    assert {(each.epochs, each.steps) for each in seen} == {(2, 10)}
    ends = [each for each in seen if each.val_accuracy is not None]
    assert [(each.loss, each.val_accuracy) for each in ends] == [(e.loss, e.val_accuracy) for e in history.epochs]


def test_what_watch_raises_ends_the_training():
    class Stopped(Exception):
        pass

    seen = []

    def watch(progress):
        seen.append(progress)
        if progress.epoch == 2:
            raise Stopped

    with pytest.raises(Stopped):
        training.train(TINY.changed(epochs=50), split=tiny_split(), watch=watch)
    assert len(seen) == 3


def test_a_rate_that_is_too_high_is_a_named_error():
    wild = TINY.changed(learning_rate=10, momentum=0.999, l2=1, epochs=100)
    with pytest.raises(training.Diverged) as caught:
        training.train(wild, split=tiny_split())
    assert "Training tiny failed: the loss is no longer a number (epoch " in str(caught.value)
    assert "expected a finite loss, found " in str(caught.value)
    assert "The learning rate 10 is probably too high: try a tenth of it, 1." in str(caught.value)


def test_a_last_step_into_nothing_is_found_in_validation(monkeypatch):
    def fit(self, batches, *, callbacks, **settings):
        callbacks[0].on_epoch_begin(0)
        callbacks[0].on_train_batch_end(9, {"loss": 2.0, "accuracy": 0.5})
        callbacks[0].on_epoch_end(0, {"loss": 2.0, "accuracy": 0.5, "val_loss": float("nan"), "val_accuracy": 0.1})

    monkeypatch.setattr(keras.Sequential, "fit", fit)
    with pytest.raises(training.Diverged, match="found nan"):
        training.train(TINY, split=tiny_split())


def test_the_history_names_the_images_it_was_validated_on():
    recipe = TINY.changed(validation="held-out", epochs=1)
    assert training.train(recipe, split=tiny_split(validation="held-out")).history.validation == "held-out"
    with pytest.raises(InvalidValue, match="expected validation=held-out, found validation=test"):
        training.train(recipe, split=tiny_split())


def test_validation_figures_are_those_of_the_trained_network():
    split = tiny_split()
    trained = training.train(TINY, split=split)
    predicted = trained.model(data.as_images(split.validation_images)).numpy()
    accuracy = (predicted.argmax(1) == split.validation_labels).mean()
    loss = -np.log(predicted[np.arange(100), split.validation_labels]).mean()
    assert trained.history.epochs[-1].val_accuracy == pytest.approx(accuracy)
    assert trained.history.epochs[-1].val_loss == pytest.approx(loss, rel=1e-4)


def test_an_impossible_seed_is_refused_before_anything_is_built():
    with pytest.raises(InvalidValue, match="impossible value for seed"):
        training.train(TINY, split=tiny_split(), seed=-1)


def test_bfloat16_training_gives_a_float32_network():
    recipe = TINY.changed(precision="mixed_bfloat16", epochs=1)
    trained = training.train(recipe, split=tiny_split())
    assert {weight.dtype for weight in trained.model.weights} == {"float32"}
    assert {layer.compute_dtype for layer in trained.model.layers} == {"float32"}
    assert getattr(trained.model, "optimizer", None) is None
    assert (trained.recipe, trained.seed) == (recipe, 0)


@pytest.mark.parametrize(("loss", "expected"), [("logits", 40.0), ("probabilities", -np.log(1e-7))])
def test_the_loss_is_cut_off_where_it_is_computed_from_probabilities(loss, expected, caught_fit):
    """A network that is sure and wrong, by 40 in the softmax's input."""
    model = caught_fit(RECIPES["linear"].changed(loss=loss)).model
    model.layers[-1].bias.assign([0.0] * 9 + [40.0])
    found = model.evaluate(np.zeros((4, 28, 28, 1), np.float32), np.zeros(4, np.int64), verbose=0)[0]
    assert found == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("key", ["mlp-64-64", "cnn"])
def test_what_is_exported_says_what_keras_says(key, tmp_path):
    from ai_edge_litert.interpreter import Interpreter

    keras.utils.set_random_seed(0)
    model = training.architectures.build(RECIPES[key])
    training.export(model, tmp_path, keras_file="model.keras", serving_file="model.tflite")
    images = data.as_images(tiny_split().validation_images)
    expected = model(images).numpy()
    interpreter = Interpreter(str(tmp_path / "model.tflite"))
    interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], images.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], images)
    interpreter.invoke()
    served = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    np.testing.assert_allclose(served, expected, atol=1e-5)
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(images).numpy(), expected)


@pytest.mark.training
@pytest.mark.mnist
def test_one_epoch_of_the_cnn_gets_beyond_97_percent():
    trained = training.train(RECIPES["cnn"].changed(epochs=1), split=data.split(data.load()))
    assert trained.history.epochs[0].val_accuracy > 0.97
    assert [each.batch for each in trained.history.batches] == [100, 200, 300, 400, 469]


@pytest.mark.training
@pytest.mark.mnist
def test_mlp_64_64_gets_what_plain_keras_gets():
    """Plain `fit` of the same network without a seed ended at 0.9709 ± 0.0022 in six runs; its source had 0.9739.

    With a seed Keras repeats one order of the images in every epoch: its curves are then smoother than these.
    """
    split = data.split(data.load())
    finals = [training.train(RECIPES["mlp-64-64"], split=split, seed=seed).history.epochs[-1] for seed in range(3)]
    assert np.mean([epoch.val_accuracy for epoch in finals]) == pytest.approx(0.9709, abs=0.004)
