"""Processes that are killed, stopped and ended: a training goes on, with the curve of one that nobody interrupted."""

import re
import signal
import subprocess

import pytest

from tests.end_to_end.conftest import House, children, is_running, kill, until

pytestmark = [pytest.mark.training, pytest.mark.mnist]

SETTINGS = {"epochs": 60, "images": 20_000, "dropout": "0.2", "momentum": "0.9", "schedule": "cosine"}
LABELS = {("training_images" if name == "images" else name): value for name, value in SETTINGS.items()}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """The same training by the command line, from its beginning to its end: its curve, and how it reads the digits."""
    house = House(tmp_path_factory.mktemp("uninterrupted"))
    changes = [part for name, value in SETTINGS.items() for part in ("--set", f"{name}={value}")]
    name = house.answer("train", "mlp-64-64", *changes)["name"]
    return house.curve(name), house.answer("evaluate", name)["confusion"]


def in_epoch(number):
    """That the training runs and has come so far."""
    return lambda job: job["status"] == "running" and job["epoch"] >= number


def check(house, job, uninterrupted):
    curve, confusion = uninterrupted
    assert house.curve(job["model"]) == curve
    assert house.answer("evaluate", job["model"])["confusion"] == confusion
    assert len(list(house.models.iterdir())) == 1, "nothing else is left"


def test_a_training_whose_processes_are_killed_goes_on_with_the_same_curve(house, uninterrupted):
    visit = house.open_app()
    id = house.order(visit, **LABELS)

    epoch = house.until(id, in_epoch(5))["epoch"]
    (worker,) = children(visit.process.pid)
    for trainer in children(worker):
        kill(trainer)
    failed = house.until(id, lambda job: job["status"] == "failed", never_below=epoch)
    assert "ended by the system" in failed["error"]
    visit("pages/train.py", query={"job": id}, press="Continue")

    epoch = house.until(id, in_epoch(failed["epoch"] + 4), never_below=epoch - 1)["epoch"]
    (worker,) = children(visit.process.pid)
    trainers = children(worker)
    folders = list(house.temporary.glob("mnist-explorer-*"))
    assert trainers
    assert folders
    kill(worker)
    until(lambda: not any(map(is_running, trainers)))
    assert not any(folder.exists() for folder in folders)

    # the app starts another worker by itself
    epoch = house.until(id, in_epoch(epoch + 4), never_below=epoch - 1)["epoch"]
    (worker,) = children(visit.process.pid)
    house.open_app()("pages/train.py", query={"job": id})
    kill(visit.process.pid)
    until(lambda: not is_running(worker))

    # the other app starts one
    assert epoch < SETTINGS["epochs"], "each interruption came before the end"
    check(house, house.finish(id, never_below=epoch - 1), uninterrupted)


def test_a_training_that_is_stopped_and_whose_worker_ends_goes_on_with_the_same_curve_when_the_app_starts(
    house, uninterrupted
):
    visit = house.open_app()
    id = house.order(visit, **LABELS)
    epoch = house.until(id, in_epoch(5))["epoch"]
    house.answer("stop", id)
    house.until(id, lambda job: job["status"] == "stopped", never_below=epoch)
    visit("pages/train.py", query={"job": id}, press="Continue")

    epoch = house.until(id, in_epoch(epoch + 4), never_below=epoch - 1)["epoch"]
    visit.process.send_signal(signal.SIGINT)
    visit.process.wait()
    assert house.until(id, lambda job: job["status"] == "waiting", never_below=epoch - 1)["model"] == ""

    worker = house.start("worker")
    house.until(id, lambda job: job["status"] == "running")
    again = house.run("worker")
    assert again.returncode == 1
    assert "already" in again.stderr
    epoch = house.until(id, in_epoch(epoch + 4), never_below=epoch - 1)["epoch"]
    worker.send_signal(signal.SIGINT)
    assert worker.wait(60) == 0
    assert house.job(id)["status"] == "waiting"

    assert epoch < SETTINGS["epochs"], "each interruption came before the end"
    apps = [house.serve(), house.serve()]  # and nobody opens a page
    job = house.finish(id, never_below=epoch - 1)
    assert sum(len(children(app.pid)) for app in apps) == 1, "they share a worker"
    check(house, job, uninterrupted)


def test_ctrl_c_ends_a_training_of_the_command_line_and_nothing_is_stored(house):
    process = house.start("train", "mlp-64-64", "--epochs", "500", stderr=subprocess.PIPE)
    assert "mlp-64-64" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    said = process.stderr.read()
    assert process.wait() == 130
    assert "Traceback" not in said
    assert "nothing was saved" in said.splitlines()[-1]
    assert list(house.models.iterdir()) == []


def test_a_sweep_that_is_killed_goes_on_with_the_same_result(tmp_path):
    """It says how far it is once an epoch: after two of three it is killed, and then begins with the third."""
    sweep = ("sweep", "--resume", "--factors", "1e-4", "--replicates", "1", "--epochs", "3", "--json")
    whole, killed = House(tmp_path / "whole"), House(tmp_path / "killed")
    try:
        process = killed.start(*sweep, stderr=subprocess.PIPE)
        until(lambda: re.search(r"6\d%", process.stderr.readline()))
        kill(process.pid)
        done = killed.run(*sweep)
        assert re.findall(r"(\d+)%", done.stderr) in (["67", "100"], ["100"]), done.stderr
        assert done.stdout == whole.run(*sweep).stdout != ""
    finally:
        killed.close()
