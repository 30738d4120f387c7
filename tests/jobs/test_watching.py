"""What is seen of a training, and sweeps as jobs."""

from types import SimpleNamespace

import numpy as np
import pytest

from mnist_app import Busy, InvalidInput, NotPossible, jobs, store
from mnist_app.evaluation.results import GENERATED, Epoch, History, Progress
from mnist_app.evaluation.sweep import Order
from mnist_app.jobs.watching import Reporter
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


def test_who_drew_nothing_is_shown_the_training_image_on_which_the_guess_changes_most(queue):
    lease = begin(order())
    images = np.zeros((3, 28, 28), np.uint8)
    images[:, 0, 0] = 0, 1, 2
    report = Reporter(lease, candidates=list(zip(images, [7, 8, 9], strict=True)))
    jobs.show_drawing(lease.id, viewer="anna", image=np.ones((28, 28, 1), np.float32))
    answers = [(1, 1, 1, 1), (1, 1, 2, 1), (1, 1, 2, 3), (1, 1, 2, 1)]  # the drawing's first, then the candidates'
    for step, digits in enumerate(answers, 1):
        live = SimpleNamespace(history=History((), ()), run=lambda seen, at=digits: np.eye(10)[list(at)][: len(seen)])
        report._reported = -np.inf  # as after a while
        report(Progress(1, 2, step, 10, float(step)), live)
    image, label = jobs.watched_image(lease.id)
    assert (round(float(image[0, 0, 0]) * 255), label) == (2, 9)
    assert [np.argmax(row) for _, row in jobs.guesses(lease.id, viewer=jobs.WATCHED)] == [1, 1, 3, 1]
    assert [batch for batch, _ in jobs.guesses(lease.id, viewer="anna")] == [1, 2, 3, 4]


@pytest.mark.parametrize("viewer", ["", "..", "../../job.json", "/etc/passwd", "a.b", "A", "a" * 65, "é", "a\0"])
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
