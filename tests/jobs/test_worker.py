"""A worker at work: it trains what is ordered, stops at once, keeps what is there, and says why a training failed."""

import numpy as np
import pytest

from mnist_app import NotFound, NotPossible, jobs, recipes, store
from mnist_app.jobs import orders
from tests.jobs_stage import OWNER, RECIPE, Stage, ended, epochs_done, until

pytestmark = [pytest.mark.training, pytest.mark.mnist]

LONG = RECIPE.changed(epochs=500)


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """Folders with a worker that all tests here share."""
    stage = Stage(tmp_path_factory.mktemp("stage"))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(jobs.REDIS_VARIABLE, raising=False)
        for name, value in stage.environment.items():
            patch.setenv(name, value)
        stage.worker = stage.start_worker()
        yield stage
        stage.close()


@pytest.fixture(autouse=True)
def tidy(stage):
    """The queue is empty again after each test."""
    yield
    for job in jobs.list_jobs():
        if job.status in ("waiting", "running"):
            jobs.stop(job.id)
        until(lambda id=job.id: job_is_over(id))


def job_is_over(id):
    try:
        return not jobs.find(id).active
    except NotFound:
        return True


def drawn():
    return np.random.default_rng(0).random((28, 28, 1), dtype=np.float32)


def test_what_is_ordered_is_trained_and_stored_while_people_watch(stage):
    job = jobs.submit(RECIPE.changed(epochs=30), seed=3, owner=OWNER)
    jobs.show_drawing(job.id, viewer=OWNER, image=drawn())
    seen = until(lambda: (found := jobs.find(job.id)).progress and found)
    assert seen.status in ("running", "finished")
    job = ended(job.id)
    assert (job.status, job.error, job.model) == ("finished", "", job.id)
    assert (job.progress.fraction, job.progress.seconds_left) == (1.0, 0.0)
    assert job.progress.seconds == pytest.approx(sum(epoch.seconds for epoch in job.history.epochs), abs=0.01)
    model = store.load(job.model)
    assert model.history == job.history
    assert (model.card.stopped, model.card.seed, model.card.recipe) == (None, 3, job.recipe)
    assert model.card.test.value > 0.5, "1,000 images teach more than chance"
    assert model.first_layer.epochs == (*range(30), 30)
    assert jobs.first_layer(job.id).epochs[0] == 0
    guesses = jobs.guesses(job.id, viewer=OWNER)
    batches = [batch for batch, _ in guesses]
    assert batches == sorted(set(batches))
    assert 1 <= batches[0] <= batches[-1] <= 240
    assert all(len(row) == 10 and sum(row) == pytest.approx(1, abs=1e-4) for _, row in guesses)
    assert jobs.guesses(job.id, viewer="somebodyelse") == ()
    assert not (stage.jobs / job.id / "backup").exists(), "room for the next one"
    with pytest.raises(NotPossible):
        jobs.submit(job.recipe, seed=3, owner=OWNER)


def test_a_stopped_training_is_kept_as_far_as_it_came(stage):
    waiting = jobs.submit(LONG, seed=2, owner=OWNER)
    job = jobs.submit(LONG, seed=1, owner=OWNER)
    jobs.stop(waiting.id)
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


def test_a_rate_that_is_too_high_ends_the_training_with_the_curve_so_far():
    wild = recipes.get("mlp-64-64").changed(learning_rate=1.5, l2=1, images=1000, epochs=100)
    job = ended(jobs.submit(wild, seed=0, owner=OWNER).id)
    assert job.status == "failed"
    assert "the loss is no longer a number" in job.error
    assert "try a tenth of it" in job.error
    assert 1 <= len(job.history.epochs) < 100
    assert job.history.batches
    assert "Diverged" in jobs.log(job.id)
    assert not orders.is_stored(job.id)
