"""The command that calibrates a model: computed, printed with intervals, and stored."""

import json

from mnist_app import store
from tests.rejection import save_features


def test_a_calibration_is_computed_printed_and_stored(run, save_tiny, labelled_mnist):
    model = save_features(save_tiny)
    code, output, error = run("calibrate", model.name, "--count", "5", "--json")
    assert code == 0
    plain = json.loads(output)
    (stored,) = store.rejections.list()
    assert (plain["model"], plain["checksum"]) == (model.name, model.card.files[store.SERVING_FILE])
    assert plain["threshold"] == stored.threshold
    kinds = ["test", "letters", "shapes", "scribbles", "noise", "digits"]
    assert [(each["kind"], each["n"]) for each in plain["rates"]] == list(zip(kinds, [20, *[5] * 5], strict=True))
    assert plain["rates"][0]["rejected"] <= 0.01 * 20
    assert f"rejection rule of {model.name}  100%" in error
    code, text, _ = run("calibrate", model.name, "--count", "5")
    assert code == 0
    for part in ("temperature", "expected calibration error before", "95% interval", "letters", "Stored as"):
        assert part in text


def test_the_same_seed_gives_the_same_figures(run, save_tiny, labelled_mnist):
    model = save_features(save_tiny)
    asked = ("calibrate", model.name, "--count", "3", "--seed", "1", "--json")
    first, second = json.loads(run(*asked)[1]), json.loads(run(*asked)[1])
    del first["finished"], second["finished"]
    assert first == second
    assert first["seed"] == 1


def test_what_cannot_be_calibrated_is_an_error(fails, tiny_model, labelled_mnist):
    assert "no-such" in fails("calibrate", "no-such")
    assert "Train it again" in fails("calibrate", tiny_model.name), "its file gives no features"
    assert store.rejections.list() == ()
