"""The command that calibrates a model: computed, printed with intervals, and stored."""

import json

from mnist_app import store
from tests.rejection import save_features


def test_a_calibration_is_computed_printed_and_stored(run, save_tiny, labelled_mnist):
    model = save_features(save_tiny)
    code, output, error = run("calibrate", model.name, "--count", "5", "--seed", "1", "--json")
    assert code == 0
    assert f"rejection rule of {model.name}  100%" in error
    plain = json.loads(output)
    (stored,) = store.rejections.list()
    assert (plain["model"], plain["checksum"]) == (model.name, model.card.files[store.SERVING_FILE])
    assert (plain["threshold"], plain["seed"]) == (stored.threshold, 1)
    kinds = ["test", "letters", "shapes", "scribbles", "noise", "digits"]
    assert [(each["kind"], each["n"]) for each in plain["rates"]] == list(zip(kinds, [20, *[5] * 5], strict=True))
    assert plain["rates"][0]["rejected"] <= 0.01 * 20
    text = run("calibrate", model.name, "--count", "5", "--seed", "1")[1]
    for part in ("temperature", "expected calibration error before", "95% interval", "letters", "Stored as"):
        assert part in text
    assert store.rejections.list()[0].rates == stored.rates, "the same seed gives the same figures"


def test_what_cannot_be_calibrated_is_an_error(fails, tiny_model, labelled_mnist):
    assert "no-such" in fails("calibrate", "no-such")
    assert "Train it again" in fails("calibrate", tiny_model.name), "its file gives no features"
    assert store.rejections.list() == ()
