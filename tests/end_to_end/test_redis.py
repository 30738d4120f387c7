"""Several workers share a queue on Redis: one is lost, or Redis itself is, and each training is still done once."""

import shutil
import socket
import subprocess

import pytest

from tests.end_to_end.conftest import House, kill, until

pytestmark = [pytest.mark.training, pytest.mark.mnist]

SETTINGS = {"epochs": 40, "training_images": 20_000}
SHORT = {"epochs": 2, "training_images": 1_000}


class Redis:
    """A Redis server of its own, which keeps nothing."""

    def __init__(self, folder):
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"redis://127.0.0.1:{self.port}/0"

    def start(self):
        where = ("--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder))
        self.process = subprocess.Popen(["redis-server", *where], stdout=subprocess.DEVNULL)
        until(self._answers)

    def kill(self):
        kill(self.process.pid)
        self.process.wait()

    def _answers(self):
        with socket.socket() as asked:
            return asked.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture
def redis(tmp_path):
    if not shutil.which("redis-server"):
        pytest.skip("redis-server is not installed")
    server = Redis(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def machines(tmp_path, redis):
    """The folders and the queue that all machines share."""
    house = House(tmp_path, MNIST_APP_REDIS=redis.address)
    yield house
    house.close()


def running(job):
    return job["status"] == "running" and job["epoch"] >= 3


def test_what_a_lost_worker_was_training_is_done_by_another_one(machines, tmp_path):
    visit = machines.open_app()
    first, second, third = (
        machines.order(visit, **settings) for settings in (SETTINGS, {**SETTINGS, "epochs": 20, "seed": 1}, SHORT)
    )
    assert {machines.job(id)["status"] for id in (first, second, third)} == {"waiting"}, "the app starts no worker here"

    lost = machines.start("worker")
    epoch = machines.until(first, running)["epoch"]
    machines.start("worker")
    machines.until(second, running)
    assert machines.job(first)["status"] == "running", "both work at the same time"
    kill(lost.pid)
    jobs = [machines.finish(first, never_below=epoch - 1), machines.finish(second), machines.finish(third)]
    assert len({job["model"] for job in jobs}) == len(list(machines.models.iterdir())) == 3

    alone = House(tmp_path / "alone")
    changes = ("--set", f"images={SETTINGS['training_images']}", "--epochs", SETTINGS["epochs"])
    name = alone.answer("train", "mlp-64-64", *changes)["name"]
    assert machines.curve(jobs[0]["model"]) == alone.curve(name)


def test_a_redis_that_is_lost_and_comes_back_empty_loses_no_training(machines, redis):
    visit = machines.open_app()
    first, second = (machines.order(visit, **settings) for settings in (SETTINGS, SHORT))
    machines.start("worker")
    epoch = machines.until(first, running)["epoch"]
    redis.kill()
    refused = visit("pages/train.py", set={"Epochs": 1}, press="Start")
    assert "cannot be reached" in refused["text"]
    redis.start()
    assert machines.finish(first, never_below=epoch - 1)["model"]
    assert machines.finish(second)["model"]
