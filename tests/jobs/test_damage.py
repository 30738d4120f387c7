"""Every file of the jobs folder, damaged in every way: what cannot be read is named, and all the rest goes on."""

import contextlib
import errno
import os
import random
import shutil
from pathlib import Path

import numpy as np
import pytest

from mnist_app import Damaged, NotFound, Unavailable, jobs
from mnist_app.jobs import limits, liveness, records
from mnist_app.jobs import queue as queue_module
from mnist_app.jobs.worker import Worker
from mnist_app.store import Snapshots
from tests.jobs_stage import OTHER, OWNER, RECIPE, begin, end, order, train

FILES = (
    "job.json", "report.json", "log.txt", "guesses.json", "first_layer.npz", "backup", f"drawings/{OTHER}", "drawings",
    "../speeds.json", "../queue.sqlite", "../changes.lock", "../worker.lock",
)  # fmt: skip


def put_a_folder(path):
    remove(path)
    path.mkdir()
    (path / "inside").touch()


def remove(path):
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def write(path, content):
    remove(path)
    path.write_bytes(content)


DAMAGE = {
    "gone": remove,
    "empty": lambda path: write(path, b""),
    "half": lambda path: write(path, path.read_bytes()[: path.stat().st_size // 2] if path.is_file() else b"{"),
    "noise": lambda path: write(path, random.Random(0).randbytes(3000)),
    "other JSON": lambda path: write(path, b'[{"id": null}]'),
    "a folder": put_a_folder,
}


def add_every_file(job):
    """What there is of a training that was stopped while somebody watched."""
    train(begin(job), epochs=2)
    folder = records.folder_of(job.id)
    jobs.show_drawing(job.id, viewer=OTHER, image=np.zeros((28, 28, 1), np.float32))
    records.write_file(folder / "guesses.json", {OWNER: [(1, (0.1,) * 10)]})
    Snapshots((0,), np.zeros((1, 2, 28, 28), np.float32)).write(folder / "first_layer.npz")
    (folder / "log.txt").write_text("words")
    (folder / "backup").mkdir()
    limits.note_speed(RECIPE, 20.0)
    end(jobs.find(job.id), "stopped")


def use_everything():
    with liveness.announced("somebody"), queue_module.opened():
        limits.note_speed(RECIPE, 20.0)


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_whatever_is_damaged_the_rest_goes_on(damage, queue):
    for seed, name in enumerate(FILES):
        job, other = order(2 * seed), order(2 * seed + 1)
        add_every_file(job)
        path = Path(os.path.normpath(queue / job.id / name))
        damage(path)
        for read in (jobs.find, jobs.log, lambda id: jobs.guesses(id, viewer=OWNER), jobs.snapshots):
            with contextlib.suppress(Damaged, NotFound):
                read(job.id)
        assert jobs.list_jobs()[0] == other
        assert jobs.wait_of(other).place == 1
        named = {each.id for each in jobs.list_jobs()} | {error.name for error in jobs.list_damaged()}
        assert job.id in named or (name, path.exists()) == ("job.json", False)
        if path.parent == queue and path.is_dir():
            with pytest.raises(Unavailable, match=path.name):
                use_everything()
            remove(path)
        use_everything()
        Worker().look()
        jobs.stop(other.id)
        if jobs.list_damaged():
            with pytest.raises(Damaged, match="Order this training again"):
                jobs.resume(job.id)
            assert jobs.stop(order(2 * seed).id).status == "stopped", "it may be ordered anew"
        with contextlib.suppress(NotFound):
            jobs.discard(job.id)
        assert (jobs.list_jobs(), jobs.list_damaged()) == ((), [])


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_where_nothing_can_be_written_nothing_changes(number, queue, monkeypatch):
    stopped, waiting = end(begin(order()), "stopped"), order(1)

    def refuse(*_):
        raise OSError(number, os.strerror(number))

    for name in ("write_bytes", "rename"):
        monkeypatch.setattr(Path, name, refuse)
    for deed in (jobs.resume, jobs.discard):
        with pytest.raises(Unavailable, match=os.strerror(number)):
            deed(stopped.id)
    for deed in (lambda: order(2), lambda: jobs.stop(waiting.id)):
        with pytest.raises(Unavailable, match=os.strerror(number)):
            deed()
    assert jobs.list_jobs() == (waiting, stopped)
    assert jobs.list_damaged() == []
