import json
import math

import pytest

from mnist_app.results import Batches, Epoch, History, InvalidResult, Proportion

# R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998),
# table I, method 3
NEWCOMBE = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]


@pytest.mark.parametrize(("hits", "n", "low", "high"), NEWCOMBE)
def test_interval_is_wilsons(hits, n, low, high):
    assert Proportion(hits / n, n).interval == pytest.approx((low, high), abs=6e-5)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_interval_stays_within_0_and_1(value):
    low, high = Proportion(value, 3).interval
    assert 0 <= low <= value <= high <= 1
    assert high - low > 0.5


@pytest.mark.parametrize(
    ("value", "n"), [(0.5, 0), (0.5, -1), (0.5, 2.0), (0.5, True), (1.1, 5), (-0.1, 5), (math.nan, 5), ("0.5", 5)]
)
def test_what_is_no_proportion_is_refused(value, n):
    with pytest.raises(InvalidResult, match="expected"):
        Proportion(value, n)


def history(epochs=2):
    rows = tuple(Epoch(1 / (3 + k), 0.1 + k / 7, 2 / (3 + k), k / 11, 1.25) for k in range(epochs))
    return History(
        rows, tuple(Batches(100 * (k + 1), math.pi / (k + 1), k / 13) for k in range(5 * epochs)), "held-out"
    )


def test_history_survives_json_to_the_last_digit():
    given = history(5)
    assert History.from_json(json.loads(json.dumps(given.to_json(), allow_nan=False))) == given


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "0.5", None, True])
@pytest.mark.parametrize("make", [lambda v: Epoch(0.1, 0.2, v, 0.4, 1.0), lambda v: Batches(100, v, 0.5)])
def test_what_json_cannot_hold_or_a_plot_cannot_show_is_refused(make, value):
    with pytest.raises(InvalidResult, match="expected a finite number"):
        make(value)


@pytest.mark.parametrize("batch", [0, -1, 1.5, "1", True])
def test_batches_are_counted_from_1(batch):
    with pytest.raises(InvalidResult, match="whole number from 1"):
        Batches(batch, 0.5, 0.5)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda plain: plain.pop("epochs"),
        lambda plain: plain["epochs"].pop("val_loss"),
        lambda plain: plain["epochs"]["loss"].pop(),
        lambda plain: plain.update(batches=[1, 2]),
        lambda plain: plain.update(batches=None),
        lambda plain: plain["batches"].update(loss=5),
        lambda plain: plain["epochs"]["loss"].__setitem__(0, "low"),
        lambda plain: plain["epochs"]["loss"].__setitem__(0, math.nan),
        lambda plain: plain.update(validation="train"),
        lambda plain: plain.update(validation=["test"]),
    ],
)
def test_what_is_no_history_is_refused(spoil):
    plain = history().to_json()
    spoil(plain)
    with pytest.raises((KeyError, TypeError, ValueError)):
        History.from_json(plain)
