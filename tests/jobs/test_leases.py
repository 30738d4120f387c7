"""What holds when workers come, go and die, and when files are damaged."""

import pickle
import shutil
import sqlite3
import subprocess
import threading
import time

import pytest
from msgspec.structs import replace

from mnist_app import Busy, Unavailable, jobs
from mnist_app.jobs import liveness, orders, queue, records
from mnist_app.jobs.queue import opened
from mnist_app.jobs.worker import Worker
from tests.jobs_stage import begin, end, messages, order, order_many, train, until

pytestmark = pytest.mark.usefixtures("queue")


class Intruder:
    """Runs code when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_whatever_is_in_the_queue_only_wakes_a_worker(tmp_path):
    woken = []
    with queue.opened(lambda: woken.append(True)) as huey:
        for content in (pickle.dumps(Intruder(tmp_path / "ran")), b'{"name": "b"}'):
            huey.storage.enqueue(content)
        while task := huey.dequeue():
            huey.execute(task)
    assert len(woken) == 2
    assert not (tmp_path / "ran").exists()


def test_workers_who_want_a_job_at_once_get_one_each():
    order_many(3)
    got = []
    threads = [threading.Thread(target=lambda name=f"{n}": got.append(records.take(name))) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(job.seed for job in got if job) == [0, 1, 2]
    assert {job.worker for job in jobs.list_jobs()} == {job.worker for job in got if job}


def test_who_was_taken_for_dead_changes_nothing_when_it_comes_back():
    lost = begin(order())
    records.requeue(lost, lost=True)
    assert records.held(lost) is None
    again = begin(jobs.find(lost.id), worker="another")
    assert again.attempt == 2
    records.finish(lost, "finished", model="too-late")
    records.requeue(lost)
    assert jobs.find(lost.id) == again == records.held(again)


def test_what_a_lost_worker_was_training_waits_again_at_its_old_place_with_a_message():
    first, second = (order(seed) for seed in range(2))
    train(begin(first), epochs=2, more=3)
    with queue.opened() as huey:
        huey.flush()
    for _ in range(2):
        Worker().look()
        assert messages() == 2
    first = jobs.find(first.id)
    assert first.status == "waiting"
    assert len(first.history.epochs) == 2
    assert [jobs.wait_of(job).place for job in (first, second)] == [1, 2]


def test_a_job_that_was_to_be_stopped_when_its_worker_was_lost_is_stopped(monkeypatch):
    monkeypatch.setattr(liveness, "workers", lambda: 1)
    job = train(begin(order()), epochs=1)
    jobs.stop(job.id)
    Worker().look()
    assert jobs.find(job.id).status == "stopped"


def test_a_job_that_ends_every_worker_fails_in_the_end():
    job = order()
    for _ in range(records.MOST_LOSSES):
        begin(jobs.find(job.id))
        Worker().look()
    job = jobs.find(job.id)
    assert job.status == "failed"
    assert "lost 5 times" in job.error
    assert jobs.resume(job.id).status == "waiting"
    records.requeue(begin(jobs.find(job.id)), lost=True)
    assert jobs.find(job.id).status == "waiting", "who asks again gets five more"


def test_with_redis_a_worker_is_alive_as_long_as_it_beats(queue, monkeypatch):
    monkeypatch.setenv(jobs.REDIS_VARIABLE, "redis://localhost")
    monkeypatch.setattr(liveness, "SILENCE", 1.0)
    monkeypatch.setattr(liveness, "BEAT", 0.05)
    assert jobs.workers() == 0
    with liveness.announced("one"):
        assert jobs.workers() == 1
        silent = queue / "workers" / "two"
        silent.write_text("7")
        assert jobs.workers() == 2, "nobody knows yet"
        until(lambda: jobs.workers() == 1)
        silent.write_text("8")
        assert liveness.beating() == {"one", "two"}, "it did not answer for a while"
    assert liveness.beating() == {"two"}, "the other one said that it ended"


def test_the_queue_refuses_to_be_used_where_another_process_keeps_it_locked(queue, monkeypatch):
    order()
    monkeypatch.setattr("mnist_app.jobs.queue._PATIENCE", 0.1)
    holder = sqlite3.connect(queue / "changes.lock", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Unavailable, match="locked"):
        order(seed=1)
    holder.close()
    assert order(seed=1).status == "waiting"


GARBAGE = b"no database" * 500


def damage(path, content=GARBAGE):
    """By another process: to close a file here would free what is locked of it here."""
    subprocess.run(["tee", path], input=content, stdout=subprocess.DEVNULL, check=True)


@pytest.mark.parametrize("content", [b"", GARBAGE, b"SQLite format 3\0" + bytes(range(256)) * 20])
@pytest.mark.parametrize("name", ["queue.sqlite", "changes.lock", "worker.lock"])
def test_a_damaged_file_of_the_queue_is_made_anew_and_nothing_is_lost(name, content, queue, caplog):
    order()
    damage(queue / name, content)
    assert not jobs.workers()
    with liveness.announced("somebody"):
        assert jobs.workers()
        assert order(seed=1).status == "waiting"
    assert {job.seed for job in jobs.list_jobs()} == {0, 1}
    assert messages() == 2
    assert (name in caplog.text) == bool(content)


def test_a_lock_that_is_damaged_while_it_is_held_goes_on_being_held(queue, monkeypatch):
    monkeypatch.setattr(liveness, "_PATIENCE", 0.1)
    with liveness.announced("one"):
        damage(queue / "worker.lock")
        assert jobs.workers()
        with pytest.raises(Busy), liveness.announced("two"):
            pass
    with liveness.announced("two"):
        assert jobs.workers()


@pytest.mark.parametrize("content", [b"", GARBAGE])
def test_a_queue_that_is_damaged_under_a_worker_wakes_it_again(content, queue):
    woken = []
    with opened(lambda: woken.append(True)) as huey:
        assert huey.dequeue() is None
        damage(queue / "queue.sqlite", content)
        order()
        huey.execute(huey.dequeue())
    assert woken


def test_a_damaged_job_is_discarded_whatever_stands_in_its_place(queue):
    jobs_in_all = order_many(3)
    shutil.copytree(queue / jobs_in_all[2].id, queue / "copy")
    (queue / jobs_in_all[0].id / "job.json").unlink()
    (queue / jobs_in_all[0].id / "job.json").mkdir()
    (queue / jobs_in_all[1].id / "job.json").write_text("damaged")
    names = {jobs_in_all[0].id, jobs_in_all[1].id, "copy"}
    assert {error.name for error in jobs.list_damaged()} == names
    Worker().look()
    for name in names:
        jobs.discard(name)
    assert jobs.list_jobs() == (jobs_in_all[2],)
    assert {path.name for path in queue.iterdir() if path.is_dir()} == {jobs_in_all[2].id}


def test_old_jobs_make_room(monkeypatch):
    made = order_many(8)
    taken = [begin(job) for job in made[:7]]
    for job, status in zip(taken, ["finished"] * 4 + ["failed", "stopped", "failed"], strict=True):
        end(job, status)
    listed = {job.seed for job in jobs.list_jobs()}
    orders.tidy()
    assert {job.seed for job in jobs.list_jobs()} == listed
    old = jobs.find(made[4].id)
    records.write(replace(old, ended=old.ended - 31 * 24 * 3600))
    monkeypatch.setattr(orders, "_ALWAYS", 5)
    orders.tidy()
    assert {job.seed for job in jobs.list_jobs()} == {1, 2, 3, 5, 6, 7}
    monkeypatch.setattr(orders, "_ALWAYS", 1)
    orders.tidy()
    assert {job.seed for job in jobs.list_jobs()} == {5, 6, 7}, "two that failed or were stopped"
    monkeypatch.setattr(orders, "KEPT_AT_MOST", 1)
    orders.tidy()
    assert {job.seed for job in jobs.list_jobs()} == {6, 7}


def test_a_clock_that_was_wrong_removes_no_training(monkeypatch):
    """83 days ahead for a while, then back again, with trainings that end under each time."""
    right = time.time()
    for seed, ahead in enumerate([0, 0, 83, 83, 0, 0]):
        monkeypatch.setattr(time, "time", lambda ahead=ahead: right + ahead * 24 * 3600)
        end(begin(order(seed)), "stopped")
        monkeypatch.setattr(orders, "_ALWAYS", 3)
        orders.tidy()
        assert len(jobs.list_jobs()) == seed + 1
