"""The command line, run in this process: answers, exit codes, and one line for what goes wrong."""

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_app import data, ink, noise, serving, store
from mnist_app.__main__ import main
from mnist_app.evaluation.results import GENERATED, Epoch, History, NoiseCurve, Proportion
from mnist_app.recipes import RECIPES
from tests import drawings, tiny
from tests.drawings import ONE, SEVEN

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def shipped(monkeypatch):
    """The models that come with the project, and no others; the most accurate first."""
    monkeypatch.delenv(store.FOLDER_VARIABLE, raising=False)
    models = [m for m in store.list_models().models if m.card.recipe.task == "classify" and m.served]
    return sorted(models, key=lambda model: -model.card.test.value)


@pytest.fixture
def refused(run):
    """Runs a command that must fail: exit code 1, one line of error, no answer. Returns the line."""

    def refused(*arguments):
        code, output, error = run(*arguments)
        assert code == 1
        assert output == ""
        assert error.startswith("error: ")
        assert error.count("\n") == 1, error
        assert error.endswith("\n")
        return error

    return refused


def picture(path, lines, *, kind="dark on light", side=280):
    ink = np.round(drawings.drawn(lines) * 255).astype(np.uint8)
    if kind == "dark on light":
        image = Image.fromarray(255 - ink)
    elif kind == "light on dark":
        image = Image.fromarray(ink)
    else:
        image = Image.fromarray(np.dstack([np.zeros((280, 280, 3), np.uint8), ink]))
        assert image.mode == "RGBA"
    image.resize((side, side * 3 // 4)).save(path)
    return path


# recipes

SOURCES_THEN_OURS = sorted(RECIPES, key=lambda key: RECIPES[key].ours)


def test_the_recipes_are_listed_a_line_each(run):
    code, output, error = run("recipes")
    assert (code, error) == (0, "")
    lines = output.splitlines()
    assert [line.split()[0] for line in lines[1:]] == SOURCES_THEN_OURS
    assert "55,050" in next(line for line in lines if line.startswith("mlp-64-64"))


def test_the_recipes_as_json_hold_every_field(run, shipped):
    code, output, error = run("recipes", "--json")
    assert (code, error) == (0, "")
    listed = {entry["key"]: entry for entry in json.loads(output)}
    assert list(listed) == SOURCES_THEN_OURS
    assert [key for key in listed if listed[key]["ours"]][:2] == ["mlp-500-300-momentum", "cnn-best"]
    for key, recipe in RECIPES.items():
        assert listed[key].items() >= json.loads(json.dumps(recipe.to_json())).items()
        assert listed[key]["fingerprint"] == recipe.fingerprint
        assert listed[key]["parameters"] > 0
    for model in shipped:
        if store.name_of(RECIPES[model.card.recipe.key], 0) == model.name:
            assert listed[model.card.recipe.key]["test_accuracy"] == model.card.test.value
            assert listed[model.card.recipe.key]["seconds"] == model.card.seconds


def test_without_models_no_figure_is_measured(run, models_folder):
    _, output, _ = run("recipes", "--json")
    assert {entry["test_accuracy"] for entry in json.loads(output)} == {None}
    assert run("recipes")[0] == 0


def test_the_recipes_as_markdown_are_a_table(run):
    code, output, _ = run("recipes", "--markdown")
    assert code == 0
    lines = output.splitlines()
    assert len(lines) == 2 + len(RECIPES)
    assert {line.count("|") for line in lines} == {lines[0].count("|")}
    assert set(lines[1]) <= set("|- :")
    assert [line.split("|")[1].strip(" `") for line in lines[2:]] == SOURCES_THEN_OURS


# predict


@pytest.mark.parametrize("kind", ["dark on light", "light on dark", "transparent"])
@pytest.mark.parametrize(("lines", "digit"), [(ONE, 1), (SEVEN, 7)])
def test_a_digit_in_a_file_is_read_whatever_its_polarity(run, shipped, tmp_path, kind, lines, digit):
    code, output, error = run("predict", picture(tmp_path / "digit.png", lines, kind=kind), "--json")
    assert (code, error) == (0, "")
    (answer,) = json.loads(output)
    assert answer["digit"] == digit
    assert answer["model"] == shipped[0].name
    assert len(answer["probabilities"]) == 10
    assert sum(answer["probabilities"]) == pytest.approx(1, abs=1e-4)
    assert np.argmax(answer["probabilities"]) == digit


@pytest.mark.parametrize(("name", "side"), [("big.png", 3000), ("small.png", 40), ("photograph.jpg", 700)])
def test_a_file_of_any_size_is_read(run, shipped, tmp_path, name, side):
    code, output, _ = run("predict", picture(tmp_path / name, SEVEN, side=side), "--json")
    assert code == 0
    assert [answer["digit"] for answer in json.loads(output)] == [7]


def test_several_files_are_a_line_each(run, shipped, tmp_path):
    files = [picture(tmp_path / f"{digit}.png", lines) for digit, lines in ((1, ONE), (7, SEVEN))]
    code, output, error = run("predict", *files)
    assert (code, error) == (0, "")
    assert [line.split()[:3] for line in output.splitlines()[1:]] == [
        [str(file), shipped[0].card.recipe.key, digit] for file, digit in zip(files, "17", strict=True)
    ]


def test_one_network_or_all_can_be_asked(run, shipped, tmp_path):
    file = picture(tmp_path / "7.png", SEVEN)
    key = "mlp-64-64"
    code, output, _ = run("predict", file, "--model", key, "--json")
    assert code == 0
    assert [answer["model"] for answer in json.loads(output)] == [store.name_of(RECIPES[key], 0)]
    by_name = run("predict", file, "--model", store.name_of(RECIPES[key], 0), "--json")
    assert by_name[1] == output
    code, output, _ = run("predict", file, "--model", "all", "--json")
    assert code == 0
    assert [answer["model"] for answer in json.loads(output)] == [model.name for model in shipped]


def test_an_empty_picture_is_said_to_be_empty(run, shipped, tmp_path):
    Image.new("L", (100, 100), 255).save(tmp_path / "empty.png")
    code, output, _ = run("predict", tmp_path / "empty.png")
    assert code == 0
    assert "no ink found" in output
    (answer,) = json.loads(run("predict", tmp_path / "empty.png", "--json")[1])
    assert answer["digit"] is None
    assert answer["probabilities"] is None


@pytest.mark.parametrize("content", [b"", b"no image at all\n", b"\x89PNG\r\n\x1a\n then nothing"])
def test_a_file_that_is_no_image_is_an_error(refused, shipped, tmp_path, content):
    (tmp_path / "digit.png").write_bytes(content)
    good = picture(tmp_path / "good.png", ONE)
    assert "digit.png" in refused("predict", good, tmp_path / "digit.png")


def test_a_file_that_is_missing_or_a_folder_is_an_error(refused, shipped, tmp_path):
    assert "missing.png" in refused("predict", tmp_path / "missing.png")
    assert str(tmp_path) in refused("predict", tmp_path)


def test_an_unknown_model_is_an_error(refused, shipped, tmp_path):
    message = refused("predict", picture(tmp_path / "1.png", ONE), "--model", "mlp-64-65")
    assert "mlp-64-65" in message
    assert "mlp-64-64" in message, "the nearest key is offered"


def test_without_models_predict_and_evaluate_say_how_to_train(refused, models_folder, tmp_path):
    file = picture(tmp_path / "1.png", ONE)
    for arguments in (("predict", file), ("predict", file, "--model", "cnn"), ("evaluate", "cnn")):
        assert "python -m mnist_app train" in refused(*arguments)


def test_a_damaged_model_is_an_error_where_it_is_asked_and_none_elsewhere(refused, run, tiny_model, tmp_path):
    file = picture(tmp_path / "1.png", ONE)
    (tiny_model.folder / store.SERVING_FILE).write_bytes(b"nothing")
    assert tiny_model.name in refused("predict", file, "--model", tiny_model.name)
    assert run("recipes")[0] == 0


def test_a_model_that_was_trained_here_can_be_asked_by_its_folders_name(run, tiny_model, tmp_path):
    code, output, _ = run("predict", picture(tmp_path / "1.png", ONE), "--model", tiny_model.name, "--json")
    assert code == 0
    assert json.loads(output)[0]["model"] == tiny_model.name


# evaluate


@pytest.mark.mnist
def test_evaluate_finds_the_figure_of_the_card(run, shipped, mnist):
    model = next(model for model in shipped if model.card.recipe.key == "mlp-64-64")
    code, output, error = run("evaluate", "mlp-64-64", "--json")
    assert (code, error) == (0, "")
    answer = json.loads(output)
    assert answer["model"] == model.name
    assert answer["accuracy"] == pytest.approx(model.card.test.value, abs=2e-4)
    counts = np.array(answer["confusion"])
    assert counts.shape == (10, 10)
    assert counts.sum() == answer["n"] == 10_000
    assert np.trace(counts) / 10_000 == answer["accuracy"]
    assert answer["interval"][0] < answer["accuracy"] < answer["interval"][1]
    text = run("evaluate", "mlp-64-64")[1]
    assert f"{answer['accuracy']:.2%}" in text.replace("\N{NO-BREAK SPACE}", "")
    assert len(text.splitlines()) >= 12


# what cannot be trained


@pytest.fixture
def no_training(monkeypatch):
    """TensorFlow cannot be imported: what gets as far as training ends with ImportError."""
    for module in ("mnist_app.training", "tensorflow", "keras"):
        monkeypatch.setitem(sys.modules, module, None)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["mlp-64"], "mlp-64-64"),
        (["mlp-64-64", "--epochs", "0"], "epochs"),
        (["mlp-64-64", "--epochs", "-3"], "epochs"),
        (["mlp-64-64", "--epochs", "ten"], "epochs"),
        (["mlp-64-64", "--epochs", "1.5"], "epochs"),
        (["mlp-64-64", "--set", "batch_size=0"], "batch_size"),
        (["mlp-64-64", "--set", "learning_rate=nan"], "learning_rate"),
        (["mlp-64-64", "--set", "learning_rate=inf"], "learning_rate"),
        (["mlp-64-64", "--set", "l2=-1"], "l2"),
        (["mlp-64-64", "--set", "hidden=0"], "hidden"),
        (["mlp-64-64", "--set", "optimizer=magic"], "optimizer"),
        (["mlp-64-64", "--set", "filters=3"], "filters"),
        (["mlp-64-64", "--set", "learning_rat=1"], "learning_rate"),
        (["mlp-64-64", "--set", "nonsense"], "field=value"),
        (["mlp-64-64", "--set", "=1"], "field"),
        (["mlp-64-64", "--seed", "-1"], "seed"),
        (["mlp-64-64", "--seed", "2147483648"], "2147483648"),
        (["cnn", "--set", "kernel=7", "--set", "filters=8,8,8"], "cnn"),
    ],
    ids=lambda value: "_".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_trained_is_refused_before_anything_is_written(
    refused, models_folder, small_mnist, no_training, arguments, expected
):
    assert expected in refused("train", *arguments)
    assert not models_folder.exists()


