"""Workers and trainers that are killed, disks that are full, folders that are read-only: nothing is lost."""

import resource
import subprocess

import pytest

from mnist_app import NotPossible, jobs, store
from mnist_app.evaluation.sweep import Order
from mnist_app.jobs import records
from tests.jobs_stage import OWNER, PATIENCE, RECIPE, begin, ended, epochs_done

pytestmark = [pytest.mark.training, pytest.mark.mnist]


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
    job, left = run_trainer(stage, begin(jobs.keep(job.id)), preexec_fn=full_disk)
    assert job.status == "stopped"
    assert "model cannot be saved, and nothing was changed" in job.error
    assert "ake room" in job.error
    assert left == []
    assert not [path for path in (stage.jobs / job.id).iterdir() if path.name.startswith(".")]


def test_a_curve_that_cannot_be_written_fails_the_training(stage):
    job = begin(jobs.submit(RECIPE, seed=0, owner=OWNER))
    (stage.jobs / job.id / "report.json").mkdir()
    job, left = run_trainer(stage, job)
    assert "queue's folder cannot be written" in job.error
    assert left == []


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
