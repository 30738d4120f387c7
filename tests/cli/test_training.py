"""The command that trains: what is refused before anything is written. The end-to-end tests train with it."""

import sys

import pytest

from mnist_app import store


@pytest.fixture(autouse=True)
def no_training(monkeypatch):
    """TensorFlow cannot be imported: what gets as far as training ends with ImportError."""
    for module in ("mnist_app.training", "tensorflow", "keras"):
        monkeypatch.setitem(sys.modules, module, None)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["mlp-64"], "mlp-64-64"),
        (["mlp-64-64", "--epochs", "1.5"], "epochs"),
        (["mlp-64-64", "--set", "learning_rat=1"], "learning_rate"),
        (["mlp-64-64", "--set", "nonsense"], "field=value"),
        (["cnn", "--set", "kernel=7", "--set", "filters=8,8,8"], "smaller kernel"),
    ],
    ids=str,
)
def test_what_cannot_be_trained_is_refused_before_anything_is_written(
    fails, models_folder, small_mnist, arguments, expected
):
    assert expected in fails("train", *arguments)
    assert not models_folder.exists()


def test_a_missing_data_file_is_refused_with_a_remedy(fails, models_folder, no_mnist, monkeypatch):
    monkeypatch.setenv("MNIST_APP_DATA", "/nowhere/mnist.npz")
    message = fails("train", "mlp-64-64")
    assert "/nowhere/mnist.npz" in message
    assert "MNIST_APP_DATA" in message
    assert not models_folder.exists()


@pytest.mark.parametrize("command", ["train mlp-64-64", "noise-curve --denoiser none --classifier mlp-64-64"])
def test_a_folder_that_cannot_be_written_is_refused_at_once(fails, tmp_path, monkeypatch, small_mnist, command):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(tmp_path / "file"))
    monkeypatch.setitem(sys.modules, "mnist_app.training", sys)
    message = fails(*command.split())
    assert str(tmp_path / "file") in message
    assert store.FOLDER_VARIABLE in message
