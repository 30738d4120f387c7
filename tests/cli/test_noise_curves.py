"""Noise curves: what is counted, and what is stored."""

import msgspec
import numpy as np
import pytest

from mnist_app import noise, serving, store
from mnist_app.evaluation.results import GENERATED, NoiseCurve
from tests import tiny


def noise_curve(run, *arguments):
    code, output, _ = run("noise-curve", *arguments, "--json")
    assert code == 0
    return msgspec.json.decode(output, type=list[NoiseCurve])


def test_a_noise_curve_counts_what_is_guessed_right_after_the_denoiser(run, tiny_model, save_denoiser, labelled_mnist):
    (images, labels), denoiser = labelled_mnist, save_denoiser()
    asked = ("--denoiser", "tiny-denoiser", "--classifier", tiny_model.name, "--levels", "0.9", "0", "0.30", ".3")
    (curve,) = noise_curve(run, *asked, "--seed", "4")
    assert (curve.denoiser, curve.classifier) == ("tiny-denoiser", tiny_model.name)
    assert (curve.kind, curve.seed) == ("salt-and-pepper", 4)
    assert curve.levels == (0, 0.3, 0.9), "in order, each once"
    assert curve.counts == (2,) * 10
    for level, right, ratio in zip(curve.levels, curve.correct, curve.psnr, strict=True):
        cleaned = serving.open_model(denoiser).run(noise.corrupt(images, level=level, seed=4))
        guesses = serving.open_model(tiny_model).run(cleaned).argmax(1)
        assert right == tuple(np.bincount(labels[guesses == labels], minlength=10))
        assert ratio == pytest.approx(float(noise.psnr(cleaned, images).mean()))
    assert store.noise_curves.list() == (), "other levels than the page's"


def test_all_denoisers_and_all_classifiers_at_once_are_a_table(run, save_tiny, save_denoiser, labelled_mnist):
    models, _ = [save_tiny(accuracy=0.6), save_tiny(seed=1, accuracy=0.5)], save_denoiser()
    code, output, error = run("noise-curve", "--denoiser", "all", "--classifier", "all", "--levels", "0", "0.5")
    assert code == 0
    head, *rows = [line.split() for line in output.splitlines()]
    assert head == ["denoiser", "classifier", "0", "0.5"]
    denoisers = ("none", "median-3", "median-5", "tiny-denoiser")
    assert [row[:2] for row in rows] == [[denoiser, model.name] for denoiser in denoisers for model in models]
    assert all(share.endswith("%") for row in rows for share in row[2:])
    assert error.splitlines()[-1].startswith("noise curve of tiny-denoiser  100%")


def test_the_noise_curve_of_the_page_is_stored_with_the_networks_it_is_of(
    run, tiny_model, save_denoiser, labelled_mnist
):
    denoiser = save_denoiser()
    noise_curve(run, "--denoiser", "none", "--classifier", tiny_model.name, "--seed", "1")
    assert store.noise_curves.list() == (), "another seed than the page's"
    (printed,) = noise_curve(run, "--denoiser", "tiny-denoiser", "--classifier", tiny_model.name)
    assert printed.levels == noise.LEVELS
    assert store.noise_curves.list() == (printed,)
    assert printed.files == {
        "classifier": tiny_model.card.files[store.SERVING_FILE],
        "denoiser": denoiser.card.files[store.SERVING_FILE],
    }
    save_denoiser(serving=tiny.DENOISER_FILE.read_bytes() + b"\0")
    assert store.noise_curves.list() == (), "that denoiser is gone"


def test_on_generated_digits_only_the_curves_of_what_was_trained_on_them_are_stored(
    run, save_tiny, tiny_model, generated_digits
):
    asked = ("noise-curve", "--denoiser", "none", "--classifier", tiny_model.name)
    code, output, error = run(*asked)
    assert (code, output) == (1, "")
    assert "expected MNIST, found generated digits" in error
    assert run(*asked, "--levels", "0.1")[0] == 0, "what is only printed may be measured on any digits"
    own = save_tiny(data=GENERATED)
    code, output, error = run("noise-curve", "--denoiser", "none", "--classifier", "all")
    assert code == 0
    assert error.splitlines()[0].startswith("note: MNIST is not on this machine")
    assert "generated digits, not MNIST" in output
    (stored,) = store.noise_curves.list()
    assert (stored.classifier, stored.data) == (own.name, GENERATED)
