"""Workers and trainers that are killed, disks that are full, folders that are read-only: nothing is lost."""

import os
import resource
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest

from mnist_app import NotPossible, jobs, serving, store
from mnist_app.evaluation.sweep import Order
from mnist_app.jobs import leases, records
from tests import tiny
from tests.jobs_stage import OWNER, RECIPE, begin, ended, epochs_done, until, without_seconds

pytestmark = [pytest.mark.training, pytest.mark.mnist]

WATCHED = RECIPE.changed(epochs=40, dropout=0.2, momentum=0.9, schedule="cosine")


def run_trainer(stage, job, **options):
    """A trainer without a worker: what becomes of the job, and what is in the models folder."""
    process = stage.start("-m", "mnist_app.jobs.trainer", stdin=subprocess.PIPE, **options)
    process.stdin.write(store.encode(job))
    process.stdin.flush()
    assert process.wait(60) == 0
    return jobs.find(job.id), list(stage.models.iterdir()) if stage.models.is_dir() else []


def test_a_training_that_was_interrupted_in_every_way_gives_the_same_curve(stage):
    whole = begin(jobs.submit(WATCHED, seed=0, owner=OWNER))
    done, _ = run_trainer(stage, whole)
    reference = store.load(done.model)
    network = serving.open_model(reference)
    store.delete(reference.name)

    job = jobs.submit(WATCHED, seed=0, owner=OWNER)
    assert (job.id, job.history.epochs) == (whole.id, ())
    worker = stage.start_worker()
    epochs_done(job.id, 3)
    jobs.stop(job.id)
    seen = [len(ended(job.id).history.epochs)]
    jobs.resume(job.id)

    seen.append(len(epochs_done(job.id, seen[-1] + 3).history.epochs))
    trainers = stage.children(worker)
    worker.kill()
    worker.wait()
    until(lambda: not [pid for pid in trainers if is_running(pid)])
    assert not jobs.worker_alive()
    assert jobs.find(job.id).status == "running", "nobody has said otherwise"

    worker = stage.start_worker()
    seen.append(len(epochs_done(job.id, seen[-1] + 3).history.epochs))
    worker.send_signal(signal.SIGINT)
    assert worker.wait(60) == 0

    stage.start_worker()
    job = ended(job.id)
    assert (job.status, job.model, job.attempt) == ("finished", reference.name, 4)
    assert seen == sorted(set(seen))
    assert seen[-1] < WATCHED.epochs, "each interruption came before the end"
    model = store.load(job.model)
    assert model.history == job.history
    assert without_seconds(model.history) == without_seconds(reference.history)
    assert model.card.test == reference.card.test
    images = tiny.images(20)
    assert np.array_equal(network.run(images), serving.open_model(model).run(images))
    assert [path.name for path in stage.models.iterdir()] == [reference.name]


def is_running(pid):
    """Whether there is such a process that is more than an entry for its parent to read."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_training_whose_model_was_stored_before_its_worker_died_is_not_done_twice(stage):
    job = begin(jobs.submit(RECIPE, seed=0, owner=OWNER))
    done, _ = run_trainer(stage, job)
    before = store.load(done.model).card
    records.write(job)  # as if it had been killed just before it could finish the job
    stage.start_worker()
    assert ended(job.id).model == done.model
    assert store.load(done.model).card == before


def test_who_was_taken_for_dead_stores_nothing(stage):
    job = begin(jobs.submit(RECIPE, seed=0, owner=OWNER))
    leases.requeue(job, lost=True)
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
    replicates = store.list_replicates()
    names = {store.name_of(recipe, seed) for recipe in order.recipes() for seed in order.seeds}
    assert names <= {each.name for each in replicates}
    assert set(job.done) == names
    assert job.progress.fraction == 1.0
    with pytest.raises(NotPossible):
        jobs.submit_sweep(order, owner=OWNER)


def test_an_app_starts_a_worker_and_ends_it(stage):
    app, second = jobs.Supervisor(), jobs.Supervisor()
    app.start()
    until(jobs.worker_alive)
    second.start()
    try:
        job = jobs.submit(RECIPE.changed(epochs=500), seed=0, owner=OWNER)
        epochs_done(job.id, 1)
    finally:
        app.stop()
    job = jobs.find(job.id)
    assert (job.status, job.attempt) in {("waiting", 1), ("running", 2)}
    try:
        assert epochs_done(job.id, len(job.history.epochs) + 1).status == "running", "the other app's worker goes on"
    finally:
        second.stop()
    assert not jobs.worker_alive()
    assert jobs.find(job.id).status == "waiting"


def test_a_worker_ends_when_its_app_was_killed(stage):
    code = "from mnist_app import jobs; import time; jobs.Supervisor().start(); time.sleep(600)"
    app = stage.start("-c", code)
    until(jobs.worker_alive)
    os.kill(app.pid, signal.SIGKILL)
    app.wait()
    until(lambda: not jobs.worker_alive())
