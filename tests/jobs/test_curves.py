"""Noise curves through the queue: the command's own, and only those that are not there yet."""

import msgspec
import pytest

from mnist_app import NotPossible, jobs, store
from mnist_app.evaluation.results import NoiseCurve
from mnist_app.jobs import trainer, trainings
from tests.jobs_stage import OTHER, OWNER, begin

KEYS = ("none", "median-3", "tiny-denoiser")


def test_the_curves_are_the_commands_and_an_interrupted_job_computes_those_that_are_missing(
    queue, small_mnist, tiny_model, save_denoiser, run, monkeypatch
):
    measured, measure = [], trainings.measure_noise_curves

    def measure_two(classifiers, denoiser, **options):
        measured.append(denoiser.key)
        if len(measured) == 3:
            raise NotPossible("The lamp went out")
        return measure(classifiers, denoiser, **options)

    monkeypatch.setattr(trainings, "measure_noise_curves", measure_two)
    save_denoiser()
    job = jobs.submit_curves(tiny_model, denoisers=KEYS, owner=OWNER)
    assert jobs.submit_curves(tiny_model, denoisers=KEYS, owner=OTHER) == job, "one job for all who want them"
    trainer.perform(begin(job))
    assert jobs.find(job.id).error == "The lamp went out."
    with pytest.raises(NotPossible, match="cannot be kept"):
        jobs.keep(job.id)
    trainer.perform(begin(jobs.resume(job.id)))
    job = jobs.find(job.id)
    assert (job.status, job.done, job.progress.fraction) == ("finished", KEYS, 1), job.error
    assert measured[3:] == ["tiny-denoiser"]
    stored = {curve.denoiser: curve for curve in store.noise_curves.list()}
    command = ("noise-curve", "--denoiser", "all", "--classifier", tiny_model.name, "--json")
    printed = msgspec.json.decode(run(*command)[1], type=list[NoiseCurve])
    assert stored == {curve.denoiser: curve for curve in printed if curve.denoiser in KEYS}
