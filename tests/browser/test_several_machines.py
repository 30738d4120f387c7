"""One Redis queue for an app and two workers: each training is done once, also when a worker is lost."""

import re
import shutil
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest

from mnist_app import jobs, store
from tests.browser.conftest import ROOT, running_app
from tests.jobs_stage import Stage, epochs_done, until

pytestmark = [pytest.mark.browser, pytest.mark.mnist, pytest.mark.training]

SETTINGS = "mlp-64-64.images=6000&mlp-64-64.epochs=30"
LONG = 120_000


@pytest.fixture
def redis(tmp_path):
    """The address of a Redis server of its own, which keeps nothing."""
    if not shutil.which("redis-server"):
        pytest.skip("redis-server is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    yield f"redis://127.0.0.1:{port}/0"
    server.kill()
    server.wait()


@pytest.fixture
def class_of_four(tmp_path, redis, monkeypatch):
    """An app on that queue, a way to start workers, and this process as one more machine that looks on."""
    stage = Stage(tmp_path)
    stage.environment[jobs.REDIS_VARIABLE] = redis
    for name, value in stage.environment.items():
        monkeypatch.setenv(name, value)
    with running_app(tmp_path / "output.txt", models=stage.models, redis=redis) as app:
        yield SimpleNamespace(stage=stage, app=app)
        stage.close()


def start_worker(stage, log):
    """A worker whose words go into a file."""
    with log.open("wb") as file:
        process = subprocess.Popen([sys.executable, "-m", "mnist_app", "worker"], cwd=ROOT, stderr=file)
    stage.processes.append(process)
    return process


def test_four_trainings_are_done_once_each_although_a_worker_is_killed(class_of_four, chromium, tmp_path):
    from playwright.sync_api import expect

    stage, app = class_of_four.stage, class_of_four.app
    visitors = [chromium.new_page(), chromium.new_page()]
    for seed in range(4):
        page = visitors[seed % 2]
        page.set_default_timeout(LONG)
        page.goto(f"{app.address}/train?{SETTINGS}&training_seed={seed}")
        page.get_by_role("button", name="Start", exact=True).click()
        expect(page).to_have_url(re.compile("job=mlp-64-64-"), timeout=LONG)
    ordered = [job.id for job in jobs.list_jobs()]
    assert [job.status for job in jobs.list_jobs()] == ["waiting"] * 4
    assert len(set(ordered)) == 4
    expect(visitors[0].get_by_text("No worker is running").first).to_be_visible(timeout=LONG)

    logs = [tmp_path / "first.log", tmp_path / "second.log"]
    workers = [start_worker(stage, log) for log in logs]
    until(lambda: sum(job.status == "running" for job in jobs.list_jobs()) == 2)
    lost = next(id for id in ordered if f"{id}: train" in logs[0].read_text())
    seen = len(epochs_done(lost, 2).history.epochs)
    workers[0].kill()
    assert jobs.find(lost).status == "running"
    assert seen < 30, "it was killed in the middle"

    until(lambda: not any(job.active for job in jobs.list_jobs()))
    found = {job.id: job for job in jobs.list_jobs()}
    assert {id: found[id].status for id in ordered} == dict.fromkeys(ordered, "finished")
    assert {id: found[id].attempt for id in ordered} == {id: 2 if id == lost else 1 for id in ordered}
    said = "".join(log.read_text() for log in logs)
    assert sorted(re.findall(r"(\S+): finished", said)) == sorted(ordered), "each was finished by one worker, once"
    models = {model.name: model for model in store.list_models().models if model.name in ordered}
    assert sorted(models) == sorted(ordered)
    assert {len(model.history.epochs) for model in models.values()} == {30}
    for page in visitors:
        expect(page.get_by_text("Test accuracy", exact=True).first).to_be_visible(timeout=LONG)
        page.close()
    assert "Traceback" not in app.log
