"""What a worker makes of its trainer's end, with scripts in place of trainers; and what the trainer loads."""

import json
import sys

import pytest

import mnist_app
from mnist_app import Unavailable, data, jobs
from mnist_app.evaluation import sweep
from mnist_app.evaluation.results import GENERATED, MNIST
from mnist_app.jobs import children, leases, liveness, records, trainer
from mnist_app.jobs.worker import Worker
from tests import tiny
from tests.jobs_stage import OWNER, RECIPE, begin, end, order, train

pytestmark = pytest.mark.usefixtures("queue")


@pytest.fixture
def script(monkeypatch):
    """Has trainers do what a script says once they have read their job."""

    def have(script):
        code = f"import sys, os, time, json\njob = json.loads(sys.stdin.readline())\n{script}"
        monkeypatch.setattr(children, "_COMMAND", (sys.executable, "-c", code))

    return have


def answering(**outcome):
    return f"print({json.dumps(json.dumps(outcome))})"


def perform(job):
    """What becomes of a job that a worker has taken."""
    Worker().perform(job)
    return jobs.find(job.id)


def test_what_the_trainer_stored_is_what_the_job_has(script):
    script("assert job['seed'] == 5; " + answering(model="some-model", seconds=50.0))
    job = perform(begin(order(seed=5)))
    assert (job.status, job.model, job.error) == ("finished", "some-model", "")
    assert jobs.speed() != 1.0, "the next estimate is corrected"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (answering(error="The disk is full."), "The disk is full."),
        ("os.kill(os.getpid(), 9)", "ended by the system (signal 9), probably for lack of memory"),
        ("os.kill(os.getpid(), 11)", "ended by the system (signal 11)."),
        ("print('nonsense')", "without a word (exit code 0)"),
    ],
)
def test_a_training_that_fails_says_why(script, text, expected):
    script(text)
    job = perform(begin(order()))
    assert job.status == "failed"
    assert expected in job.error


def test_what_a_trainer_said_before_it_died_is_in_the_log(script):
    script("raise SystemError('no TensorFlow here')")
    job = perform(begin(order()))
    assert job.status == "failed"
    assert "no TensorFlow here" in jobs.log(job.id)


def test_a_trainer_that_cannot_be_started_fails_the_job(monkeypatch):
    monkeypatch.setattr(children, "_COMMAND", ("/no/such/program",))
    job = perform(begin(order()))
    assert job.status == "failed"
    assert "FileNotFoundError" in job.error


def test_what_could_not_be_kept_may_be_kept_again(script):
    job = end(train(begin(order()), epochs=2), "stopped")
    script(answering(error="The disk is full."))
    job = perform(begin(jobs.keep(job.id)))
    assert (job.status, job.error) == ("stopped", "The disk is full.")
    script(answering(model="m.after2"))
    job = perform(begin(jobs.keep(job.id)))
    assert (job.status, job.model, job.error) == ("finished", "m.after2", "")


def test_a_stop_that_comes_after_the_last_epoch_lets_the_model_be_stored(script, monkeypatch):
    monkeypatch.setattr(liveness, "worker_alive", lambda: True)
    job = begin(order())
    train(job, epochs=job.recipe.epochs)
    script("time.sleep(0.5); " + answering(model="m"))
    jobs.stop(job.id)
    job = perform(job)
    assert (job.status, job.stopping) == ("finished", False)


def test_the_trainer_of_a_job_that_another_worker_took_is_ended(script):
    script("time.sleep(600)")
    lost = begin(order())
    leases.requeue(lost, lost=True)
    again = begin(jobs.find(lost.id), worker="another")
    assert perform(lost) == again


def test_a_job_that_was_removed_by_hand_ends_the_attempt(script):
    script("time.sleep(600)")
    job = begin(order())
    records.remove(job.id)
    Worker().perform(job)
    assert jobs.list_jobs() == ()


def test_the_end_is_told_again_when_there_is_room_for_it(script, monkeypatch):
    script(answering(error="The training's own reason."))
    job = begin(order())
    write, full = records.write, [True]

    def refuse_once(job):
        if full:
            full.pop()
            raise Unavailable("The disk is full")
        write(job)

    monkeypatch.setattr(records, "write", refuse_once)
    job = perform(job)
    assert not full
    assert (job.status, job.error) == ("failed", "The training's own reason.")


def test_a_model_that_is_stored_already_is_not_trained_again(script, save_tiny):
    script(answering(error="trained again"))
    job = begin(order(recipe=tiny.RECIPE))
    model = save_tiny()
    job = perform(job)
    assert (job.status, job.model, job.error) == ("finished", model.name, "")


def test_a_trainer_leaves_nothing_in_the_temporary_folder(script, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    script("import tempfile; tempfile.mkstemp(); " + answering(model="m"))
    assert perform(begin(order())).status == "finished"
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize("kind", ["train", "keep", "sweep"])
@pytest.mark.parametrize("name", [MNIST, GENERATED])
def test_a_job_is_trained_on_what_it_was_ordered_for(kind, name, monkeypatch):
    asked = []

    def load(*, name):
        asked.append(name)
        raise Unavailable("It is not here")

    monkeypatch.setattr(data, "load", load)
    monkeypatch.setattr(mnist_app, "training", None, raising=False)
    if kind == "sweep":
        job = begin(jobs.submit_sweep(sweep.Order((1e-4,), (0,), 1), owner=OWNER, data=name))
    else:
        job = begin(jobs.submit(RECIPE, seed=0, owner=OWNER, data=name))
    if kind == "keep":
        job = begin(jobs.keep(end(train(job, epochs=1), "stopped").id))
    assert trainer.perform(job).error == "It is not here."
    assert asked == [name]


def test_a_job_of_mnist_fails_where_only_generated_digits_are(generated_digits, monkeypatch):
    monkeypatch.setenv(data.PATH_VARIABLE, "generated")
    monkeypatch.setattr(mnist_app, "training", None, raising=False)
    assert "MNIST is left aside" in trainer.perform(begin(order())).error
    assert not generated_digits
