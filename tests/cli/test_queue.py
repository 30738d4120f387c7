"""The queue and the sweep on the command line: what is listed, what is stopped, what is trained, and nothing twice."""

import json
import re

import pytest

from mnist_app import jobs, store
from mnist_app.evaluation import sweep
from mnist_app.jobs import liveness, records
from tests.jobs_stage import RECIPE, begin, end, order, train


@pytest.fixture(autouse=True)
def queue(models_folder, tmp_path, monkeypatch):
    """An empty queue without a worker."""
    monkeypatch.setenv(jobs.FOLDER_VARIABLE, str(tmp_path / "jobs"))
    monkeypatch.delenv(jobs.REDIS_VARIABLE, raising=False)


def test_an_empty_queue_says_where_trainings_are_ordered(run):
    assert "page Train" in run("queue")[1]
    assert run("queue", "--json") == (0, "[]\n", "")


def test_the_queue_lists_what_runs_what_waits_and_what_has_ended(run, monkeypatch):
    monkeypatch.setattr(liveness, "workers", lambda: 1)
    running, failed, waiting = order(0), order(1), jobs.submit(RECIPE, seed=2, owner="2", owner_name="Red fox")
    train(begin(running), epochs=2, more=3)
    end(begin(failed), "failed", error="The disk is full.")
    code, output, _ = run("queue")
    lines = output.splitlines()
    assert code == 0
    assert [line.split()[:2] for line in lines[1:]] == [
        [running.id, "running"],
        [waiting.id, "waiting"],
        [failed.id, "failed"],
    ]
    assert "3 of 5" in lines[1]
    assert "a few seconds left" in lines[1]
    assert "place 1, starts in a few seconds" in lines[2]
    assert "Red fox" in lines[2]
    assert re.search(r"kept until 20\d\d-\d\d-\d\d\. The disk is full\.", lines[3])
    first, second, third = json.loads(run("queue", "--json")[1])
    assert (first["epoch"], first["epochs"], first["seconds_left"], first["place"]) == (3, 5, 7.0, None)
    assert (second["status"], second["place"], second["starts_in_seconds"]) == ("waiting", 1, 7.0)
    assert third["error"] == "The disk is full."
    assert (second["kept_until"], third["kept_until"]) == (None, jobs.find(failed.id).kept_until)


def test_a_damaged_training_is_named_beside_the_others(run):
    damaged, whole = order(0), order(1)
    path = records.folder_of(damaged.id) / records.RECORD
    path.write_text("damaged")
    code, output, error = run("queue", "--json")
    assert (code, [job["id"] for job in json.loads(output)]) == (0, [whole.id])
    assert str(path) in error


def test_stop_takes_out_what_waits_and_asks_what_runs_to_stop(run):
    running, waiting = order(0), order(1)
    begin(running)
    assert "taken out" in run("stop", waiting.id)[1]
    with liveness.announced("somebody"):
        assert "being stopped" in run("stop", running.id)[1]
    (left,) = jobs.list_jobs()
    assert (left.id, left.stopping) == (running.id, True)
    assert "has stopped" in run("stop", running.id)[1], "its worker was lost"
    assert jobs.find(running.id).status == "stopped"


def test_a_second_worker_says_that_there_is_one_and_a_quiet_one_just_ends(run, fails):
    with liveness.announced("somebody"):
        fails("worker")
        code, output, error = run("worker", "--quiet")
    assert (code, output.strip(), error) == (0, "", "")


def test_factors_that_cannot_be_used_are_an_error(fails):
    assert "much" in fails("sweep", "--factors", "1e-4", "much")
    assert "twice" in fails("sweep", "--factors", "1e-4", "1e-4")


@pytest.mark.training
@pytest.mark.mnist
def test_a_sweep_trains_what_is_missing_and_nothing_twice(run):
    asked = ("sweep", "--epochs", "1", "--validation", "held-out", "--resume", "--replicates", "1", "--json")
    code, output, _ = run(*asked, "--factors", "1e-5")
    assert code == 0
    before = json.loads(output)
    code, output, _ = run(*asked, "--factors", "1e-5", "1e-3")
    assert code == 0
    points = json.loads(output)
    assert [point["l2"] for point in points] == [1e-5, 1e-3]
    assert points[:1] == before, "this was there already"
    assert all(0.85 < point["mean"] < 0.97 and point["sd"] is None for point in points)
    assert [path.name for path in store.own_folder().iterdir()] == ["replicates"], "no backup is left"


def test_a_sweep_that_is_complete_needs_no_mnist(run, no_mnist):
    order = sweep.Order((1e-4,), (0,), 1)
    (recipe,) = order.recipes()
    job = train(begin(jobs.submit(RECIPE, seed=3, owner="command-line")), epochs=1)
    store.replicates.save(store.Replicate(recipe, 0, job.history, 1.0, "MNIST"))
    code, output, _ = run("sweep", "--factors", "1e-4", "--replicates", "1", "--epochs", "1", "--resume")
    assert code == 0
    assert "60.000%" in output
