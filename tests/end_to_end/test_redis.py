"""Several workers share a queue on Redis: one is lost, or Redis itself is, and each training is still done once."""

import shutil
import socket
import subprocess

import pytest

from tests.end_to_end.conftest import House, kill, until

pytestmark = [pytest.mark.training, pytest.mark.mnist]

SETTINGS = {"epochs": 60, "training_images": 20_000}
SHORT = {"epochs": 2, "training_images": 1_000}


class Machines(House):
    """The folders that all machines share, and their Redis server, which keeps nothing."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = str(free.getsockname()[1])
        super().__init__(folder, MNIST_APP_REDIS=f"redis://127.0.0.1:{self.port}/0")

    def start_redis(self):
        where = ("--port", self.port, "--bind", "127.0.0.1", "--save", "")
        self.redis = subprocess.Popen(["redis-server", *where], stdout=subprocess.DEVNULL)
        self.processes.append(self.redis)
        ping = ("redis-cli", "-p", self.port, "ping")
        until(lambda: subprocess.run(ping, capture_output=True, check=False).returncode == 0)


@pytest.fixture
def machines(tmp_path):
    if not shutil.which("redis-server"):
        pytest.skip("redis-server is not installed")
    machines = Machines(tmp_path)
    machines.start_redis()
    yield machines
    machines.close()


def running(job):
    return job["status"] == "running" and job["epoch"] >= 3


def test_what_a_lost_worker_was_training_is_done_by_another_one(machines, tmp_path):
    visit = machines.open_app()
    first, second, third = (
        machines.order(visit, **settings) for settings in (SETTINGS, {**SETTINGS, "epochs": 20, "seed": 1}, SHORT)
    )
    assert {machines.job(id)["status"] for id in (first, second, third)} == {"waiting"}, "the app starts no worker here"

    lost = machines.start("worker")
    machines.until(first, lambda job: job["status"] == "running")
    machines.start("worker")
    machines.until(second, lambda job: job["epoch"])
    epoch = machines.until(first, running)["epoch"]
    kill(lost.pid)
    jobs = [machines.finish(first, never_below=epoch - 1), machines.finish(second), machines.finish(third)]
    assert len({job["model"] for job in jobs}) == len(list(machines.models.iterdir())) == 3

    alone = House(tmp_path / "alone")
    changes = ("--set", f"images={SETTINGS['training_images']}", "--epochs", SETTINGS["epochs"])
    name = alone.answer("train", "mlp-64-64", *changes)["name"]
    assert machines.curve(jobs[0]["model"]) == alone.curve(name)


def test_a_redis_that_is_lost_and_comes_back_empty_loses_no_training(machines):
    visit = machines.open_app()
    first, second = (machines.order(visit, **settings) for settings in (SETTINGS, SHORT))
    machines.start("worker")
    epoch = machines.until(first, running)["epoch"]
    kill(machines.redis.pid)
    machines.redis.wait()
    refused = visit("pages/train.py", set={"Epochs": "1"}, press="Start")
    assert "cannot be reached" in refused["text"]
    machines.start_redis()
    assert machines.finish(first, never_below=epoch - 1)["model"]
    assert machines.finish(second)["model"]
