"""An empty queue without a worker, for every test of the queue."""

import pytest

from mnist_app import jobs
from tests.jobs_stage import Stage


@pytest.fixture
def queue(models_folder, tmp_path, monkeypatch):
    """The jobs folder of an empty queue without a worker."""
    monkeypatch.setenv(jobs.FOLDER_VARIABLE, str(tmp_path / "jobs"))
    monkeypatch.delenv(jobs.REDIS_VARIABLE, raising=False)
    return tmp_path / "jobs"


@pytest.fixture
def stage(queue, tmp_path):
    """The same folders for workers, which are ended at the end."""
    stage = Stage(tmp_path)
    yield stage
    stage.close()