def test_a_models_folder_that_cannot_be_written_is_refused_before_training(refused, tmp_path, monkeypatch, small_mnist):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(tmp_path / "file"))
    monkeypatch.setattr(store, "SHIPPED", tmp_path / "none")
    began = time.monotonic()
    message = refused("train", "mlp-64-64", "--epochs", "500")
    assert str(tmp_path / "file") in message
    assert store.FOLDER_VARIABLE in message
    assert time.monotonic() - began < 60, "it was trained first"


def test_a_missing_data_file_is_refused_with_a_remedy(refused, models_folder, no_mnist, no_training, monkeypatch):
    monkeypatch.setenv("MNIST_APP_DATA", "/nowhere/mnist.npz")
    message = refused("train", "mlp-64-64")
    assert "/nowhere/mnist.npz" in message
    assert "MNIST_APP_DATA" in message
    assert not models_folder.exists()


@pytest.mark.parametrize("arguments", [[], ["fly"], ["predict"], ["train"], ["train", "cnn", "--seed", "x"]])
def test_a_command_line_that_cannot_be_read_ends_with_usage(capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: python -m mnist_app" in capsys.readouterr().err


# in a process of its own


def command(*arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-m", "mnist_app", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {name: str(value) for name, value in environment.items()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_the_module_runs_and_its_exit_code_counts(tmp_path):
    file = picture(tmp_path / "7.png", SEVEN)
    with command("predict", file, "--json") as good, command("predict", tmp_path / "none.png") as bad:
        output, error = good.communicate(timeout=60)
        assert (good.returncode, error) == (0, "")
        assert json.loads(output)[0]["digit"] == 7
        output, error = bad.communicate(timeout=60)
        assert (bad.returncode, output) == (1, "")
        assert error.startswith("error: ")
        assert error.count("\n") == 1


SMALL = ("train", "mlp-64-64", "--epochs", "1", "--set", "images=2000")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The same small training twice, in processes and folders of their own: (folder, printed JSON, error stream)."""
    runs = []
    for attempt in "ab":
        folder = tmp_path_factory.mktemp(attempt)
        with command(*SMALL, "--json", MNIST_APP_MODELS=folder) as process:
            output, error = process.communicate(timeout=300)
        assert process.returncode == 0, error
        runs.append((folder, json.loads(output), error))
    return runs


@pytest.mark.training
@pytest.mark.mnist
def test_a_small_training_is_stored_whole(trained):
    folder, answer, error = trained[0]
    (model,) = folder.iterdir()
    assert model.name == answer["name"]
    assert {path.name for path in model.iterdir()} == {"model.keras", "model.tflite", "card.json", "history.json"}
    card = json.loads((model / "card.json").read_text())
    assert {"name": model.name, **card} == answer
    assert card["test"]["n"] == 10_000
    assert card["test"]["accuracy"] > 0.5, "2,000 images teach more than chance"
    assert [line.split()[0] for line in error.splitlines()] == ["mlp-64-64"], "one line of progress for one epoch"


@pytest.mark.training
@pytest.mark.mnist
def test_the_same_seed_gives_the_same_curve_to_the_last_digit(trained):
    histories = [json.loads((folder / answer["name"] / "history.json").read_text()) for folder, answer, _ in trained]
    for history in histories:
        del history["epochs"]["seconds"]
    assert histories[0]["epochs"]["loss"][0] > 0
    assert histories[0] == histories[1]
    assert trained[0][1]["test"] == trained[1][1]["test"]


@pytest.mark.training
@pytest.mark.mnist
def test_what_was_trained_is_evaluated_and_guesses(trained, run, monkeypatch, tmp_path):
    folder, answer, _ = trained[0]
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(folder))
    monkeypatch.setattr(store, "SHIPPED", tmp_path / "none")
    code, output, _ = run("evaluate", answer["name"], "--json")
    assert code == 0
    assert json.loads(output)["accuracy"] == answer["test"]["accuracy"]
    code, output, _ = run("predict", picture(tmp_path / "1.png", ONE), "--json")
    assert code == 0
    assert json.loads(output)[0]["model"] == answer["name"]


@pytest.mark.training
@pytest.mark.mnist
def test_an_interrupted_training_leaves_nothing(tmp_path):
    with command("train", "mlp-64-64", "--epochs", "200", MNIST_APP_MODELS=tmp_path / "models") as process:
        try:
            first = process.stderr.readline()
            assert first.startswith("mlp-64-64"), first + process.stderr.read()
            process.send_signal(signal.SIGINT)
            output, error = process.communicate(timeout=60)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
    assert process.returncode == 130
    assert output == ""
    assert "Traceback" not in error
    assert error.splitlines()[-1] == "error: stopped; nothing was saved."
    assert list((tmp_path / "models").iterdir()) == []


# noise and denoisers


def judged(model, images):
    return serving.open_model(model).run(images)


def seen(file):
    """The image float32 (1, 28, 28, 1) that the networks are given of a file."""
    return ink.centre(ink.ink_of_file(file)).image[np.newaxis]


def probabilities(run, *arguments):
    code, output, error = run("predict", *arguments, "--json")
    assert (code, error) == (0, "")
    return [answer["probabilities"] for answer in json.loads(output)]


def test_noise_of_level_0_changes_nothing(run, tiny_model, tmp_path):
    file = picture(tmp_path / "7.png", SEVEN)
    plain = run("predict", file, "--json")
    assert plain[0] == 0
    assert plain == run("predict", file, "--level", "0", "--denoiser", "none", "--seed", "5", "--json")
    (answer,) = json.loads(plain[1])
    assert (answer["level"], answer["denoiser"]) == (0, "none")
    np.testing.assert_allclose(answer["probabilities"], judged(tiny_model, seen(file))[0], atol=1e-6)


def test_the_noise_is_that_of_the_level_and_the_seed(run, tiny_model, tmp_path):
    file = picture(tmp_path / "7.png", SEVEN)
    for seed in (0, 5):
        noisy = noise.corrupt(seen(file), level=0.3, seed=seed)
        (found,) = probabilities(run, file, "--level", "0.3", "--seed", seed)
        np.testing.assert_allclose(found, judged(tiny_model, noisy)[0], atol=1e-6)
    assert probabilities(run, file, "--level", "0.3") != [found]


def test_nothing_of_the_picture_is_left_at_level_1(run, tiny_model, tmp_path):
    one, seven = picture(tmp_path / "1.png", ONE), picture(tmp_path / "7.png", SEVEN)
    asked = ("--level", "1", "--denoiser", "median-3")
    assert probabilities(run, one, *asked) == probabilities(run, seven, *asked)
    assert probabilities(run, one) != probabilities(run, seven)
    first, second = probabilities(run, one, one, *asked)
    assert first != second, "each file has noise of its own"


@pytest.mark.parametrize("key", ["median-3", "median-5", "tiny-denoiser"])
def test_a_denoiser_cleans_before_the_guess(run, tiny_model, save_denoiser, tmp_path, key):
    file, denoiser = picture(tmp_path / "7.png", SEVEN), save_denoiser()
    noisy = noise.corrupt(seen(file), level=0.4)
    if key == "tiny-denoiser":
        cleaned = serving.open_model(denoiser).run(noisy)
    else:
        cleaned = noise.median_filter(noisy, size=int(key[-1]))
    code, output, _ = run("predict", file, "--level", "0.4", "--denoiser", key, "--json")
    assert code == 0
    (answer,) = json.loads(output)
    assert (answer["level"], answer["denoiser"], answer["model"]) == (0.4, key, tiny_model.name)
    np.testing.assert_allclose(answer["probabilities"], judged(tiny_model, cleaned)[0], atol=1e-6)
    assert abs(judged(tiny_model, cleaned) - judged(tiny_model, noisy)).max() > 1e-4, "it does something"


def test_an_empty_picture_stays_empty_with_noise(run, tiny_model, tmp_path):
    Image.new("L", (100, 100), 255).save(tmp_path / "empty.png")
    code, output, _ = run("predict", tmp_path / "empty.png", "--level", "0.5", "--denoiser", "median-3")
    assert code == 0
    assert "no ink found" in output


BAD_LEVELS = ["nan", "1.5", "-0.1", "inf", "much", ""]


@pytest.mark.parametrize("level", BAD_LEVELS)
def test_a_level_that_is_none_is_an_error(refused, tiny_model, small_mnist, tmp_path, level):
    file = picture(tmp_path / "7.png", SEVEN)
    message = refused("predict", file, f"--level={level}")
    assert f"expected a number from 0 to 1, found {level}" in message or not level
    curve = ("noise-curve", "--denoiser", "none", "--classifier", tiny_model.name, "--levels", "0.1")
    if not level.startswith("-"):
        assert "expected a number from 0 to 1" in refused(*curve, level)


def test_an_impossible_seed_of_the_noise_is_an_error(refused, tiny_model, tmp_path):
    assert "seed" in refused("predict", picture(tmp_path / "7.png", SEVEN), "--level", "0.5", "--seed", "-1")


def test_an_unknown_denoiser_is_an_error(refused, tiny_model, save_denoiser, small_mnist, tmp_path):
    save_denoiser()
    file = picture(tmp_path / "7.png", SEVEN)
    for key in ("median-7", tiny_model.name):
        for arguments in (("predict", file), ("noise-curve", "--classifier", tiny_model.name)):
            message = refused(*arguments, "--denoiser", key)
            assert f"There is no denoiser '{key}': expected one of none, median-3, median-5, tiny-denoiser" in message


def test_a_denoiser_in_a_classifiers_place_is_an_error(refused, tiny_model, save_denoiser, small_mnist, tmp_path):
    name = save_denoiser().name
    for arguments in (
        ("predict", picture(tmp_path / "7.png", SEVEN), "--model", name),
        ("evaluate", name),
        ("noise-curve", "--denoiser", "none", "--levels", "0", "--classifier", name),
    ):
        assert "expected" in refused(*arguments)


def test_a_denoiser_that_does_not_load_hinders_only_who_asks_for_it(refused, run, tiny_model, save_denoiser, tmp_path):
    file = picture(tmp_path / "7.png", SEVEN)
    name = save_denoiser(serving=b"no network").name
    assert name in refused("predict", file, "--denoiser", "tiny-denoiser")
    assert run("predict", file)[0] == 0
    assert run("predict", file, "--level", "0.2", "--denoiser", "median-3")[0] == 0


def noise_curve(run, *arguments):
    code, output, _ = run("noise-curve", *arguments, "--json")
    assert code == 0
    return [NoiseCurve.from_json(plain) for plain in json.loads(output)]


@pytest.fixture
def all_digits(small_mnist, tmp_path, monkeypatch):
    """The 20 stand-ins for test images, with labels among which every digit is twice: images and labels."""
    small_mnist["y_test"] = np.arange(20, dtype=np.uint8) % 10
    np.savez_compressed(tmp_path / "mnist.npz", **small_mnist)
    monkeypatch.setitem(data.ARRAYS, "y_test", ((20,), hashlib.sha256(small_mnist["y_test"].tobytes()).hexdigest()))
    return data.as_images(small_mnist["x_test"]), small_mnist["y_test"]


def test_a_noise_curve_counts_what_is_guessed_right_after_the_denoiser(run, tiny_model, save_denoiser, all_digits):
    images, labels = all_digits
    save_denoiser()
    found = noise_curve(
        run, "--denoiser", "tiny-denoiser", "--classifier", tiny_model.name, "--levels", "0.9", "0", "0.30", ".3",
        "--seed", "4",
    )  # fmt: skip
    (curve,) = found
    assert (curve.denoiser, curve.classifier) == ("tiny-denoiser", tiny_model.name)
    assert (curve.kind, curve.seed) == ("salt-and-pepper", 4)
    assert curve.levels == (0, 0.3, 0.9), "in order, each once"
    assert curve.counts == (2,) * 10
    for level, right, ratio in zip(curve.levels, curve.correct, curve.psnr, strict=True):
        cleaned = judged(save_denoiser(), noise.corrupt(images, level=level, seed=4))
        hits = labels[judged(tiny_model, cleaned).argmax(1) == labels]
        assert right == tuple(np.bincount(hits, minlength=10))
        assert ratio == pytest.approx(float(noise.psnr(cleaned, images).mean()))


def test_a_noise_curve_without_a_denoiser_has_no_psnr_at_level_0(run, tiny_model, all_digits):
    images, _ = all_digits
    (curve,) = noise_curve(run, "--denoiser", "none", "--classifier", tiny_model.name, "--levels", "0", "1")
    assert curve.psnr == (None, pytest.approx(float(noise.psnr(noise.corrupt(images, level=1), images).mean())))


def test_a_noise_curve_as_text_is_a_table_of_percentages(run, tiny_model, all_digits):
    code, output, error = run(
        "noise-curve", "--denoiser", "median-3", "--classifier", tiny_model.name, "--levels", "0", "0.5"
    )
    assert code == 0
    head, row = output.splitlines()
    assert head.split() == ["denoiser", "classifier", "0", "0.5"]
    assert row.split()[:2] == ["median-3", tiny_model.name]
    assert all(share.endswith("%") for share in row.split()[2:])
    assert error.splitlines()[-1].startswith("noise curve of median-3  100%")


def test_all_denoisers_and_all_classifiers_at_once(run, save_tiny, save_denoiser, all_digits):
    models, _ = [save_tiny(accuracy=0.6), save_tiny(seed=1, accuracy=0.5)], save_denoiser()
    found = noise_curve(run, "--denoiser", "all", "--classifier", "all", "--levels", "0.5")
    assert [(curve.denoiser, curve.classifier) for curve in found] == [
        (denoiser, model.name) for denoiser in ("none", "median-3", "median-5", "tiny-denoiser") for model in models
    ]


@pytest.mark.parametrize("asked", [("--levels", "0", "0.5", "1"), ("--seed", "1")])
def test_a_noise_curve_of_other_levels_or_another_seed_is_only_printed(run, tiny_model, all_digits, asked):
    noise_curve(run, "--denoiser", "none", "--classifier", tiny_model.name, *asked)
    assert store.list_noise_curves() == ()
    assert [path.name for path in store.own_folder().iterdir()] == [tiny_model.name]


def test_the_noise_curve_of_the_page_is_stored_with_the_networks_it_is_of(run, tiny_model, save_denoiser, all_digits):
    denoiser = save_denoiser()
    (printed,) = noise_curve(run, "--denoiser", "tiny-denoiser", "--classifier", tiny_model.name)
    assert printed.levels == noise.LEVELS
    assert store.list_noise_curves() == (printed,)
    assert dict(printed.files) == {
        "classifier": tiny_model.card.files[store.SERVING_FILE],
        "denoiser": denoiser.card.files[store.SERVING_FILE],
    }
    (bare,) = noise_curve(run, "--denoiser", "none", "--classifier", tiny_model.name)
    assert dict(bare.files) == {"classifier": tiny_model.card.files[store.SERVING_FILE]}
    assert set(store.list_noise_curves()) == {printed, bare}
    save_denoiser(serving=tiny.DENOISER_FILE.read_bytes() + b"\0")
    assert store.list_noise_curves() == (bare,)


def test_where_it_cannot_be_stored_the_noise_curve_is_not_computed_in_vain(run, tiny_model, all_digits, monkeypatch):
    """Refused before the minutes that it takes, or printed all the same."""
    blocked = tiny_model.folder.parent.parent / "file"
    blocked.write_text("not a folder")
    monkeypatch.setattr(store, "SHIPPED", tiny_model.folder.parent)
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(blocked))
    code, output, error = run("noise-curve", "--denoiser", "none", "--classifier", tiny_model.name, "--json")
    assert code == 1
    assert str(blocked) in error.splitlines()[-1]
    assert output or "noise curve of none" not in error


def test_a_noise_curve_needs_mnist_and_a_model(refused, models_folder, no_mnist, monkeypatch):
    monkeypatch.setenv(data.PATH_VARIABLE, "/nowhere/mnist.npz")
    assert "/nowhere/mnist.npz" in refused("noise-curve", "--denoiser", "none", "--classifier", "cnn")


def test_a_noise_curve_of_what_is_not_trained_says_how_to_train_it(refused, models_folder, all_digits):
    for classifier in ("cnn", "all"):
        message = refused("noise-curve", "--denoiser", "none", "--classifier", classifier)
        assert "python -m mnist_app train" in message


@pytest.mark.parametrize("missing", [("--denoiser", "none"), ("--classifier", "cnn")])
def test_a_noise_curve_of_nothing_ends_with_usage(capsys, missing):
    with pytest.raises(SystemExit) as ended:
        main(["noise-curve", *missing])
    assert ended.value.code == 2


# without MNIST


def test_a_noise_curve_on_generated_digits_is_kept_only_of_what_was_trained_on_them(
    run, save_tiny, tiny_model, generated_digits
):
    own = save_tiny(data=GENERATED)
    code, output, error = run("noise-curve", "--denoiser", "none", "--classifier", "all")
    assert code == 0
    assert error.splitlines()[0].startswith("note: MNIST is not on this machine")
    assert "generated digits, not MNIST" in output
    assert [line.split()[1] for line in output.splitlines()[1:3]] == [tiny_model.name, own.name]
    (kept,) = store.list_noise_curves()
    assert (kept.classifier, kept.data) == (own.name, GENERATED)


def test_a_noise_curve_that_could_not_be_kept_is_refused_at_once(run, tiny_model, generated_digits):
    code, output, error = run("noise-curve", "--denoiser", "none", "--classifier", tiny_model.name)
    assert (code, output) == (1, "")
    assert "on other digits than their classifier was trained on: expected MNIST, found generated digits" in error
    looked_at = ("noise-curve", "--denoiser", "none", "--classifier", tiny_model.name, "--levels", "0.1")
    assert run(*looked_at)[0] == 0, "what is only printed may be measured on any digits"


def test_evaluating_on_generated_digits_says_so(run, tiny_model, generated_digits):
    code, output, error = run("evaluate", tiny_model.name)
    assert code == 0
    assert "n = 100 generated digits, not MNIST" in output
    assert error.startswith("note: ")
    assert error.count("\n") == 1
    _, output, _ = run("evaluate", tiny_model.name, "--json")
    assert json.loads(output)["data"] == GENERATED


def test_the_most_accurate_model_is_one_of_mnist_where_there_is_one(run, save_tiny, tmp_path):
    file = picture(tmp_path / "7.png", SEVEN)
    own = save_tiny(seed=1, accuracy=0.99, data=GENERATED)
    assert own.name in run("predict", file)[1]
    best = save_tiny(accuracy=0.6)
    assert best.name in run("predict", file)[1]


def test_a_recipes_figure_is_never_that_of_generated_digits(run, models_folder):
    with store.saving(RECIPES["linear"], seed=0) as draft:
        history = History((Epoch(0.5, 0.8, 0.4, 0.9, 1.5),), ())
        draft.finish(history=history, parameters=1, seconds=1, data=GENERATED, test=Proportion(0.9, 10_000))
    _, output, _ = run("recipes", "--json")
    assert {entry["test_accuracy"] for entry in json.loads(output)} == {None}
