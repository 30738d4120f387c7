"""Noise curves through the queue: the command's own, and only those that are not there yet."""

import msgspec
import pytest

from mnist_app import NotPossible, jobs, store
from mnist_app.evaluation.results import NoiseCurve
from mnist_app.jobs import trainer, trainings
from tests.jobs_stage import OTHER, OWNER, begin

KEYS = ("none", "median-3", "tiny-denoiser")

pytestmark = pytest.mark.usefixtures("queue", "small_mnist")


@pytest.fixture
def order(tiny_model, save_denoiser):
    """Orders the curves of the tiny classifier."""
    save_denoiser()
    return lambda owner=OWNER: jobs.submit_curves(tiny_model, denoisers=KEYS, owner=owner)


def test_the_curves_are_those_of_the_command(order, tiny_model, run):
    job = order()
    assert order(OTHER) == job, "one job for all who want them"
    trainer.perform(begin(job))
    job = jobs.find(job.id)
    assert (job.status, job.done, job.progress.fraction) == ("finished", KEYS, 1), job.error
    stored = {curve.denoiser: curve for curve in store.noise_curves.list()}
    command = ("noise-curve", "--denoiser", "all", "--classifier", tiny_model.name, "--json")
    printed = msgspec.json.decode(run(*command)[1], type=list[NoiseCurve])
    assert stored == {curve.denoiser: curve for curve in printed if curve.denoiser in KEYS}


def test_what_was_interrupted_goes_on_with_the_curves_that_are_missing(order, monkeypatch):
    measured, measure = [], trainings.measure_noise_curves

    def measure_two(classifiers, denoiser, **options):
        if len(measured) == 2:
            measured.clear()
            raise NotPossible("The lamp went out")
        measured.append(denoiser.key)
        return measure(classifiers, denoiser, **options)

    monkeypatch.setattr(trainings, "measure_noise_curves", measure_two)
    job = order()
    trainer.perform(begin(job))
    job = jobs.find(job.id)
    assert (job.status, job.error, job.done) == ("failed", "The lamp went out.", KEYS[:1])
    with pytest.raises(NotPossible, match="cannot be kept"):
        jobs.keep(job.id)
    trainer.perform(begin(order()))
    assert measured == ["tiny-denoiser"]
    assert jobs.find(job.id).done == KEYS


def test_the_curves_of_a_deleted_run_fail_with_a_sentence(order, tiny_model):
    job = order()
    store.delete(tiny_model)
    trainer.perform(begin(job))
    assert jobs.find(job.id).error.startswith("There is no")
