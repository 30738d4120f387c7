"""A training that was interrupted goes on as if nothing had happened, and a backup is whole or not there."""

import os
import subprocess
import sys

import pytest

from mnist_app import CannotWrite, NotFound
from tests.training.samples import GENERATOR, TINY, UNIFORM, VARIED, assert_same, tiny_split
from tests.training.test_training import ROOT

pytest.importorskip("keras", reason="Keras is not installed")
training = pytest.importorskip("mnist_app.training")
backups = pytest.importorskip("mnist_app.training.backups")

pytestmark = pytest.mark.training

DROPOUT = TINY.changed(dropout=0.3, momentum=0.9, schedule="cosine", epochs=4)
RESUMED = {
    "adam, bfloat16, dropout": TINY.changed(
        optimizer="adam", learning_rate=0.001, dtype_policy="mixed_bfloat16", dropout=0.3, epochs=3
    ),
    "xla, dropout, l2, held-out": TINY.changed(jit_compile=True, dropout=0.3, l2=1e-4, validation="held-out", epochs=3),
    "denoiser, fresh noise, adam, cosine": UNIFORM.changed(epochs=3, schedule="cosine"),
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
    split = tiny_split(validation=recipe.validation)
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


@pytest.mark.parametrize("recipe", RESUMED.values(), ids=RESUMED)
def test_an_interrupted_training_goes_on_as_if_nothing_had_happened(recipe, tmp_path):
    interrupt(recipe, tmp_path)
    seen = []
    resumed = train(recipe, tmp_path, on_progress=lambda progress, live: seen.append(progress))
    assert (seen[0].epoch, seen[0].step) == (3, 4), "two epochs were not trained again"
    assert_same(resumed, train(recipe))


def test_a_killed_process_is_taken_over_by_another(tmp_path, whole):
    script = (
        "import pathlib, sys, time\n"
        "from tests.training.test_resuming import *\n"
        "training.STEPS_A_CALL = 4\n"
        "def on_progress(progress, live):\n"
        "    if (progress.epoch, progress.step) == (3, 8):\n"
        "        print('here', flush=True)\n"
        "        time.sleep(600)\n"
        "train(DROPOUT, pathlib.Path(sys.argv[1]), on_progress=on_progress)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE, text=True) as process:
        reached = any(line.strip() == "here" for line in process.stdout)
        process.kill()
    assert reached
    assert_same(train(DROPOUT, tmp_path), whole)


def test_interrupted_again_and_again_it_still_arrives(tmp_path, whole):
    for epoch, step in ((1, 4), (2, 4), (2, 8), (4, 10)):
        interrupt(DROPOUT, tmp_path, epoch=epoch, step=step)
    assert_same(train(DROPOUT, tmp_path), whole)
    seen = []
    assert_same(train(DROPOUT, tmp_path, on_progress=lambda *each: seen.append(each)), whole)
    assert not seen, "a completed training is not trained again"


def test_seconds_count_what_was_done_before(tmp_path):
    interrupt(DROPOUT, tmp_path)
    before = training.restore(DROPOUT, seed=5, backup=tmp_path)
    seen = []
    resumed = train(DROPOUT, tmp_path, on_progress=lambda progress, live: seen.append(progress.seconds))
    assert resumed.history.epochs[:2] == before.history.epochs
    assert seen[0] > before.seconds > 0
    assert seen[-1] == pytest.approx(resumed.seconds, abs=0.01)


def test_what_is_restored_is_a_training_of_the_completed_epochs(tmp_path):
    recipe = RESUMED["adam, bfloat16, dropout"]
    interrupt(recipe, tmp_path, epoch=2, step=10)
    restored = training.restore(recipe, seed=5, backup=tmp_path)
    assert_same(restored, train(recipe.changed(epochs=2)))
    assert (restored.recipe, restored.seed) == (recipe, 5)
    assert {layer.compute_dtype for layer in restored.model.layers} == {"float32"}


def test_without_a_completed_epoch_the_state_of_this_training_cannot_be_restored(tmp_path):
    for recipe, seed, epoch in ((DROPOUT, 5, 1), (DROPOUT.changed(batch_size=64), 5, 2), (DROPOUT, 6, 2)):
        with pytest.raises(NotFound, match="expected a completed epoch"):
            training.restore(recipe, seed=seed, backup=tmp_path)
        interrupt(DROPOUT, tmp_path, epoch=epoch, step=4)


@pytest.mark.parametrize("damage", ["cut", "changed", "empty"])
def test_from_a_damaged_state_the_training_begins_anew(damage, tmp_path, whole):
    interrupt(DROPOUT, tmp_path)
    path = tmp_path / backups.FILE
    content, middle = path.read_bytes(), path.stat().st_size // 2
    changed = content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :]
    path.write_bytes({"cut": content[:middle], "changed": changed, "empty": b""}[damage])
    with pytest.raises(NotFound):
        training.restore(DROPOUT, seed=5, backup=tmp_path)
    seen = []
    assert_same(train(DROPOUT, tmp_path, on_progress=lambda progress, live: seen.append(progress.epoch)), whole)
    assert seen[0] == 1


def test_a_state_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    """The disk is full while the second epoch is saved: what the first one left is whole."""
    interrupt(DROPOUT, tmp_path, epoch=2, step=4)
    full = pytest.MonkeyPatch()
    full.setattr(os, "fsync", lambda descriptor: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(CannotWrite, match="No space left"):
        train(DROPOUT, tmp_path)
    full.undo()
    assert [path.name for path in tmp_path.iterdir()] == [backups.FILE]
    assert len(training.restore(DROPOUT, seed=5, backup=tmp_path).history.epochs) == 1


def test_a_folder_that_cannot_be_written_is_a_named_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="expected a writable folder"):
        train(TINY, tmp_path / "file" / "backup")
