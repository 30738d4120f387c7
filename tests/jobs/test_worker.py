"""A worker at work: it trains what is ordered, stops at once, keeps what is there, and loses nothing to a full disk."""

import resource
import subprocess

import numpy as np
import pytest

from mnist_app import NotPossible, jobs, recipes, store
from mnist_app.evaluation.sweep import Order
from mnist_app.jobs import orders, records
from tests.jobs_stage import OWNER, PATIENCE, RECIPE, begin, ended, epochs_done, until

pytestmark = [pytest.mark.training, pytest.mark.mnist]

LONG = RECIPE.changed(epochs=500)


def test_what_is_ordered_is_trained_and_stored_while_people_watch(stage):
    stage.start_worker()
    job = jobs.submit(RECIPE.changed(epochs=30), seed=3, owner=OWNER, owner_name="Anna")
    jobs.show_drawing(job.id, viewer=OWNER, image=np.zeros((28, 28, 1), np.float32))
    seen = until(lambda: (found := jobs.find(job.id)).progress and found)
    assert seen.status in ("running", "finished")
    job = ended(job.id)
    assert (job.status, job.error, job.model) == ("finished", "", job.id)
    assert (job.progress.fraction, job.progress.seconds_left) == (1.0, 0.0)
    assert job.progress.seconds == pytest.approx(sum(epoch.seconds for epoch in job.history.epochs), abs=0.01)
    model = store.load(job.model)
    assert model.history == job.history
    assert (model.card.stopped, model.card.seed, model.card.recipe) == (None, 3, job.recipe)
    assert (model.card.owner, model.card.owner_name) == (OWNER, "Anna")
    assert model.card.test.value > 0.5, "1,000 images teach more than chance"
    assert 0 < model.card.least_probability < 0.1, "so that its card on the Draw page has a prediction set"
    assert model.snapshots.epochs == (*range(30), 30)
    assert jobs.snapshots(job.id).epochs[0] == 0
    guesses = jobs.guesses(job.id, viewer=OWNER)
    batches = [batch for batch, _ in guesses]
    assert batches == sorted(set(batches))
    assert 1 <= batches[0] <= batches[-1] <= 240
    assert all(len(row) == 10 and sum(row) == pytest.approx(1, abs=1e-4) for _, row in guesses)
    assert jobs.guesses(job.id, viewer="somebodyelse") == ()
    until(lambda: not (stage.jobs / job.id / "backup").exists())  # room for the next one
    with pytest.raises(NotPossible):
        jobs.submit(job.recipe, seed=3, owner=OWNER)


def test_a_stopped_training_is_kept_as_far_as_it_came(stage):
    stage.start_worker()
    job = jobs.submit(LONG, seed=1, owner=OWNER)
    epochs_done(job.id, 2)
    stopping = jobs.stop(job.id)
    assert (stopping.status, stopping.stopping) == ("running", True)
    job = ended(job.id)
    assert (job.status, job.stopping, job.error) == ("stopped", False, "")
    completed = len(job.history.epochs)
    assert 2 <= completed < 500
    assert job.history.batches[-1].batch == 8 * completed
    assert job.progress.epoch == completed
    assert list(stage.models.glob(".partial-*")) == []
    assert not [model for model in store.list_models().models if model.name.startswith(job.id)]
    other = jobs.submit(LONG, seed=3, owner=OWNER)
    epochs_done(other.id, 1)
    jobs.keep(job.id)
    job = ended(job.id)
    assert (job.status, job.error) == ("finished", "")
    assert jobs.find(other.id).status == "running", "nobody waits for what is kept"
    model = store.load(job.model)
    kept = model.card.stopped
    assert completed <= kept <= completed + 1, "the state of an epoch is saved just before it is reported"
    assert job.model == store.name_of(LONG, 1, kept)
    assert model.history == job.history
    assert model.history.epochs[:completed] == job.history.epochs[:completed]
    assert len(model.history.epochs) == kept
    assert model.served
    assert jobs.submit(LONG, seed=1, owner=OWNER).status == "waiting", "the whole training is another thing"


