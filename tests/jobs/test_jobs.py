"""The queue as people meet it: one job for one training, places, limits, stopping, going on, keeping, discarding."""

import threading

import pytest

from mnist_app import Busy, InvalidInput, NotFound, NotPossible, Unavailable, jobs, store
from mnist_app.evaluation.results import GENERATED, MNIST, Epoch, History
from mnist_app.jobs import limits, liveness, records
from tests import tiny
from tests.jobs_stage import OTHER, OWNER, RECIPE, STEPS, begin, end, messages, order, train

ONE_EPOCH = History((Epoch(0.5, 0.8, 0.4, 0.9, 1.0),), ())


pytestmark = pytest.mark.usefixtures("queue")


# ordering


def test_an_ordered_training_waits_and_is_listed():
    job = order(seed=7)
    assert (job.status, job.active, job.kind, job.seed, job.owner) == ("waiting", True, "train", 7, OWNER)
    assert job.id == store.name_of(RECIPE, 7)
    assert job.recipe == RECIPE
    assert job.expected > 0
    assert (job.progress, job.history.epochs, job.error, job.model, job.ended) == (None, (), "", "", None)
    assert jobs.list_jobs() == (job,)
    assert jobs.find(job.id) == job
    assert order(seed=7, owner=OTHER) == job, "the same recipe and seed is one job that both watch"
    assert messages() == 1
    assert order(seed=1).id != job.id
    assert order(recipe=RECIPE.changed(epochs=6)).id != job.id


def test_a_training_on_generated_digits_is_another_job_that_says_so(save_tiny):
    save_tiny()
    with pytest.raises(NotPossible) as caught:
        order(recipe=tiny.RECIPE)
    assert caught.value.name == store.name_of(tiny.RECIPE, 0)
    assert jobs.list_jobs() == ()
    job = jobs.submit(tiny.RECIPE, seed=0, owner=OWNER, data=GENERATED)
    assert (job.id, job.data) == (f"{caught.value.name}.generated", GENERATED)
    assert jobs.submit(tiny.RECIPE, seed=0, owner=OTHER, data=GENERATED) == job
    assert (order(recipe=tiny.RECIPE, seed=4).data, order().data) == (MNIST, MNIST)


