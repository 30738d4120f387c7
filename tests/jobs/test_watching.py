"""What is seen of a training, and sweeps as jobs."""

import numpy as np
import pytest

from mnist_app import Busy, InvalidInput, NotPossible, jobs, store
from mnist_app.evaluation.results import GENERATED, Epoch, History
from mnist_app.evaluation.sweep import Order
from tests.jobs_stage import OTHER, OWNER, begin, end, order

pytestmark = pytest.mark.usefixtures("queue")


def test_a_log_is_its_end(queue):
    job = order()
    assert jobs.log(job.id) == ""
    (queue / job.id / "log.txt").write_text("é" * 30_000 + "the end")
    assert jobs.log(job.id) == "é" * 19_993 + "the end"


def test_no_more_drawings_are_shown_than_a_training_bears():
    job, image = order(), np.zeros((28, 28, 1), np.float32)
    for number in range(200):
        jobs.show_drawing(job.id, viewer=f"viewer{number:04d}", image=image)
    with pytest.raises(Busy, match="200"):
        jobs.show_drawing(job.id, viewer="viewer9999", image=image)
    jobs.show_drawing(job.id, viewer="viewer0003", image=image + 1)
    assert jobs.guesses(job.id, viewer="viewer0003") == ()


@pytest.mark.parametrize(
    "viewer", ["", "..", "../../job.json", "/etc/passwd", "a.b", "A", "a" * 65, "é", "a\0"]
)
def test_a_viewer_that_could_name_another_file_is_refused(queue, viewer):
    job = order()
    before = sorted(queue.rglob("*"))
    with pytest.raises(InvalidInput, match="a-z, 0-9 and -"):
        jobs.show_drawing(job.id, viewer=viewer, image=np.zeros((28, 28, 1), np.float32))
    assert sorted(queue.rglob("*")) == before


def test_a_sweep_is_one_job_too():
    wanted = Order(factors=(1e-5, 1e-4), seeds=(0, 1), epochs=2)
    job = jobs.submit_sweep(wanted, owner=OWNER)
    assert (job.kind, job.status, job.sweep, job.done, job.model) == ("sweep", "waiting", wanted, (), "")
    assert job.recipe == wanted.recipes()[0]
    assert jobs.submit_sweep(Order(factors=(1e-4, 1e-5), seeds=(1, 0), epochs=2), owner=OTHER) == job
    assert jobs.submit_sweep(Order(factors=(1e-5, 1e-4), seeds=(0, 1), epochs=3), owner=OWNER).id != job.id
    assert jobs.submit_sweep(wanted, owner=OTHER, data=GENERATED).id == f"{job.id}.generated"
    job = end(begin(job), "stopped")
    with pytest.raises(NotPossible):
        jobs.keep(job.id)
    assert jobs.submit_sweep(wanted, owner=OTHER).status == "waiting", "ordering it again lets it go on"


def test_only_missing_replicates_are_ordered():
    wanted = Order(factors=(1e-5,), seeds=(0, 1), epochs=1)
    whole = jobs.submit_sweep(Order(factors=(1e-5,), seeds=(0, 1, 2), epochs=1), owner=OTHER).expected
    history = History((Epoch(0.5, 0.8, 0.4, 0.9, 1.0),), ())
    store.replicates.save(store.Replicate(wanted.recipes()[0], 0, history, 1.0, "MNIST"))
    job = jobs.submit_sweep(wanted, owner=OWNER)
    assert job.expected == pytest.approx(whole / 3)
    jobs.stop(job.id)
    store.replicates.save(store.Replicate(wanted.recipes()[0], 1, history, 1.0, "MNIST"))
    with pytest.raises(NotPossible) as caught:
        jobs.submit_sweep(wanted, owner=OTHER)
    assert caught.value.name == ""
