"""Guesses of image files and of the test images."""

import json

import numpy as np
import pytest
from PIL import Image

from mnist_app import ink, noise, serving, store
from mnist_app.evaluation import calibration
from mnist_app.evaluation.results import GENERATED
from mnist_app.recipes import RECIPES
from tests.drawings import ONE, SEVEN, moved
from tests.rejection import rejection_of, save_features


def probabilities_of(model, images):
    return serving.open_model(model).run(images)


def centred(file):
    """The image float32 (1, 28, 28, 1) that the networks are given of a file."""
    return ink.centre(ink.ink_of_file(file)).image[np.newaxis]


def predicted(run, *arguments):
    code, output, error = run("predict", *arguments, "--json")
    assert (code, error) == (0, "")
    return json.loads(output)


@pytest.mark.parametrize(("lines", "digit"), [(ONE, 1), (SEVEN, 7)])
def test_a_digit_in_a_file_is_read_whatever_its_size(run, shipped, picture, lines, digit):
    files = [picture(lines, "small.png", side=40), picture(lines, "photograph.jpg", side=3000)]
    for answer in predicted(run, *files):
        assert answer["digit"] == digit == np.argmax(answer["probabilities"])
        assert answer["model"] == shipped[0].name
    code, output, error = run("predict", *files)
    assert (code, error) == (0, "")
    lines = [line.split()[:3] for line in output.splitlines()[1:]]
    assert lines == [[str(file), shipped[0].name, str(digit)] for file in files]


def test_several_digits_of_a_file_are_read_in_turn(run, shipped, picture):
    lines = (*moved(ONE, scale=0.5, to=(100, 80)), *moved(SEVEN, scale=0.5, to=(0, 80)))
    assert [answer["digit"] for answer in predicted(run, picture(lines))] == [7, 1]


def test_one_network_or_all_can_be_asked(run, shipped, picture):
    file, name = picture(SEVEN), store.name_of(RECIPES["mlp-64-64"], 0)
    (answer,) = predicted(run, file, "--model", "mlp-64-64")
    assert answer["model"] == name
    assert predicted(run, file, "--model", name) == [answer]
    assert [each["model"] for each in predicted(run, file, "--model", "all")] == [model.name for model in shipped]


def test_an_empty_picture_is_said_to_be_empty(run, tiny_model, tmp_path):
    Image.new("L", (100, 100), 255).save(tmp_path / "empty.png")
    code, output, _ = run("predict", tmp_path / "empty.png", "--level", "0.5")
    assert code == 0
    assert "no ink found" in output
    (answer,) = predicted(run, tmp_path / "empty.png")
    assert answer["digit"] is answer["probabilities"] is None


def test_a_file_that_is_no_image_is_an_error(fails, tiny_model, picture, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n then nothing")
    for name in ("bad.png", "none.png"):
        assert name in fails("predict", picture(ONE), tmp_path / name)


def test_a_model_that_is_not_here_is_an_error(fails, models_folder, picture):
    message = fails("predict", picture(ONE), "--model", "mlp-64-65")
    assert "mlp-64-65" in message
    assert "mlp-64-64" in message, "the nearest key is offered"
    for arguments in (("predict", picture(ONE)), ("evaluate", "cnn")):
        assert "python -m mnist_app train" in fails(*arguments)


def test_what_is_damaged_is_an_error_only_where_it_is_asked(fails, run, save_tiny, save_denoiser, picture):
    file, whole, name = picture(ONE), save_tiny(accuracy=0.6), save_tiny(seed=1, serving=b"nothing").name
    assert name in fails("predict", file, "--model", name)
    assert save_denoiser(serving=b"nothing").name in fails("predict", file, "--denoiser", "tiny-denoiser")
    assert predicted(run, file, "--level", "0.2", "--denoiser", "median-3")[0]["model"] == whole.name


def test_the_most_accurate_model_is_one_of_mnist_where_there_is_one(run, save_tiny, picture):
    file, own = picture(SEVEN), save_tiny(seed=1, accuracy=0.99, data=GENERATED)
    assert predicted(run, file)[0]["model"] == own.name
    best = save_tiny(accuracy=0.6)
    assert predicted(run, file)[0]["model"] == best.name


# with noise


def test_the_noise_is_that_of_the_level_and_the_seed(run, tiny_model, picture):
    file = picture(SEVEN)
    (plain,) = predicted(run, file)
    assert predicted(run, file, "--level", "0", "--seed", "5") == [plain]
    for seed in (0, 5):
        noisy = noise.corrupt(centred(file), level=0.3, seed=seed)
        (answer,) = predicted(run, file, "--level", "0.3", "--seed", seed)
        np.testing.assert_allclose(answer["probabilities"], probabilities_of(tiny_model, noisy)[0], atol=1e-6)
    first, second = predicted(run, file, file, "--level", "1")
    assert first["probabilities"] != second["probabilities"], "each file has noise of its own"


def test_a_denoiser_cleans_before_the_guess(run, tiny_model, save_denoiser, picture):
    file, denoiser = picture(SEVEN), save_denoiser()
    cleaned = serving.open_model(denoiser).run(noise.corrupt(centred(file), level=0.4))
    (answer,) = predicted(run, file, "--level", "0.4", "--denoiser", "tiny-denoiser")
    assert (answer["level"], answer["denoiser"], answer["model"]) == (0.4, "tiny-denoiser", tiny_model.name)
    np.testing.assert_allclose(answer["probabilities"], probabilities_of(tiny_model, cleaned)[0], atol=1e-6)


def test_an_unknown_denoiser_is_an_error(fails, tiny_model, save_denoiser, picture):
    save_denoiser()
    message = fails("predict", picture(SEVEN), "--denoiser", tiny_model.name)
    assert f"There is no denoiser '{tiny_model.name}': expected one of none, median-3, median-5, tiny-den" in message


def test_a_denoiser_in_a_classifiers_place_is_an_error(fails, tiny_model, save_denoiser, picture):
    name = save_denoiser().name
    assert "expected a classifier" in fails("predict", picture(SEVEN), "--model", name)
    assert "expected a classifier" in fails("evaluate", name)


# after calibration


@pytest.mark.parametrize("rejected", [True, False])
def test_a_calibrated_model_tells_its_score(run, save_tiny, picture, rejected):
    file, model = picture(SEVEN), save_features(save_tiny)
    (bare,) = predicted(run, file)
    assert "score" not in bare
    store.rejections.save(rejection_of(model, threshold=-1e6 if rejected else 1e6, temperature=2.0))
    (answer,) = predicted(run, file)
    assert (answer["rejected"], answer["digit"]) == (rejected, bare["digit"])
    expected = calibration.temperature_scale(np.array([bare["probabilities"]]), 2.0)[0]
    np.testing.assert_allclose(answer["probabilities"], expected, atol=1e-5)
    assert ("looks like no digit" in run("predict", file)[1]) is rejected


# the test images


def test_evaluating_on_generated_digits_says_so(run, tiny_model, generated_digits):
    code, output, error = run("evaluate", tiny_model.name)
    assert code == 0
    assert "n = 100 generated digits, not MNIST" in output
    assert error.startswith("note: MNIST is not on this machine")
    assert error.count("\n") == 1
    assert len(output.splitlines()) == 13, "a table of ten digits"
    assert json.loads(run("evaluate", tiny_model.name, "--json")[1])["data"] == GENERATED
