"""What a worker makes of its trainer's end, with scripts in place of trainers; and what the trainer loads."""

import sys

import pytest

import mnist_app
from mnist_app import CannotWrite, InvalidInput, Unavailable, data, jobs
from mnist_app.evaluation import sweep
from mnist_app.evaluation.results import GENERATED, MNIST
from mnist_app.jobs import liveness, processes, records, trainer
from mnist_app.jobs.worker import Worker
from tests import tiny
from tests.jobs_stage import OWNER, RECIPE, begin, end, order, train

pytestmark = pytest.mark.usefixtures("queue")


@pytest.fixture
def script(monkeypatch):
    """Has trainers do what a script says once they have read their job."""

    def have(script):
        code = f"import sys, os, time, json\njob = json.loads(sys.stdin.readline())\n{script}"
        monkeypatch.setattr(processes, "_TRAINER", (sys.executable, "-c", code))

    return have


def trained(monkeypatch, result):
    """Has the trainer, in this process, store a model of that name, or fail with that error."""

    def do(job):
        if isinstance(result, Exception):
            raise result
        return result

    for name in ("_train", "_keep"):
        monkeypatch.setattr(trainer, name, do)


def perform(job):
    """What becomes of a job that a worker has taken."""
    Worker().perform(job)
    return jobs.find(job.id)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("os.kill(os.getpid(), 9)", "ended by the system (signal 9), probably for lack of memory"),
        ("os.kill(os.getpid(), 11)", "ended by the system (signal 11)."),
        ("sys.exit(3)", "without a word (exit code 3)"),
    ],
)
def test_a_training_that_fails_says_why(script, text, expected):
    script(text)
    job = perform(begin(order()))
    assert job.status == "failed"
    assert expected in job.error


def test_a_trainer_that_cannot_be_started_fails_the_job(monkeypatch):
    monkeypatch.setattr(processes, "_TRAINER", ("/no/such/program",))
    job = perform(begin(order()))
    assert job.status == "failed"
    assert "FileNotFoundError" in job.error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (CannotWrite("The disk is full"), "The disk is full."),
        (KeyError("surprise"), "The training failed unexpectedly: KeyError('surprise')"),
    ],
)
def test_what_could_not_be_kept_may_be_kept_again(error, expected, monkeypatch):
    job = end(train(begin(order()), epochs=2), "stopped")
    trained(monkeypatch, error)
    trainer.perform(begin(jobs.keep(job.id)))
    job = jobs.find(job.id)
    assert (job.status, job.error) == ("stopped", expected)
    trained(monkeypatch, "m.after2")
    trainer.perform(begin(jobs.keep(job.id)))
    job = jobs.find(job.id)
    assert (job.status, job.model, job.error) == ("finished", "m.after2", "")


def test_a_stop_that_comes_after_the_last_epoch_lets_the_model_be_stored(script, monkeypatch):
    monkeypatch.setattr(liveness, "workers", lambda: 1)
    job = begin(order())
    train(job, epochs=job.recipe.epochs)
    script("time.sleep(0.5)")
    jobs.stop(job.id)
    assert "without a word" in perform(job).error, "it was not stopped"


def test_the_end_is_told_again_when_there_is_room_for_it(monkeypatch):
    trained(monkeypatch, InvalidInput("The training's own reason"))
    job = begin(order())
    write, full = records.write, [True]

    def refuse_once(job):
        if full:
            full.pop()
            raise Unavailable("The disk is full")
        write(job)

    monkeypatch.setattr(records, "write", refuse_once)
    trainer.perform(job)
    job = jobs.find(job.id)
    assert not full
    assert (job.status, job.error) == ("failed", "The training's own reason.")


def test_a_model_that_is_stored_already_is_not_trained_again(save_tiny):
    job = begin(order(recipe=tiny.RECIPE))
    model = save_tiny()
    trainer.perform(job)
    job = jobs.find(job.id)
    assert (job.status, job.model, job.error) == ("finished", model.name, "")


def test_a_trainer_leaves_nothing_in_the_temporary_folder(script, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    script("import tempfile; tempfile.mkstemp()")
    assert "exit code 0" in perform(begin(order())).error
    assert list((tmp_path / "temporary").iterdir()) == []


def test_the_trainer_of_a_job_that_another_worker_took_or_that_was_removed_is_ended(script):
    script("time.sleep(600)")
    lost = begin(order())
    records.requeue(lost, lost=True)
    again = begin(jobs.find(lost.id), worker="another")
    assert perform(lost) == again
    records.remove(again.id)
    Worker().perform(again)
    assert jobs.list_jobs() == ()


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
    trainer.perform(job)
    assert jobs.find(job.id).error == "It is not here."
    assert asked == [name]
