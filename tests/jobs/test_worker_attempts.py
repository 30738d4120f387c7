"""How a worker judges its trainer, without one: what ends a job, and as what; what is tried again."""

import json
import sys

import pytest

from mnist_app import Unavailable, jobs
from mnist_app.jobs import attempts, changes, children, liveness, records
from mnist_app.jobs.attempts import Attempt
from mnist_app.jobs.children import Trainers
from mnist_app.jobs.sweeping import group
from tests import tiny
from tests.jobs_stage import begin, end, order, train, until


@pytest.fixture(autouse=True)
def queue(models_folder, tmp_path, monkeypatch):
    """An empty queue without a worker."""
    monkeypatch.setenv(jobs.FOLDER_VARIABLE, str(tmp_path / "jobs"))
    monkeypatch.delenv(jobs.REDIS_VARIABLE, raising=False)
    return tmp_path / "jobs"


@pytest.fixture
def trainers(monkeypatch):
    """A function that makes trainers which do what a script says once they have read their job."""
    made = []

    def make(script):
        code = f"import sys, os, time, json\njob = json.loads(sys.stdin.readline())\n{script}"
        monkeypatch.setattr(children, "_COMMAND", (sys.executable, "-c", code))
        made.append(Trainers())
        return made[-1]

    yield make
    for each in made:
        each.close()


def answering(**outcome):
    return f"print({json.dumps(json.dumps(outcome))})"


def over(attempt, **options):
    until(lambda: attempt.advance(**options))
    return jobs.find(attempt.id)


def test_what_the_trainer_stored_is_what_the_job_has(trainers):
    job = begin(order())
    attempt = Attempt(job.id, 1, trainers=trainers(answering(model="some-model", seconds=50.0)))
    job = over(attempt)
    assert (job.status, job.model, job.error) == ("finished", "some-model", "")
    assert jobs.speed() != 1.0, "the next estimate is corrected"


def test_its_job_reaches_the_trainer(trainers):
    job = begin(order(seed=5))
    job = over(Attempt(job.id, 1, trainers=trainers("print(json.dumps({'error': json.dumps(job)}))")))
    assert json.loads(job.error) == {"id": job.id, "attempt": 1, "mode": "train"}


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (answering(error="The disk is full."), "The disk is full."),
        ("os.kill(os.getpid(), 9)", "ended by the system (signal 9), probably for lack of memory"),
        ("os.kill(os.getpid(), 11)", "ended by the system (signal 11)."),
        ("sys.exit(3)", "without a word (exit code 3)"),
        ("print('nonsense')", "without a word (exit code 0)"),
        ("print('[1]')", "without a word (exit code 0)"),
    ],
)
def test_a_training_that_fails_says_why(trainers, script, expected):
    job = over(Attempt(begin(order()).id, 1, trainers=trainers(script)))
    assert job.status == "failed"
    assert expected in job.error
    assert job.error.count("\n") == 0


def test_what_a_trainer_said_before_it_died_is_in_the_log(trainers):
    job = over(Attempt(begin(order()).id, 1, trainers=trainers("raise SystemError('no TensorFlow here')")))
    assert job.status == "failed"
    assert "no TensorFlow here" in jobs.log(job.id)


def test_a_trainer_that_cannot_be_started_fails_the_job(trainers, monkeypatch):
    made = trainers("")
    monkeypatch.setattr(children, "_COMMAND", ("/no/such/program",))
    job = over(Attempt(begin(order()).id, 1, trainers=made))
    assert job.status == "failed"
    assert "FileNotFoundError" in job.error


def test_a_trainer_that_was_prepared_and_died_is_replaced(trainers):
    made = trainers(answering(model="m"))
    made.prepare()
    made._prepared.kill()
    assert over(Attempt(begin(order()).id, 1, trainers=made)).status == "finished"


def test_what_could_not_be_kept_may_be_kept_again(trainers):
    job = end(train(begin(order()), epochs=2), "stopped")
    job = begin(jobs.keep(job.id))
    job = over(Attempt(job.id, 2, keeps=True, trainers=trainers(answering(error="The disk is full."))))
    assert (job.status, job.error) == ("stopped", "The disk is full.")
    job = begin(jobs.keep(job.id))
    assert (job.status, job.error) == ("keeping", "")
    job = over(Attempt(job.id, 3, keeps=True, trainers=trainers(answering(model="m.after2"))))
    assert (job.status, job.model) == ("finished", "m.after2")


