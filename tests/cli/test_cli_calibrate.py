"""The command that judges a model: computed, printed with intervals, stored, and used by predict."""

import hashlib
import json

import numpy as np
import pytest
from PIL import Image

from mnist_app import data, store
from mnist_app.evaluation import calibration
from tests import drawings
from tests.drawings import SEVEN
from tests.rejection import rejection_of, save_features


@pytest.fixture
def judged_digits(small_mnist, tmp_path, monkeypatch):
    """The stand-ins for MNIST, with every digit six times among the training images."""
    small_mnist["y_train"] = np.arange(60, dtype=np.uint8) % 10
    np.savez_compressed(tmp_path / "mnist.npz", **small_mnist)
    monkeypatch.setitem(data.ARRAYS, "y_train", ((60,), hashlib.sha256(small_mnist["y_train"].tobytes()).hexdigest()))


def test_a_rejection_is_computed_printed_and_stored(run, save_tiny, judged_digits):
    model = save_features(save_tiny)
    code, output, error = run("calibrate", model.name, "--count", "5", "--json")
    assert code == 0
    plain = json.loads(output)
    (stored,) = store.list_rejections()
    assert (plain["model"], plain["checksum"]) == (model.name, model.card.files[store.SERVING_FILE])
    assert plain["threshold"] == stored.threshold
    assert [(each["kind"], each["n"]) for each in plain["rates"]] == [
        ("test", 20), ("letters", 5), ("shapes", 5), ("scribbles", 5), ("noise", 5), ("digits", 5),
    ]  # fmt: skip
    assert plain["rates"][0]["rejected"] <= 0.01 * 20
    assert f"rejection rule of {model.name}  100%" in error
    code, text, _ = run("calibrate", model.name, "--count", "5")
    assert code == 0
    for part in ("temperature", "expected calibration error before", "95% interval", "letters", "Stored as"):
        assert part in text


def test_the_same_seed_gives_the_same_rejection(run, save_tiny, judged_digits):
    model = save_features(save_tiny)
    first, second, other = (
        json.loads(run("calibrate", model.name, "--count", "3", "--seed", seed, "--json")[1]) for seed in (0, 0, 1)
    )
    del first["finished"], second["finished"]
    assert first == second
    assert other["seed"] == 1


def test_a_network_without_features_is_said_to_have_none(run, tiny_model, judged_digits):
    code, output, error = run("calibrate", tiny_model.name)
    assert (code, output) == (1, "")
    assert error.startswith("error: ")
    assert "Train it again" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [(["no-such"], "no-such"), (["{}", "--count", "0"], "from 1"), (["{}", "--seed", "-1"], "from 0")],
)
def test_what_cannot_be_judged_is_an_error(run, save_tiny, judged_digits, arguments, expected):
    name = save_features(save_tiny).name
    code, output, error = run("calibrate", *(each.format(name) for each in arguments))
    assert (code, output) == (1, "")
    assert expected in error
    assert store.list_rejections() == ()


@pytest.mark.parametrize("rejected", [True, False])
def test_predict_tells_the_score_where_there_is_a_rejection(run, save_tiny, tmp_path, rejected):
    file = tmp_path / "7.png"
    Image.fromarray(255 - np.round(drawings.drawn(SEVEN) * 255).astype(np.uint8)).save(file)
    model = save_features(save_tiny)
    (bare,) = json.loads(run("predict", file, "--json")[1])
    assert "score" not in bare
    store.save_rejection(rejection_of(model, threshold=-1e6 if rejected else 1e6, temperature=2.0))
    (answer,) = json.loads(run("predict", file, "--json")[1])
    assert answer["rejected"] is rejected
    assert answer["digit"] == bare["digit"]
    expected = calibration.temperature_scale(np.array([bare["probabilities"]]), 2.0)[0]
    np.testing.assert_allclose(answer["probabilities"], expected, atol=1e-5)
    assert ("looks like no digit" in run("predict", file)[1]) is rejected
