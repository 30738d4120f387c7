"""A training that was interrupted goes on as if nothing had happened, and a backup is whole or not there."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pytest

from mnist_app import CannotWrite, Damaged, InvalidInput, NotFound
from mnist_app.recipes import RECIPES
from tests.training.test_training import GENERATOR, TESTS, TINY, UNIFORM, VARIED, curves, tiny_split

keras = pytest.importorskip("keras", reason="Keras is not installed")
training = pytest.importorskip("mnist_app.training")
backup = pytest.importorskip("mnist_app.training.backup")

pytestmark = pytest.mark.training

DROPOUT = TINY.changed(dropout=0.3, momentum=0.9, schedule="cosine", epochs=4)
RESUMED = {
    "sgd, dropout, cosine": DROPOUT,
    "adam, bfloat16, dropout": TINY.changed(
        optimizer="adam", learning_rate=0.001, dtype_policy="mixed_bfloat16", dropout=0.3, epochs=4
    ),
    "xla, dropout, l2, held-out": TINY.changed(jit_compile=True, dropout=0.3, l2=1e-4, validation="held-out", epochs=4),
    "denoiser, fresh noise, adam, cosine": UNIFORM.changed(epochs=4, schedule="cosine"),
    "augmentation, batch normalisation, bfloat16": VARIED.changed(epochs=4, dtype_policy="mixed_bfloat16"),
    "generator, xla, cosine": GENERATOR.changed(epochs=4, jit_compile=True, schedule="cosine"),
}
RESUMED_LONG = ("linear", "lenet5", "autoencoder", "unet")


class Interrupted(Exception):
    pass


class Killed(BaseException):
    """The process ends here: no `except Exception` sees it."""


@pytest.fixture
def short_calls(monkeypatch):
    """Progress after every fourth of an epoch's ten steps, so that there is a middle of an epoch to stop in."""
    monkeypatch.setattr(training, "STEPS_A_CALL", 4)


def train(recipe, folder=None, *, watch=lambda progress: None, seed=5):
    return training.train(recipe, split=tiny_split(validation=recipe.validation), seed=seed, watch=watch, backup=folder)


def interrupt(recipe, folder, *, epoch=3, step=8, seed=5):
    """Train until that place, and no further."""

    def watch(progress):
        if (progress.epoch, progress.step) == (epoch, step):
            raise Interrupted

    with pytest.raises(Interrupted):
        train(recipe, folder, watch=watch, seed=seed)