def test_thirty_people_who_press_the_button_at_once_get_one_job_each_and_limits_hold():
    found, errors = [], []

    def press(number):
        try:
            found.append(order(seed=number % 2, owner=f"person{number:04d}"))
            found.append(order(seed=100 + number, owner="allthesame"))
        except Busy as error:
            errors.append(error)

    threads = [threading.Thread(target=press, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) + len(errors) == 60
    assert len(errors) == 30 - jobs.LIMIT_PER_OWNER
    listed = jobs.list_jobs()
    assert {job.id for job in found} == {job.id for job in listed}
    assert sorted(job.seed for job in listed)[:2] == [0, 1]
    assert len(listed) == 2 + jobs.LIMIT_PER_OWNER
    assert messages() == len(listed)


def test_a_model_that_was_deleted_or_has_no_weights_may_be_trained_again(save_tiny, save_denoiser):
    job = begin(order(recipe=tiny.RECIPE))
    model = save_tiny()
    end(job, "finished", model=model.name)
    store.delete(model)
    again = order(recipe=tiny.RECIPE, owner=OTHER)
    assert (again.status, again.attempt, again.owner, again.model) == ("waiting", 0, OTHER, "")
    save_denoiser(served=False)
    assert order(recipe=tiny.DENOISER).status == "waiting"


def test_ordering_again_tries_what_failed_and_returns_what_was_stopped():
    end(begin(order()), "failed", error="The disk was full.")
    job = jobs.submit(RECIPE, seed=0, owner=OTHER, owner_name="Red owl", address="there")
    assert (job.status, job.error) == ("waiting", "")
    assert (job.owner, job.owner_name, job.address) == (OTHER, "Red owl", "there")
    assert begin(job).attempt == 2
    end(train(job, epochs=2), "stopped")
    job = order(owner=OTHER)
    assert job.status == "stopped"
    assert len(job.history.epochs) == 2


def test_what_cannot_be_trained_is_not_ordered():
    with pytest.raises(InvalidInput, match="too large"):
        order(recipe=RECIPE.changed(hidden=(4096, 4096, 4096)))
    assert jobs.list_jobs() == ()


def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv(jobs.FOLDER_VARIABLE, str(tmp_path / "file" / "jobs"))
    with pytest.raises(Unavailable, match=f"{tmp_path}.*{jobs.FOLDER_VARIABLE}"):
        order()
    assert jobs.list_jobs() == ()
    assert not jobs.workers()


def test_a_redis_server_that_does_not_answer_is_named_without_its_password(monkeypatch):
    monkeypatch.setenv(jobs.REDIS_VARIABLE, "redis://:secret@127.0.0.1:1/0")
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1.*MNIST_APP_REDIS") as caught:
        order()
    assert "secret" not in str(caught.value)
    assert jobs.list_jobs() == ()


# limits


def test_one_person_may_have_three_and_the_queue_has_an_end(monkeypatch):
    stopped = end(begin(order()), "stopped")
    for seed in range(1, 1 + jobs.LIMIT_PER_OWNER):
        order(seed)
    for deed in (lambda: order(99), lambda: jobs.resume(stopped.id)):
        with pytest.raises(Busy, match="One person"):
            deed()
    assert jobs.find(stopped.id).status == "stopped"
    jobs.stop(store.name_of(RECIPE, 1))
    jobs.resume(stopped.id)
    monkeypatch.setattr(limits, "LIMIT", 5)
    for seed in (10, 11):
        order(seed, owner=OTHER)
    with pytest.raises(Busy, match="full with 5"):
        order(12, owner=OTHER)
    assert messages() == 5


def test_too_long_a_training_is_refused_with_the_way_out(monkeypatch):
    monkeypatch.setattr(limits.costs, "seconds", lambda recipe: 100.0 * recipe.epochs)
    order(recipe=RECIPE.changed(epochs=72))
    with pytest.raises(InvalidInput, match=r"2 hours.*2\.0 hours.*fewer epochs.*python -m mnist_app train"):
        order(recipe=RECIPE.changed(epochs=73))
    assert len(jobs.list_jobs()) == 1


def test_what_trainings_take_here_corrects_what_is_expected(monkeypatch):
    monkeypatch.setattr(limits.costs, "seconds", lambda recipe: 100.0)
    assert jobs.speed() == 1.0
    for seconds in (300.0, 200.0, 5000.0):
        limits.note_speed(RECIPE, seconds)
    assert jobs.speed() == 3.0, "the median bears one that ran beside other work"
    assert order().expected == 300.0


# places


def test_those_who_wait_see_their_place_and_when_it_begins(monkeypatch):
    monkeypatch.setattr(limits.costs, "seconds", lambda recipe: 10.0 * recipe.epochs)
    first, second, third = (order(seed) for seed in range(3))
    assert [jobs.wait_of(job).place for job in (first, second, third)] == [1, 2, 3]
    assert jobs.wait_of(third).seconds is None, "without a worker nobody knows"
    monkeypatch.setattr(liveness, "workers", lambda: 1)
    assert [jobs.wait_of(job).seconds for job in (first, second, third)] == [0, 50, 100]
    begin(first)
    train(first, epochs=1)
    assert jobs.wait_of(first) is None
    assert jobs.wait_of(second) == jobs.Wait(1, 7.0)
    assert jobs.wait_of(third) == jobs.Wait(2, 57.0)
    monkeypatch.setattr(liveness, "workers", lambda: 2)
    assert jobs.wait_of(third) == jobs.Wait(2, 7.0), "the second worker takes the one before"


# stopping, going on, keeping, discarding


def test_a_running_job_is_stopping_until_its_worker_has_seen_it(monkeypatch):
    monkeypatch.setattr(liveness, "workers", lambda: 1)
    job = train(begin(order()), epochs=2, more=3)
    assert not job.stopping
    job = jobs.stop(job.id)
    assert (job.status, job.stopping, job.active) == ("running", True, True)
    assert len(job.history.batches) == 2 * STEPS + 3
    job = end(job, "stopped")
    assert (job.status, job.stopping, job.active) == ("stopped", False, False)
    assert len(job.history.epochs) == 2
    assert len(job.history.batches) == 2 * STEPS, "what was trained of the third epoch is gone"
    assert (job.progress.epoch, job.progress.step, job.progress.fraction) == (2, STEPS, 0.4)
    with pytest.raises(NotPossible, match=r"stopped.*waiting or running"):
        jobs.stop(job.id)


def test_a_stopped_job_goes_on_behind_the_others():
    job, other = (order(seed) for seed in range(2))
    end(train(begin(job), epochs=2), "stopped")
    job = jobs.resume(job.id)
    assert (job.status, job.ended) == ("waiting", None)
    assert len(job.history.epochs) == 2
    assert jobs.wait_of(other).place == 1
    assert jobs.wait_of(job).place == 2
    with pytest.raises(NotPossible, match="waiting"):
        jobs.resume(job.id)
    assert jobs.stop(job.id).status == "stopped", "what was trained before is not thrown away"
    assert len(jobs.find(job.id).history.epochs) == 2


def test_a_stopped_job_is_kept_where_an_epoch_was_completed():
    job = end(train(begin(order()), epochs=0, more=4), "stopped")
    assert job.progress is None
    with pytest.raises(NotPossible, match="nothing to keep"):
        jobs.keep(job.id)
    job = end(train(begin(order(1)), epochs=2, more=1), "stopped")
    job = jobs.keep(job.id)
    assert (job.status, job.active) == ("keeping", True)
    assert len(job.history.epochs) == 2
    for deed in (jobs.keep, jobs.resume, jobs.discard, jobs.stop):
        with pytest.raises(NotPossible, match="keeping"):
            deed(job.id)
    job = begin(job)
    assert records.take("two", status="keeping") is None
    assert end(job, "finished", model="some-model").model == "some-model"


def test_what_has_ended_is_discarded(queue):
    job = begin(order())
    with pytest.raises(NotPossible, match="running"):
        jobs.discard(job.id)
    end(job, "failed")
    jobs.discard(job.id)
    assert jobs.list_jobs() == ()
    assert not (queue / job.id).exists()


@pytest.mark.parametrize("id", ["", ".", "..", "../models", "a/b", "/etc", "No-Such", "none", "a" * 300])
def test_what_is_no_job_is_unknown(id):
    for deed in (jobs.find, jobs.stop, jobs.resume, jobs.keep, jobs.discard, jobs.log, jobs.snapshots):
        with pytest.raises(NotFound):
            deed(id)
