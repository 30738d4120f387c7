"""What was begun with one kind of digits goes on with these: the trainer loads what the job's ticket names."""

import pytest

import mnist_app
from mnist_app import Unavailable, data, jobs
from mnist_app.evaluation import sweep
from mnist_app.evaluation.results import GENERATED, MNIST
from mnist_app.jobs import trainer
from tests.jobs_stage import OWNER, RECIPE


@pytest.fixture(autouse=True)
def queue(models_folder, tmp_path, monkeypatch):
    """An empty queue, and no TensorFlow."""
    monkeypatch.setenv(jobs.FOLDER_VARIABLE, str(tmp_path / "jobs"))
    monkeypatch.delenv(jobs.REDIS_VARIABLE, raising=False)
    monkeypatch.setattr(mnist_app, "training", None, raising=False)


@pytest.mark.parametrize("mode", ["train", "keep", "sweep"])
@pytest.mark.parametrize("name", [MNIST, GENERATED])
def test_a_job_is_trained_on_what_its_ticket_names(mode, name, monkeypatch):
    asked = []

    def load(*, name):
        asked.append(name)
        raise Unavailable("It is not here")

    monkeypatch.setattr(data, "load", load)
    if mode == "sweep":
        job = jobs.submit_sweep(sweep.Order((1e-4,), (0,), 1), owner=OWNER, data=name)
    else:
        job = jobs.submit(RECIPE, seed=0, owner=OWNER, data=name)
    outcome = trainer._outcome({"id": job.id, "attempt": 1, "mode": mode})
    assert outcome == {"error": "It is not here."}
    assert asked == [name]


def test_a_job_of_mnist_fails_where_only_generated_digits_are(generated_digits, monkeypatch):
    monkeypatch.setenv(data.PATH_VARIABLE, "generated")
    job = jobs.submit(RECIPE, seed=0, owner=OWNER)
    assert "MNIST is left aside" in trainer._outcome({"id": job.id, "attempt": 1, "mode": "train"})["error"]
    assert not generated_digits
