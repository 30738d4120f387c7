"""Denoisers: the classical ones, trained ones from stored models, and what is no denoiser."""

import json

import numpy as np
import pytest

from mnist_app import Damaged, NotFound, noise, serving, store
from mnist_app.recipes import RECIPES
from mnist_app.serving import denoisers
from tests import tiny, tiny_latent

NOISY = noise.corrupt(tiny.images(4), level=0.3)
VARIATION = tiny.DENOISER.changed(epochs=2)


def other_network():
    """The tiny denoiser with one byte more, which LiteRT does not mind: another checksum."""
    return tiny.DENOISER_FILE.read_bytes() + b"\0"


def keys_of(found):
    return [denoiser.key for denoiser in found]


def test_the_classical_ones_do_what_their_names_say():
    none, median_3, median_5 = denoisers.CLASSICAL
    assert keys_of(denoisers.CLASSICAL) == ["none", "median-3", "median-5"]
    np.testing.assert_array_equal(none.run(NOISY), NOISY)
    np.testing.assert_array_equal(median_3.run(NOISY), noise.median_filter(NOISY, size=3))
    np.testing.assert_array_equal(median_5.run(NOISY), noise.median_filter(NOISY, size=5))
    assert not np.array_equal(median_3.run(NOISY), median_5.run(NOISY))
    assert [denoiser.checksum for denoiser in denoisers.CLASSICAL] == ["", "", ""]


def test_a_trained_one_answers_as_keras_does(save_denoiser):
    model = save_denoiser()
    (denoiser,) = denoisers.trained((model,))
    assert (denoiser.key, denoiser.title) == ("tiny-denoiser", "Tiny denoiser")
    assert denoiser.checksum == model.card.files[store.SERVING_FILE]
    cleaned = denoiser.run(tiny.images(3))
    assert (cleaned.shape, cleaned.dtype) == ((3, 28, 28, 1), np.float32)
    assert 0 <= cleaned.min() < cleaned.max() <= 1
    answers = np.array(json.loads(tiny.DENOISER_ANSWERS_FILE.read_text("utf-8")))
    np.testing.assert_allclose(cleaned[:, tiny.ROW, :, 0], answers, atol=1e-5)
    assert answers.std(0).max() > 0.01, "the three answers differ"


@pytest.mark.training
def test_a_fresh_export_answers_as_keras_does(tmp_path):
    answers = tiny.export(tmp_path, tiny.DENOISER)
    np.testing.assert_allclose(serving.Network(tmp_path / "model.tflite").run(tiny.images(3)), answers, atol=1e-5)


def test_what_was_not_trained_to_denoise_is_no_denoiser(tiny_model, save_denoiser):
    plain = save_denoiser(tiny.DENOISER.changed(noise_level=0))
    models = (tiny_model, plain, save_denoiser(), tiny_latent.save("cvae"))
    assert keys_of(denoisers.trained(models)) == ["tiny-denoiser"]
    for key in ("median-7", tiny_model.name, plain.name):
        with pytest.raises(NotFound) as caught:
            denoisers.get(key, models)
        assert f"There is no denoiser {key!r}: expected one of none, median-3, median-5, tiny-" in str(caught.value)
        assert "python -m mnist_app train autoencoder" in str(caught.value)


def test_two_of_one_recipe_have_different_keys_and_titles(save_denoiser):
    first, second, third = save_denoiser(), save_denoiser(seed=1), save_denoiser(VARIATION, seed=1)
    found = denoisers.trained((first, second, third))
    assert keys_of(found) == ["tiny-denoiser", second.name, third.name]
    assert len({denoiser.title for denoiser in found}) == 3
    assert found[1].title == f"Tiny denoiser, {tiny.DENOISER.fingerprint}, seed 1"
    assert denoisers.get(third.name, (first, second, third)).title == found[2].title


def test_the_declared_experiment_keeps_its_key_whatever_else_was_trained(save_denoiser):
    """Stored curves go by the key: a variation that is listed first must not take the declared one's."""
    declared = RECIPES["autoencoder"]
    earlier = next(
        variation
        for variation in (declared.changed(epochs=epochs) for epochs in range(1, 500))
        if variation.fingerprint < declared.fingerprint
    )
    ours, theirs = save_denoiser(declared, seed=2), save_denoiser(earlier, serving=other_network())
    assert [model.name for model in store.list_models().models] == [theirs.name, ours.name]
    found = {denoiser.key: denoiser for denoiser in denoisers.trained(store.list_models().models)}
    assert list(found) == ["autoencoder", theirs.name]
    assert found["autoencoder"].checksum == ours.card.files[store.SERVING_FILE]
    assert found["autoencoder"].title == "Autoencoder"
    assert found[theirs.name].title == f"Autoencoder, epochs {earlier.epochs}"


def test_one_whose_weights_are_not_here_is_left_out(save_denoiser):
    bare, whole = save_denoiser(served=False), save_denoiser(seed=1)
    assert not bare.served
    (found,) = denoisers.trained((bare, whole))
    assert (found.key, found.checksum) == ("tiny-denoiser", whole.card.files[store.SERVING_FILE])
    assert denoisers.trained((bare,)) == ()


def test_one_that_does_not_load_hinders_no_other(save_denoiser):
    models = (save_denoiser(serving=b"no network"), save_denoiser(seed=1))
    with pytest.raises(Damaged, match=models[0].name):
        denoisers.trained(models)
    np.testing.assert_array_equal(denoisers.get("none", models).run(NOISY), NOISY)
