"""What holds when workers come, go and die, when files are damaged, and what is seen of a training."""

import json
import pickle
import threading
from dataclasses import replace

import numpy as np
import pytest

from mnist_app import Damaged, NotFound, NotPossible, Unavailable, jobs, store
from mnist_app.evaluation.results import Epoch, History
from mnist_app.evaluation.sweep import Order
from mnist_app.jobs import changes, liveness, orders, records, transport, watching
from mnist_app.jobs.recovery import Recovery
from tests.jobs_stage import OTHER, OWNER, begin, end, order, order_many, train, until


@pytest.fixture(autouse=True)
def queue(models_folder, tmp_path, monkeypatch):
    """An empty queue without a worker."""
    monkeypatch.setenv(jobs.FOLDER_VARIABLE, str(tmp_path / "jobs"))
    monkeypatch.delenv(jobs.REDIS_VARIABLE, raising=False)
    return tmp_path / "jobs"


# messages


class Intruder:
    """Runs code when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_a_message_is_plain_json():
    job = order()
    with transport.connection() as queue:
        (content,) = queue.huey.storage.enqueued_items()
    plain = json.loads(content)
    assert {name: plain[name] for name in ("job", "attempt")} == {"job": job.id, "attempt": 1}
    assert set(plain) == {"message", "job", "attempt", "priority"}


def test_a_pickled_message_is_refused_and_runs_nothing(tmp_path):
    job = order()
    with transport.connection() as queue:
        queue.huey.storage.enqueue(pickle.dumps(Intruder(tmp_path / "ran")), priority=1)
        assert queue.messages() == {(job.id, 1)}
        with pytest.raises(Damaged, match="no message of this project"):
            queue.huey.dequeue()
        assert queue.huey.dequeue().args == (job.id, 1), "the next one is taken"
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"job": "../../models"},
        {"job": 5},
        {"attempt": "1"},
        {"attempt": True},
        {"priority": None},
        {"kwargs": {"a": 1}},
    ],
)
def test_a_message_of_another_form_is_refused(changed):
    plain = {"message": "m", "job": "some-job", "attempt": 1, "priority": -1.0}
    with transport.connection() as queue:
        queue.huey.storage.enqueue(json.dumps(plain).encode())
        assert queue.huey.dequeue().args == ("some-job", 1)
        queue.huey.storage.enqueue(json.dumps(plain | changed).encode())
        with pytest.raises(Damaged):
            queue.huey.dequeue()


# workers


def test_two_workers_who_want_a_job_at_once_do_not_both_get_it():
    for seed in range(5):
        job, got = order(seed, owner=f"person{seed:04d}"), []

        def want(name, job=job, got=got):
            if changes.take(job.id, 1, worker=name):
                got.append(name)

        threads = [threading.Thread(target=want, args=(f"worker{number}",)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(got) == 1
        assert jobs.find(job.id).status == "running"


def test_who_was_taken_for_dead_changes_nothing_when_it_comes_back():
    job = begin(order())
    assert changes.put_back(job.id, 1, lost=True)
    assert not changes.is_current(job.id, 1)
    again = begin(jobs.find(job.id), worker="another")
    assert again.attempt == 2
    assert not changes.settle(job.id, 1, "finished", model="too-late")
    assert not changes.put_back(job.id, 1)
    assert jobs.find(job.id) == again
    assert changes.is_current(job.id, 2)


def test_what_a_lost_worker_was_training_waits_again_at_its_old_place():
    first, second = (order(seed) for seed in range(2))
    train(begin(first), epochs=2, more=3)
    with transport.connection() as open_queue:
        Recovery("me", open_queue).look(alone=True)
    first = jobs.find(first.id)
    assert (first.status, first.attempt) == ("waiting", 2)
    assert len(first.history.epochs) == 2
    assert [jobs.wait_of(job).place for job in (first, second)] == [1, 2]
    with transport.connection() as open_queue:
        assert open_queue.huey.dequeue().args == (first.id, 1), "the old message, which nobody heeds"
        assert open_queue.huey.dequeue().args == (first.id, 2)
        assert open_queue.huey.dequeue().args == (second.id, 1)


def test_a_job_that_was_to_be_stopped_when_its_worker_was_lost_is_stopped(monkeypatch):
    monkeypatch.setattr(liveness, "worker_alive", lambda: True)
    job = train(begin(order()), epochs=1)
    jobs.stop(job.id)
    with transport.connection() as open_queue:
        Recovery("me", open_queue).look(alone=True)
    assert jobs.find(job.id).status == "stopped"


def test_a_job_that_ends_every_worker_fails_in_the_end():
    job = order()
    for _ in range(changes.MOST_LOSSES):
        begin(jobs.find(job.id))
        with transport.connection() as open_queue:
            Recovery("me", open_queue).look(alone=True)
    job = jobs.find(job.id)
    assert job.status == "failed"
    assert "lost 5 times" in job.error
    assert jobs.resume(job.id).status == "waiting"


def test_what_this_worker_has_itself_is_left_alone():
    job = begin(order(), worker="me")
    with transport.connection() as open_queue:
        Recovery("me", open_queue).look()
    assert jobs.find(job.id) == job


def test_a_message_that_was_lost_is_sent_again():
    job = order()
    with transport.connection() as open_queue:
        open_queue.huey.dequeue()
        watcher = Recovery("me", open_queue)
        watcher.look()
        assert open_queue.messages() == set(), "somebody may be about to take it"
        watcher.look()
        assert open_queue.messages() == {(job.id, 1)}
        watcher.look()
        watcher.look()
        assert len(open_queue.huey.storage.enqueued_items()) == 1


def test_a_job_whose_taker_died_before_it_could_say_so_is_taken_again(queue):
    job = order()
    (queue / job.id / "attempt-1").touch()
    assert not changes.take(job.id, 1, worker="me")
    with transport.connection() as open_queue:
        open_queue.huey.dequeue()
        Recovery("me", open_queue).look(alone=True)
        assert open_queue.messages() == {(job.id, 2)}
    assert changes.take(job.id, 2, worker="me")


def test_half_a_model_of_a_lost_worker_is_removed(models_folder):
    job = begin(order())
    draft = models_folder / ".partial-something"
    draft.mkdir(parents=True)
    (draft / "model.keras").write_text("half")
    changes.note_draft(job.id, draft)
    (models_folder / "precious").mkdir()
    assert changes.put_back(job.id, 1, lost=True)
    assert [path.name for path in models_folder.iterdir()] == ["precious"]


def test_with_redis_a_worker_is_alive_as_long_as_it_beats(queue, monkeypatch):
    monkeypatch.setattr(liveness, "SILENCE", 1.0)
    monkeypatch.setattr(liveness, "BEAT", 0.05)
    pulses = liveness.Pulses()
    assert pulses.alive() == set()
    with liveness.beating("one"):
        until(lambda: pulses.alive() == {"one"})
    assert pulses.alive() == set(), "it said that it ended"
    silent = queue / "workers" / "two.beat"
    silent.write_text("7")
    assert pulses.alive() == {"two"}, "nobody knows yet"
    until(lambda: pulses.alive() == set())
    silent.write_text("8")
    assert pulses.alive() == {"two"}, "it did not answer for a while"
    until(lambda: pulses.alive() == set())
    pulses.remove_silent()
    assert not silent.exists()


# damage and tidiness


@pytest.mark.parametrize("file", ["order.json", "state.json"])
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"status": "dancing"}', b"\xff\xfe"])
def test_a_damaged_job_does_not_take_the_others_along(queue, file, content):
    job, other = (order(seed) for seed in range(2))
    (queue / job.id / file).write_bytes(content)
    assert jobs.list_jobs() == (other,)
    assert jobs.wait_of(other).place == 1
    with pytest.raises(NotFound):
        jobs.find(job.id)
    assert order(seed=0).status == "waiting", "it may be ordered anew"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"position": {"epoch": 1}}'])
def test_a_damaged_curve_is_an_empty_one(queue, content):
    job = train(begin(order()), epochs=1)
    (queue / job.id / "progress.json").write_bytes(content)
    found = jobs.find(job.id)
    assert (found.status, found.position, found.history.epochs) == ("running", None, ())


def test_old_jobs_make_room(monkeypatch):
    made = order_many(8)
    for job, status in zip(made, ["finished"] * 4 + ["failed", "stopped", "failed", "waiting"], strict=True):
        if status != "waiting":
            end(begin(job), status)
    kept = {job.seed for job in jobs.list_jobs()}
    orders.tidy()
    assert {job.seed for job in jobs.list_jobs()} == kept
    old = records.read_state(made[4].id)
    records.write_state(made[4].id, replace(old, ended=old.ended - 25 * 3600))
    orders.tidy(most=5)
    assert {job.seed for job in jobs.list_jobs()} == {1, 2, 3, 5, 6, 7}


# what is seen of it


def test_a_log_is_its_end(queue):
    job = order()
    assert jobs.log(job.id) == ""
    (queue / job.id / "log.txt").write_text("é" * 30_000 + "the end")
    assert jobs.log(job.id) == "é" * 19_993 + "the end"


def test_a_drawing_is_shown_to_the_network_as_it_was_drawn():
    job = order()
    image = np.linspace(0, 1, 784, dtype=np.float32).reshape(28, 28, 1)
    jobs.show_drawing(job.id, viewer=OWNER, image=image)
    (viewer, drawn), *others = watching.drawings(job.id).items()
    assert (viewer, others) == (OWNER, [])
    assert np.abs(drawn / 255 - image[..., 0]).max() < 0.5 / 255 + 1e-6
    jobs.show_drawing(job.id, viewer=OWNER, image=1 - image)
    assert np.abs(watching.drawings(job.id)[OWNER] / 255 - (1 - image[..., 0])).max() < 0.5 / 255 + 1e-6
    assert jobs.guesses(job.id, viewer=OWNER) == ()


def test_no_more_drawings_are_shown_than_a_training_bears():
    job, image = order(), np.zeros((28, 28, 1), np.float32)
    for number in range(64):
        jobs.show_drawing(job.id, viewer=f"viewer{number:04d}", image=image)
    with pytest.raises(Unavailable, match="64"):
        jobs.show_drawing(job.id, viewer="viewer9999", image=image)
    jobs.show_drawing(job.id, viewer="viewer0003", image=image + 1)


@pytest.mark.parametrize(
    ("viewer", "image"),
    [
        ("../../../etc/x", np.zeros((28, 28, 1))),
        (OWNER, np.zeros((28, 28))),
        (OWNER, np.full((28, 28, 1), 1.5)),
        (OWNER, np.full((28, 28, 1), np.nan)),
    ],
)
def test_what_is_no_drawing_is_refused(viewer, image):
    job = order()
    with pytest.raises(Unavailable):
        jobs.show_drawing(job.id, viewer=viewer, image=image)


# sweeps


def test_a_sweep_is_one_job_too():
    wanted = Order(factors=(1e-5, 1e-4), seeds=(0, 1), epochs=2)
    job = jobs.submit_sweep(wanted, owner=OWNER)
    assert (job.kind, job.status, job.sweep, job.done, job.model) == ("sweep", "waiting", wanted, (), "")
    assert job.recipe == wanted.recipes()[0]
    assert jobs.submit_sweep(Order(factors=(1e-4, 1e-5), seeds=(1, 0), epochs=2), owner=OTHER) == job
    assert jobs.submit_sweep(replace(wanted, epochs=3), owner=OWNER).id != job.id
    job = end(begin(job), "stopped")
    with pytest.raises(NotPossible):
        jobs.keep(job.id)
    assert jobs.submit_sweep(wanted, owner=OTHER).status == "waiting", "ordering it again lets it go on"


def test_only_missing_replicates_are_ordered():
    wanted = Order(factors=(1e-5,), seeds=(0, 1), epochs=1)
    whole = jobs.submit_sweep(replace(wanted, epochs=1, seeds=(0, 1, 2)), owner=OTHER).expected
    history = History((Epoch(0.5, 0.8, 0.4, 0.9, 1.0),), ())
    store.save_replicate(store.Replicate(wanted.recipes()[0], 0, history, 1.0, "MNIST"))
    job = jobs.submit_sweep(wanted, owner=OWNER)
    assert job.expected == pytest.approx(whole / 3)
    jobs.stop(job.id)
    store.save_replicate(store.Replicate(wanted.recipes()[0], 1, history, 1.0, "MNIST"))
    with pytest.raises(NotPossible) as caught:
        jobs.submit_sweep(replace(wanted, seeds=(1, 0)), owner=OTHER)
    assert caught.value.name == ""
