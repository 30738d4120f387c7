"""The command that trains: what is stored, what is refused before anything is written, and Ctrl+C."""

import contextlib
import json
import signal
import sys

import pytest

from mnist_app import store
from tests.cli.conftest import start


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
        (["mlp-64-64", "--epochs", "1.5"], "epochs"),
        (["mlp-64-64", "--set", "learning_rate=nan"], "learning_rate"),
        (["mlp-64-64", "--set", "optimizer=magic"], "optimizer"),
        (["mlp-64-64", "--set", "learning_rat=1"], "learning_rate"),
        (["mlp-64-64", "--set", "nonsense"], "field=value"),
        (["mlp-64-64", "--set", "=1"], "field"),
        (["cnn", "--set", "kernel=7", "--set", "filters=8,8,8"], "smaller kernel"),
    ],
    ids=lambda value: "_".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_trained_is_refused_before_anything_is_written(
    fails, models_folder, small_mnist, no_training, arguments, expected
):
    assert expected in fails("train", *arguments)
    assert not models_folder.exists()


def test_a_missing_data_file_is_refused_with_a_remedy(fails, models_folder, no_mnist, no_training, monkeypatch):
    monkeypatch.setenv("MNIST_APP_DATA", "/nowhere/mnist.npz")
    message = fails("train", "mlp-64-64")
    assert "/nowhere/mnist.npz" in message
    assert "MNIST_APP_DATA" in message
    assert not models_folder.exists()


@pytest.mark.training
def test_a_models_folder_that_cannot_be_written_is_refused_before_training(fails, tmp_path, monkeypatch, small_mnist):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(tmp_path / "file"))
    monkeypatch.setattr(store.folders, "SHIPPED", tmp_path / "none")
    message = fails("train", "mlp-64-64", "--epochs", "500")
    assert str(tmp_path / "file") in message
    assert store.FOLDER_VARIABLE in message


@pytest.mark.training
@pytest.mark.mnist
def test_a_training_is_stored_whole_and_is_the_same_again(run, monkeypatch, tmp_path):
    small = ("train", "mlp-64-64", "--epochs", "1", "--set", "images=1000", "--set", "batch_size=16", "--json")
    answers, histories = [], []
    for folder in (tmp_path / "a", tmp_path / "b"):
        with start(*small, MNIST_APP_MODELS=folder) as process:
            output, error = process.communicate(timeout=300)
        assert process.returncode == 0, error
        assert [line.split()[0] for line in error.splitlines()] == ["mlp-64-64"], "a line of progress for an epoch"
        answers.append(json.loads(output))
        (model,) = folder.iterdir()
        assert model.name == answers[-1]["name"]
        assert {path.name for path in model.iterdir()} == {"model.keras", "model.tflite", "card.json", "history.json"}
        assert {"name": model.name, **json.loads((model / "card.json").read_text())} == answers[-1]
        histories.append(json.loads((model / "history.json").read_text()))
        del histories[-1]["epochs"]["seconds"]
    assert answers[0]["test"]["accuracy"] > 0.3, "1,000 images teach more than chance"
    assert answers[0]["test"] == answers[1]["test"]
    assert histories[0] == histories[1]

    monkeypatch.setenv(store.FOLDER_VARIABLE, str(tmp_path / "a"))
    monkeypatch.setattr(store.folders, "SHIPPED", tmp_path / "none")
    code, output, _ = run("evaluate", answers[0]["name"], "--json")
    assert code == 0
    assert json.loads(output)["accuracy"] == pytest.approx(answers[0]["test"]["accuracy"], abs=2e-4)


@pytest.mark.training
@pytest.mark.mnist
def test_an_interrupted_training_leaves_nothing(tmp_path):
    with start("train", "mlp-64-64", "--epochs", "200", MNIST_APP_MODELS=tmp_path / "models") as process:
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
    assert error.splitlines()[-1] == "error: stopped; nothing was saved."
    assert list((tmp_path / "models").iterdir()) == []