def test_a_stop_ends_the_trainer_wherever_it_is(trainers, monkeypatch):
    monkeypatch.setattr(liveness, "worker_alive", lambda: True)
    job = train(begin(order()), epochs=2, more=1)
    attempt = Attempt(job.id, 1, trainers=trainers("time.sleep(600)"))
    assert not attempt.advance()
    jobs.stop(job.id)
    job = over(attempt)
    assert (job.status, job.stopping, len(job.history.epochs)) == ("stopped", False, 2)


def test_a_stop_that_comes_after_the_last_epoch_lets_the_model_be_stored(trainers, monkeypatch):
    monkeypatch.setattr(liveness, "worker_alive", lambda: True)
    job = begin(order())
    job = train(job, epochs=job.recipe.epochs)
    attempt = Attempt(job.id, 1, trainers=trainers("time.sleep(0.5); " + answering(model="m")))
    jobs.stop(job.id)
    job = over(attempt)
    assert (job.status, job.stopping) == ("finished", False)


def test_a_worker_that_ends_gives_its_job_back(trainers):
    job = begin(order())
    job = over(Attempt(job.id, 1, trainers=trainers("time.sleep(600)")), ending=True)
    assert (job.status, job.attempt) == ("waiting", 2)


def test_the_trainer_of_a_job_that_another_worker_took_is_ended(trainers, monkeypatch):
    monkeypatch.setattr(attempts, "_LOOK_EVERY", 0)
    job = begin(order())
    attempt = Attempt(job.id, 1, trainers=trainers("time.sleep(600)"))
    changes.put_back(job.id, 1, lost=True)
    again = begin(jobs.find(job.id), worker="another")
    assert over(attempt) == again


def test_a_job_that_was_discarded_by_hand_ends_the_attempt(trainers, queue):
    job = begin(order())
    attempt = Attempt(job.id, 1, trainers=trainers(answering(model="m")))
    records.remove(job.id)
    until(attempt.advance)
    assert jobs.list_jobs() == ()


def test_the_end_is_told_again_when_there_is_room_for_it(trainers, monkeypatch):
    job = begin(order())
    attempt = Attempt(job.id, 1, trainers=trainers(answering(error="The training's own reason.")))
    write, full = records.write_state, [True, True]

    def refuse_twice(id, state):
        if full:
            full.pop()
            raise OSError(28, "No space left on device")
        write(id, state)

    monkeypatch.setattr(records, "write_state", refuse_twice)
    job = over(attempt)
    assert not full
    assert (job.status, job.error) == ("failed", "The training's own reason.")


def test_a_model_that_is_stored_already_is_not_trained_again(trainers, save_tiny):
    job = begin(order(recipe=tiny.RECIPE))
    model = save_tiny()
    job = over(Attempt(job.id, 1, trainers=trainers(answering(error="trained again"))))
    assert (job.status, job.model, job.error) == ("finished", model.name, "")


def test_whole_factors_are_trained_together():
    recipes = [tiny.RECIPE.changed(epochs=epochs) for epochs in (1, 2, 3)]
    missing = [(recipe, seed) for seed in (0, 1, 2) for recipe in recipes]
    groups = group(missing, largest=6)
    assert [[(recipe.epochs, seed) for recipe, seed in each] for each in groups] == [
        [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)],
        [(3, 0), (3, 1), (3, 2)],
    ]
    many = [(recipes[0], seed) for seed in range(8)]
    assert [len(each) for each in group(many, largest=6)] == [6, 2]
    assert group([], largest=6) == []


def test_the_queue_refuses_to_be_used_where_another_process_keeps_it_locked(queue, monkeypatch):
    import sqlite3

    from mnist_app.jobs import transport

    order()
    monkeypatch.setattr(transport, "_PATIENCE", 0.1)
    holder = sqlite3.connect(queue / transport.LOCK_FILE, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Unavailable, match="locked"):
        order(seed=1)
    holder.close()
    assert order(seed=1).status == "waiting"