def assert_same(found, expected):
    """The same curves, weights and snapshots, to the last digit."""
    assert curves(found.history) == curves(expected.history)
    for one, other in zip(found.model.get_weights(), expected.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert found.first_layer.epochs == expected.first_layer.epochs
    np.testing.assert_array_equal(found.first_layer.kernels, expected.first_layer.kernels)


@pytest.fixture(scope="module")
def whole():
    """DROPOUT trained without interruption."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "STEPS_A_CALL", 4)
        return train(DROPOUT)


@pytest.mark.parametrize("recipe", RESUMED.values(), ids=RESUMED)
def test_an_interrupted_training_goes_on_as_if_nothing_had_happened(recipe, tmp_path, short_calls):
    interrupt(recipe, tmp_path)
    seen = []
    resumed = train(recipe, tmp_path, watch=seen.append)
    assert (seen[0].epoch, seen[0].step) == (3, 4), "two epochs were not trained again"
    assert_same(resumed, train(recipe))


@pytest.mark.parametrize("key", RESUMED_LONG)
def test_every_recipe_goes_on_as_if_nothing_had_happened(key, tmp_path, short_calls):
    recipe = RECIPES[key].changed(epochs=3, batch_size=32)
    interrupt(recipe, tmp_path, epoch=2)
    assert_same(train(recipe, tmp_path), train(recipe))


def test_a_killed_process_is_taken_over_by_another(tmp_path, short_calls, whole):
    script = (
        "import pathlib, sys, time, test_training_resume as t\n"
        "t.training.STEPS_A_CALL = 4\n"
        "def watch(progress):\n"
        "    if (progress.epoch, progress.step) == (3, 8):\n"
        "        print('here', flush=True)\n"
        "        time.sleep(600)\n"
        "t.train(t.DROPOUT, pathlib.Path(sys.argv[1]), watch=watch)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])}
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        reached = any(line.strip() == "here" for line in process.stdout)
        process.kill()
    assert reached
    assert_same(train(DROPOUT, tmp_path), whole)


def test_interrupted_again_and_again_it_still_arrives(tmp_path, short_calls, whole):
    for epoch, step in ((1, 4), (2, 4), (2, 8), (4, 10)):
        interrupt(DROPOUT, tmp_path, epoch=epoch, step=step)
    assert_same(train(DROPOUT, tmp_path), whole)


def test_an_epoch_is_safe_by_the_time_that_watch_hears_of_its_end(tmp_path, short_calls):
    def watch(progress):
        if progress.epoch == 2 and progress.val_loss is not None:
            raise Interrupted

    with pytest.raises(Interrupted):
        train(DROPOUT, tmp_path, watch=watch)
    restored = training.restore(DROPOUT, seed=5, validation="test", backup=tmp_path)
    assert len(restored.history.epochs) == 2


def test_a_completed_training_is_not_trained_again(tmp_path):
    first, seen = train(TINY, tmp_path), []
    again = train(TINY, tmp_path, watch=seen.append)
    assert not seen
    assert again.history == first.history
    assert_same(again, first)


def test_seconds_count_what_was_done_before(tmp_path, short_calls):
    interrupt(DROPOUT, tmp_path)
    before = training.restore(DROPOUT, seed=5, validation="test", backup=tmp_path)
    seen = []
    resumed = train(DROPOUT, tmp_path, watch=seen.append)
    assert resumed.history.epochs[:2] == before.history.epochs
    assert before.seconds == pytest.approx(sum(epoch.seconds for epoch in before.history.epochs))
    assert resumed.seconds == pytest.approx(sum(epoch.seconds for epoch in resumed.history.epochs))
    assert seen[0].seconds > before.seconds > 0
    assert seen[-1].seconds == pytest.approx(resumed.seconds, abs=0.01)


@pytest.mark.parametrize("dtype_policy", ["float32", "mixed_bfloat16"])
def test_what_is_restored_is_a_training_of_the_completed_epochs(dtype_policy, tmp_path, short_calls):
    recipe = TINY.changed(epochs=5, dropout=0.3, optimizer="adam", learning_rate=0.001, dtype_policy=dtype_policy)
    interrupt(recipe, tmp_path)
    restored = training.restore(recipe, seed=5, validation="test", backup=tmp_path)
    assert_same(restored, train(recipe.changed(epochs=2)))
    assert (restored.recipe, restored.seed) == (recipe, 5)
    assert {layer.compute_dtype for layer in restored.model.layers} == {"float32"}
    assert getattr(restored.model, "optimizer", None) is None


def test_without_a_completed_epoch_there_is_nothing_to_restore(tmp_path, short_calls):
    with pytest.raises(NotFound, match="expected a completed epoch"):
        training.restore(DROPOUT, seed=5, validation="test", backup=tmp_path / "none")
    interrupt(DROPOUT, tmp_path, epoch=1)
    with pytest.raises(NotFound, match="expected a completed epoch"):
        training.restore(DROPOUT, seed=5, validation="test", backup=tmp_path)


@pytest.mark.parametrize(
    ("recipe", "seed"), [(DROPOUT.changed(batch_size=64), 5), (DROPOUT, 6)], ids=["another recipe", "another seed"]
)
def test_a_backup_of_another_training_is_refused_and_left_alone(recipe, seed, tmp_path, short_calls, whole):
    interrupt(DROPOUT, tmp_path)
    with pytest.raises(Damaged, match='"seed": 5'):
        train(recipe, tmp_path, seed=seed)
    with pytest.raises(Damaged, match='"seed": 5'):
        training.restore(recipe, seed=seed, validation="test", backup=tmp_path)
    assert_same(train(DROPOUT, tmp_path), whole)


def test_restoring_is_held_to_the_recipes_validation(tmp_path):
    with pytest.raises(InvalidInput, match="expected validation=test, found validation=held-out"):
        training.restore(DROPOUT, seed=5, validation="held-out", backup=tmp_path)


def files_of(folder):
    (place,) = folder.glob("epoch-*")
    return sorted(place.iterdir())


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("damage", ["cut", "changed", "missing"])
def test_a_damaged_state_is_passed_over(number, damage, tmp_path):
    """Whichever file it is. Where an older one is whole that one counts, else the training begins anew."""
    model = small_model()
    for epoch in (0, 1):
        save(model, tmp_path, epoch)
        if epoch == 0:
            shutil.copytree(tmp_path / "epoch-0001", tmp_path / "kept")
    path = files_of(tmp_path)[number]
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    else:
        path.write_bytes(content[:20] + bytes([content[20] ^ 255]) + content[21:])
    assert backup.find(tmp_path, owner=OWNER) is None
    (tmp_path / "kept").rename(tmp_path / "epoch-0001")
    assert backup.find(tmp_path, owner=OWNER).epochs == 1
    save(model, tmp_path, 1)
    assert backup.find(tmp_path, owner=OWNER).epochs == 2


def test_where_everything_is_damaged_the_training_begins_anew(tmp_path, short_calls, whole):
    interrupt(DROPOUT, tmp_path)
    for path in files_of(tmp_path):
        path.write_bytes(b"")
    with pytest.raises(NotFound):
        training.restore(DROPOUT, seed=5, validation="test", backup=tmp_path)
    seen = []
    assert_same(train(DROPOUT, tmp_path, watch=seen.append), whole)
    assert seen[0].epoch == 1


def test_a_folder_that_cannot_be_written_is_a_named_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="expected a writable folder"):
        train(TINY, tmp_path / "file" / "backup")


# the moment of the kill: a small model, without training

OWNER = {"name": "small"}


def small_model():
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Input((3,)), keras.layers.Dense(2), keras.layers.Dropout(0.5), keras.layers.Dense(1)]
    model = keras.Sequential(layers)
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def mark(model, epoch):
    """Give every number of the model's state the epoch's value."""
    for variable in (*model.variables, *model.optimizer.variables):
        variable.assign(np.full(variable.shape, epoch))


def marks(model):
    return {
        float(number) for variable in (*model.variables, *model.optimizer.variables) for number in np.ravel(variable)
    }


def save(model, folder, epoch):
    callback = backup.Backup(
        folder, owner=OWNER, state=lambda: ({"epoch": epoch + 1}, {"numbers": np.full(3, epoch + 1)})
    )
    mark(model, epoch + 1)
    callback.set_model(model)
    callback.on_epoch_end(epoch)


STEPS = [
    (keras.Model, "save_weights"),
    (np, "savez"),
    (hashlib, "file_digest"),
    (pathlib.Path, "write_text"),
    (pathlib.Path, "mkdir"),
    (pathlib.Path, "rename"),
    (os, "fsync"),
    (shutil, "rmtree"),
]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_any_step_of_the_writing_one_of_two_states_is_whole(after, tmp_path, monkeypatch):
    """The kill comes before or after the first, second, … of all the steps that reach the disk."""
    left = 0

    def dying(step):
        def call(*arguments, **settings):
            nonlocal left
            left -= 1
            if left == 0 and not after:
                raise Killed
            result = step(*arguments, **settings)
            if left == 0:
                raise Killed
            return result

        return call

    for owner, name in STEPS:
        monkeypatch.setattr(owner, name, dying(getattr(owner, name)))
    found, model, again = [], small_model(), small_model()
    for steps in range(1, 100):
        folder = tmp_path / str(steps)
        save(model, folder, 0)
        left = steps
        try:
            save(model, folder, 1)
        except Killed:
            killed = True
        else:
            killed = False
        left = 0
        mark(again, 0)
        callback = backup.Backup(folder, owner=OWNER, state=lambda: ({}, {}))
        callback.set_model(again)
        callback.on_train_begin()
        epochs = callback.found.epochs
        assert marks(again) == {float(epochs)}
        assert again._initial_epoch == callback.found.record["epoch"] == epochs
        assert set(callback.found.arrays["numbers"]) == {epochs}
        save(again, folder, epochs)
        assert [path.name for path in folder.iterdir()] == [f"epoch-{epochs + 1:04d}"], "nothing else is left"
        found.append(epochs)
        if not killed:
            break
    assert not killed
    assert len(found) > 10
    assert found == sorted(found), "first the old state, then the new one"
    assert set(found) == {1, 2}


def test_weights_of_another_network_are_refused(tmp_path):
    save(small_model(), tmp_path, 0)
    other = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(2), keras.layers.Dense(1)])
    other.compile("adam", "mse")
    callback = backup.Backup(tmp_path, owner=OWNER, state=lambda: ({}, {}))
    callback.set_model(other)
    with pytest.raises(Damaged, match="does not fit the network"):
        callback.on_train_begin()
