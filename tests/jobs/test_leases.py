"""What holds when workers come, go and die, and when files are damaged."""

import json
import pickle
import sqlite3
import threading

import pytest
from msgspec.structs import replace

from mnist_app import NotFound, Unavailable, jobs
from mnist_app.jobs import leases, liveness, orders, queue, records
from mnist_app.jobs.worker import Worker
from tests.jobs_stage import begin, end, messages, order, order_many, train, until

pytestmark = pytest.mark.usefixtures("queue")


class Intruder:
    """Runs code when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_a_message_is_plain_json_and_whatever_else_is_in_the_queue_is_left_out(tmp_path):
    order()
    with queue.opened() as huey:
        (content,) = huey.storage.enqueued_items()
        assert set(json.loads(content)) == {"wake"}
        for strange in (pickle.dumps(Intruder(tmp_path / "ran")), b'{"wake": 5}', b'{"wake": "a", "name": "b"}'):
            huey.storage.enqueue(strange, priority=1)
            with pytest.raises(ValueError, match=r"JSON|Expected|unknown field"):
                huey.dequeue()
        assert huey.dequeue() is not None, "the next one is taken"
    assert not (tmp_path / "ran").exists()


def test_workers_who_want_a_job_at_once_get_one_each():
    order_many(3)
    got = []
    threads = [threading.Thread(target=lambda name=f"{n}": got.append(leases.take(name))) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(job.seed for job in got if job) == [0, 1, 2]
    assert {job.worker for job in jobs.list_jobs()} == {job.worker for job in got if job}


def test_who_was_taken_for_dead_changes_nothing_when_it_comes_back():
    lost = begin(order())
    leases.requeue(lost, lost=True)
    assert leases.held(lost) is None
    again = begin(jobs.find(lost.id), worker="another")
    assert again.attempt == 2
    leases.finish(lost, "finished", model="too-late")
    leases.requeue(lost)
    assert jobs.find(lost.id) == again == leases.held(again)


def test_what_a_lost_worker_was_training_waits_again_at_its_old_place():
    first, second = (order(seed) for seed in range(2))
    train(begin(first), epochs=2, more=3)
    Worker().look()
    first = jobs.find(first.id)
    assert first.status == "waiting"
    assert len(first.history.epochs) == 2
    assert [jobs.wait_of(job).place for job in (first, second)] == [1, 2]
    assert messages() == 2


def test_a_job_that_was_to_be_stopped_when_its_worker_was_lost_is_stopped(monkeypatch):
    monkeypatch.setattr(liveness, "worker_alive", lambda: True)
    job = train(begin(order()), epochs=1)
    jobs.stop(job.id)
    Worker().look()
    assert jobs.find(job.id).status == "stopped"


def test_a_job_that_ends_every_worker_fails_in_the_end():
    job = order()
    for _ in range(leases.MOST_LOSSES):
        begin(jobs.find(job.id))
        Worker().look()
    job = jobs.find(job.id)
    assert job.status == "failed"
    assert "lost 5 times" in job.error
    assert jobs.resume(job.id).status == "waiting"
    leases.requeue(begin(jobs.find(job.id)), lost=True)
    assert jobs.find(job.id).status == "waiting", "who asks again gets five more"


def test_a_message_that_was_lost_is_sent_again():
    order_many(2)
    with queue.opened() as huey:
        huey.flush()
    for _ in range(2):
        Worker().look()
        assert messages() == 2


def test_with_redis_a_worker_is_alive_as_long_as_it_beats(queue, monkeypatch):
    monkeypatch.setattr(liveness, "SILENCE", 1.0)
    monkeypatch.setattr(liveness, "BEAT", 0.05)
    queue.mkdir()
    heartbeats = liveness.Heartbeats()
    assert heartbeats.alive() == set()
    with liveness.heartbeat("one"):
        until(lambda: heartbeats.alive() == {"one"})
    assert heartbeats.alive() == set(), "it said that it ended"
    silent = queue / "workers" / "two"
    silent.write_text("7")
    assert heartbeats.alive() == {"two"}, "nobody knows yet"
    until(lambda: heartbeats.alive() == set())
    silent.write_text("8")
    assert heartbeats.alive() == {"two"}, "it did not answer for a while"
    until(lambda: not silent.exists() or not heartbeats.alive())


def test_the_queue_refuses_to_be_used_where_another_process_keeps_it_locked(queue, monkeypatch):
    order()
    monkeypatch.setattr("mnist_app.jobs.queue._PATIENCE", 0.1)
    holder = sqlite3.connect(queue / "changes.lock", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Unavailable, match="locked"):
        order(seed=1)
    holder.close()
    assert order(seed=1).status == "waiting"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"status": "dancing"}', b"\xff\xfe"])
def test_a_damaged_job_does_not_take_the_others_along(queue, content):
    job, other = (order(seed) for seed in range(2))
    (queue / job.id / "job.json").write_bytes(content)
    assert jobs.list_jobs() == (other,)
    assert jobs.wait_of(other).place == 1
    with pytest.raises(NotFound):
        jobs.find(job.id)
    assert order(seed=0).status == "waiting", "it may be ordered anew"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"progress": {"epoch": 1}}'])
def test_a_damaged_curve_is_an_empty_one(queue, content):
    job = train(begin(order()), epochs=1)
    (queue / job.id / "report.json").write_bytes(content)
    found = jobs.find(job.id)
    assert (found.status, found.progress, found.history.epochs) == ("running", None, ())


def test_old_jobs_make_room(monkeypatch):
    made = order_many(8)
    taken = [begin(job) for job in made[:7]]
    for job, status in zip(taken, ["finished"] * 4 + ["failed", "stopped", "failed"], strict=True):
        end(job, status)
    listed = {job.seed for job in jobs.list_jobs()}
    orders.tidy()
    assert {job.seed for job in jobs.list_jobs()} == listed
    old = jobs.find(made[4].id)
    records.write(replace(old, ended=old.ended - 25 * 3600))
    monkeypatch.setattr(orders, "_MOST", 5)
    orders.tidy()
    assert {job.seed for job in jobs.list_jobs()} == {1, 2, 3, 5, 6, 7}
