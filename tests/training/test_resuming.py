"""A training that was interrupted goes on as if nothing had happened, and a backup is whole or not there."""

import os
import shutil

import numpy as np
import pytest

from mnist_app import CannotWrite, NotFound
from tests.training.samples import GENERATOR, TINY, VARIED, assert_same, curves, tiny_split

pytest.importorskip("keras", reason="Keras is not installed")
training = pytest.importorskip("mnist_app.training")
backups = pytest.importorskip("mnist_app.training.backups")

pytestmark = pytest.mark.training

DROPOUT = TINY.changed(dropout=0.3, momentum=0.9, schedule="cosine", epochs=4)
RESUMED = {
    "xla, dropout, l2, held-out": TINY.changed(jit_compile=True, dropout=0.3, l2=1e-4, validation="held-out", epochs=3),
    "augmentation, batch normalisation, bfloat16": VARIED.changed(epochs=3, dtype_policy="mixed_bfloat16"),
    "generator, cosine": GENERATOR.changed(epochs=3, schedule="cosine"),
}


class Interrupted(Exception):
    pass


@pytest.fixture(autouse=True)
def short_calls(monkeypatch):
    """Progress after every fourth of an epoch's ten steps, so that there is a middle of an epoch to stop in."""
    monkeypatch.setattr(training, "STEPS_A_CALL", 4)


def train(recipe, folder=None, *, on_progress=lambda progress, live: None, seed=5):
    split = tiny_split()
    return training.train(recipe, split=split, seed=seed, on_progress=on_progress, backup=folder)


def interrupt(recipe, folder, *, epoch=3, step=8, seed=5):
    """Train until that place, and no further."""

    def on_progress(progress, live):
        if (progress.epoch, progress.step) == (epoch, step):
            raise Interrupted

    with pytest.raises(Interrupted):
        train(recipe, folder, on_progress=on_progress, seed=seed)


@pytest.fixture(scope="module")
def whole():
    """DROPOUT trained without interruption."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "STEPS_A_CALL", 4)
        return train(DROPOUT)


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory):
    """The folder of DROPOUT, interrupted in its third epoch."""
    folder = tmp_path_factory.mktemp("interrupted")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "STEPS_A_CALL", 4)
        interrupt(DROPOUT, folder)
    return folder


@pytest.mark.parametrize("recipe", RESUMED.values(), ids=RESUMED)
def test_an_interrupted_training_goes_on_as_if_nothing_had_happened(recipe, tmp_path):
    interrupt(recipe, tmp_path)
    seen = []
    resumed = train(recipe, tmp_path, on_progress=lambda progress, live: seen.append(progress))
    assert (seen[0].epoch, seen[0].step) == (3, 4), "two epochs were not trained again"
    assert_same(resumed, train(recipe))
    assert {layer.compute_dtype for layer in resumed.model.layers} == {"float32"}


def test_interrupted_again_it_still_arrives_and_all_seconds_count(tmp_path, interrupted, whole):
    shutil.copytree(interrupted, tmp_path, dirs_exist_ok=True)
    before, seen = training.restore(DROPOUT, seed=5, backup=tmp_path), []
    interrupt(DROPOUT, tmp_path, epoch=3, step=10)
    resumed = train(DROPOUT, tmp_path, on_progress=lambda progress, live: seen.append(progress.seconds))
    assert_same(resumed, whole)
    assert resumed.history.epochs[:2] == before.history.epochs
    assert seen[0] > before.seconds > 0
    assert seen[-1] == pytest.approx(resumed.seconds, abs=0.01)
    assert_same(train(DROPOUT, tmp_path, on_progress=lambda progress, live: seen.append(None)), whole)
    assert seen[-1] is not None, "a completed training is not trained again"


def test_what_is_restored_is_a_training_of_the_completed_epochs(interrupted, whole):
    restored = training.restore(DROPOUT, seed=5, backup=interrupted)
    assert curves(restored.history)[0] == curves(whole.history)[0][:2]
    assert restored.snapshots.epochs == (0, 1, 2)
    np.testing.assert_array_equal(restored.snapshots.kernels, whole.snapshots.kernels[:3])
    first = restored.model.get_weights()[0].reshape(28, 28, 16)[..., 0]
    np.testing.assert_array_equal(first, restored.snapshots.kernels[2, 0])


def test_the_state_of_another_training_is_not_restored(tmp_path, interrupted):
    for recipe, seed, folder in (
        (DROPOUT, 5, tmp_path),
        (DROPOUT.changed(l2=1), 5, interrupted),
        (DROPOUT, 6, interrupted),
    ):
        with pytest.raises(NotFound, match="expected a completed epoch"):
            training.restore(recipe, seed=seed, backup=folder)


def test_from_a_damaged_state_the_training_begins_anew(tmp_path, interrupted, whole):
    content = bytearray((interrupted / backups.FILE).read_bytes())
    middle = len(content) // 2
    content[middle] ^= 255
    for damaged in (b"", content[:middle], content):
        (tmp_path / backups.FILE).write_bytes(damaged)
        with pytest.raises(NotFound):
            training.restore(DROPOUT, seed=5, backup=tmp_path)
    seen = []
    assert_same(train(DROPOUT, tmp_path, on_progress=lambda progress, live: seen.append(progress.epoch)), whole)
    assert seen[0] == 1


def test_a_state_is_replaced_whole_or_not_at_all(tmp_path, interrupted, monkeypatch):
    """The disk is full while the third epoch is saved: what the second one left is whole."""
    shutil.copytree(interrupted, tmp_path, dirs_exist_ok=True)
    full = OSError(28, "No space left on device")
    monkeypatch.setattr(os, "fsync", lambda descriptor: (_ for _ in ()).throw(full))
    with pytest.raises(CannotWrite, match="No space left"):
        train(DROPOUT, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [backups.FILE]
    assert len(training.restore(DROPOUT, seed=5, backup=tmp_path).history.epochs) == 2


def test_a_folder_that_cannot_be_written_is_a_named_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="expected a writable folder"):
        train(TINY, tmp_path / "file" / "backup")