def test_a_rate_that_is_too_high_ends_the_training_with_the_curve_so_far(stage):
    stage.start_worker()
    wild = recipes.get("mlp-64-64").changed(learning_rate=1.5, l2=1, images=1000, epochs=100)
    job = ended(jobs.submit(wild, seed=0, owner=OWNER).id)
    assert job.status == "failed"
    assert "the loss is no longer a number" in job.error
    assert "try a tenth of it" in job.error
    assert 1 <= len(job.history.epochs) < 100
    assert job.history.batches
    assert "Diverged" in jobs.log(job.id)
    assert not orders.is_stored(job.id)


def run_trainer(stage, job, **options):
    """A trainer without a worker: what becomes of the job, and what is in the models folder."""
    process = stage.start("-m", "mnist_app.jobs.trainer", stdin=subprocess.PIPE, **options)
    process.stdin.write(store.encode(job))
    process.stdin.flush()
    assert process.wait(PATIENCE) == 0
    return jobs.find(job.id), list(stage.models.iterdir()) if stage.models.is_dir() else []


def test_who_was_taken_for_dead_stores_nothing(stage):
    job = begin(jobs.submit(RECIPE, seed=0, owner=OWNER))
    records.requeue(job, lost=True)
    job, left = run_trainer(stage, job)
    assert left == []
    assert (job.status, job.error) == ("waiting", "")
    assert "LeaseLost" in jobs.log(job.id)


def test_a_models_folder_that_cannot_be_written_fails_the_training_at_once(stage, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    nowhere = tmp_path / "file" / "models"
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(nowhere))
    stage.environment[store.FOLDER_VARIABLE] = str(nowhere)
    job = jobs.submit(RECIPE, seed=0, owner=OWNER)
    stage.start_worker()
    job = ended(job.id)
    assert job.status == "failed"
    assert "The model cannot be saved" in job.error
    assert str(nowhere) in job.error
    assert job.history.epochs == (), "before the first epoch"
    assert "CannotWrite" in jobs.log(job.id)


def full_disk():
    """No file may grow beyond 200 kB, which a process is told as it is told of a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))


def test_a_full_disk_fails_the_training_and_then_the_keeping_with_its_reason_and_leaves_nothing(stage):
    job = begin(jobs.submit(RECIPE.changed(hidden=(100,), epochs=500), seed=0, owner=OWNER))
    job, left = run_trainer(stage, job, preexec_fn=full_disk)
    assert "cannot be backed up" in job.error
    assert "ake room" in job.error
    assert left == []

    jobs.resume(job.id)
    worker = stage.start_worker()
    epochs_done(job.id, 1)
    jobs.stop(job.id)
    ended(job.id)
    worker.kill()
    before = set((stage.jobs / job.id).iterdir())  # a trainer that is stopped may leave a part of a file
    job, left = run_trainer(stage, begin(jobs.keep(job.id)), preexec_fn=full_disk)
    assert job.status == "stopped"
    assert "model cannot be saved, and nothing was changed" in job.error
    assert "ake room" in job.error
    assert left == []
    assert not [path for path in (stage.jobs / job.id).iterdir() if path.name.startswith(".") and path not in before]


def test_a_sweep_trains_what_is_missing_and_stores_each_replicate(stage):
    order = Order(factors=(1e-5, 1e-4), seeds=(0, 1), epochs=1)
    job = jobs.submit_sweep(order, owner=OWNER)
    stage.start_worker()
    job = ended(job.id)
    assert (job.status, job.error, job.model) == ("finished", "", "")
    replicates = store.replicates.list()
    names = {store.name_of(recipe, seed) for recipe in order.recipes() for seed in order.seeds}
    assert names <= {each.name for each in replicates}
    assert set(job.done) == names
    assert job.progress.fraction == 1.0
    with pytest.raises(NotPossible):
        jobs.submit_sweep(order, owner=OWNER)
