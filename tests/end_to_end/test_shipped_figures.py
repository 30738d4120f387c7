"""The shipped networks give the figures that they are shipped with, to the last image."""

import json

import pytest

from tests.end_to_end.conftest import ROOT

TOLERANCE = 1e-3
"""For a training: other processors add in another order, and 469 steps make a little more of that difference."""


def correct(answer):
    return sum(answer["confusion"][digit][digit] for digit in range(10))


@pytest.mark.mnist
def test_every_classifier_reads_exactly_as_many_test_images_as_it_did(house, golden):
    assert {key: correct(house.answer("evaluate", key)) for key in golden["correct"]} == golden["correct"]


@pytest.mark.training
def test_generated_digits_are_the_same_each_time(house, golden, tmp_path):
    """Made afresh, without a copy in the cache."""
    environment = {"MNIST_APP_DATA": "generated", "MNIST_APP_CACHE": str(tmp_path / "cache")}
    assert correct(house.answer("evaluate", "linear", **environment)) == golden["correct_on_generated"]["linear"]


@pytest.mark.mnist
@pytest.mark.parametrize("denoiser", ["none", "median-3", "autoencoder"])
def test_a_noise_curve_is_the_stored_one(house, golden, denoiser):
    expected = golden["noise_curves"][denoiser]
    asked = ("noise-curve", "--denoiser", denoiser, "--classifier", "linear", "--levels", *expected["levels"])
    (measured,) = house.answer(*asked)
    assert [sum(level) for level in measured["correct"]] == expected["correct"]
    (path,) = (ROOT / "models" / "noise-curves").glob(f"{denoiser}--linear-*.json")
    stored = json.loads(path.read_text("utf-8"))
    places = [stored["levels"].index(level) for level in expected["levels"]]
    assert measured["correct"] == [stored["correct"][place] for place in places]
    for place, psnr in zip(places, measured["psnr"], strict=True):
        assert psnr == (stored["psnr"][place] and pytest.approx(stored["psnr"][place])), "infinite is stored as null"


@pytest.mark.parametrize("validation", ["test", "held-out"])
def test_the_table_of_weight_decay_is_the_shipped_one(house, golden, validation):
    """It is printed at once, as nothing of it is missing; a training here would take longer than the limit."""
    table = house.answer("sweep", "--resume", "--validation", validation, patience=20, MNIST_APP_DATA="")
    expected = golden["weight_decay" if validation == "test" else "weight_decay_held_out"]
    assert [point["l2"] for point in table] == [float(factor) for factor in expected]
    for point in table:
        assert {name: point[name] for name in ("n", "mean", "sd")} == pytest.approx(expected[f"{point['l2']:g}"])


@pytest.mark.training
@pytest.mark.mnist
@pytest.mark.parametrize("key", ["linear", "mlp-64-64"])
def test_a_first_epoch_with_seed_0_is_what_it_was(house, golden, key):
    house.answer("train", key, "--epochs", 1, "--seed", 0)
    epochs = {name: values[0] for name, values in house.curve(f"{key}-")["epochs"].items()}
    assert epochs == pytest.approx(golden["first_epoch"][key], abs=TOLERANCE)
