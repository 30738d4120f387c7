import dataclasses
import json
import math

import pytest

from mnist_app import InvalidInput
from mnist_app.evaluation.results import GENERATED, MNIST, Batches, Epoch, History, NoiseCurve, Proportion

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
    with pytest.raises(InvalidInput, match="expected"):
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
    with pytest.raises(InvalidInput, match="expected a finite number"):
        make(value)


@pytest.mark.parametrize("batch", [0, -1, 1.5, "1", True])
def test_batches_are_counted_from_1(batch):
    with pytest.raises(InvalidInput, match="whole number from 1"):
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


CURVE = NoiseCurve(
    denoiser="median-3",
    classifier="cnn-00000000-0",
    kind="salt-and-pepper",
    seed=0,
    levels=(0.0, 0.5, 1.0),
    correct=((10, 9, 8, 7, 6, 5, 4, 3, 2, 1), (5, 4, 4, 3, 3, 2, 2, 1, 1, 0), (1, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
    counts=(10, 10, 10, 10, 10, 10, 10, 10, 10, 10),
    psnr=(None, 14.123456789012345, 3.2),
    files=(("classifier", "a" * 64), ("denoiser", "b" * 64)),
)


def test_a_noise_curve_gives_the_share_of_all_images_at_each_level():
    assert CURVE.accuracies == (Proportion(0.55, 100), Proportion(0.25, 100), Proportion(0.01, 100))


def test_a_noise_curve_gives_the_share_of_one_digit_with_its_own_n():
    curve = dataclasses.replace(CURVE, counts=(10, 10, 10, 10, 10, 10, 10, 10, 10, 50))
    assert curve.of_digit(0) == (Proportion(1.0, 10), Proportion(0.5, 10), Proportion(0.1, 10))
    assert curve.of_digit(9) == (Proportion(0.02, 50), Proportion(0.0, 50), Proportion(0.0, 50))
    assert curve.accuracies[0] == Proportion(55 / 140, 140)


def test_the_mean_of_a_noise_curve_leaves_out_the_level_that_is_named():
    assert CURVE.mean() == pytest.approx((0.55 + 0.25) / 2), "level 1 is not below 1"
    assert CURVE.mean(below=0.5) == pytest.approx(0.55)
    assert CURVE.mean(below=1.1) == pytest.approx((0.55 + 0.25 + 0.01) / 3)


def test_a_noise_curve_survives_json_to_the_last_digit():
    assert NoiseCurve.from_json(json.loads(json.dumps(CURVE.to_json(), allow_nan=False))) == CURVE
    bare = dataclasses.replace(CURVE, files=())
    assert NoiseCurve.from_json(json.loads(json.dumps(bare.to_json()))) == bare


ROW = (1,) * 10


@pytest.mark.parametrize(
    "changes",
    [
        {"levels": (0.0, 0.5)},
        {"levels": (0.0, 0.5, 1.1)},
        {"levels": (-0.1, 0.5, 1.0)},
        {"levels": (0.0, math.nan, 1.0)},
        {"levels": (0.0, "0.5", 1.0)},
        {"levels": (0.0, None, 1.0)},
        {"levels": (0.0, True, 1.0)},
        {"psnr": (None, 3.2)},
        {"correct": (ROW, ROW)},
        {"correct": (ROW, ROW, ROW[:9])},
        {"correct": (ROW, ROW, (*ROW, 1))},
        {"correct": (ROW, ROW, (11, *ROW[1:]))},
        {"correct": (ROW, ROW, (-1, *ROW[1:]))},
        {"correct": (ROW, ROW, (0.5, *ROW[1:]))},
        {"correct": (ROW, ROW, ("1", *ROW[1:]))},
        {"counts": (10,) * 9},
        {"counts": (-1, *(10,) * 9)},
        {"counts": (10.0,) * 10},
    ],
    ids=str,
)
def test_what_is_no_noise_curve_is_refused(changes):
    with pytest.raises(InvalidInput, match="This is no noise curve: expected"):
        dataclasses.replace(CURVE, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"levels": (0.0, 1.0, 0.5)},
        {"levels": (0.0, 0.5, 0.5)},
        {"levels": (), "correct": (), "psnr": ()},
        {"psnr": (None, "loud", 3.2)},
        {"psnr": (None, math.nan, 3.2)},
        {"psnr": (None, math.inf, 3.2)},
        {"counts": (0,) * 10, "correct": ((0,) * 10,) * 3},
        {"files": (("classifier", ["a"]),)},
    ],
    ids=str,
)
def test_what_no_plot_can_show_is_refused(changes):
    """Falling or repeated levels, none at all, a PSNR that is no number, no images, a checksum that is no text."""
    with pytest.raises(InvalidInput, match="expected"):
        dataclasses.replace(CURVE, **changes)


@pytest.mark.parametrize("name", [name for name in CURVE.to_json() if name != "data"])
def test_a_noise_curve_without_a_field_is_refused(name):
    plain = CURVE.to_json()
    del plain[name]
    with pytest.raises(KeyError, match=name):
        NoiseCurve.from_json(plain)


@pytest.mark.parametrize("name", ["seed", "levels", "correct", "counts", "psnr", "files"])
@pytest.mark.parametrize("value", [None, "text", 5.5, {}], ids=repr)
def test_a_noise_curve_with_a_field_of_another_kind_is_refused(name, value):
    if (name, value) in (("seed", 5.5), ("files", {})):
        value = []
    plain = CURVE.to_json() | {name: value}
    with pytest.raises((KeyError, TypeError, AttributeError, ValueError)):
        NoiseCurve.from_json(plain)


def test_a_noise_curve_says_what_it_was_measured_with_and_old_ones_were_with_mnist():
    plain = CURVE.to_json()
    assert plain.pop("data") == MNIST
    assert NoiseCurve.from_json(plain) == CURVE
    assert NoiseCurve.from_json(plain | {"data": GENERATED}).data == GENERATED
    with pytest.raises(InvalidInput, match="Unknown data"):
        NoiseCurve.from_json(plain | {"data": "others"})
