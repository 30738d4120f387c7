import math

import msgspec
import pytest
from msgspec import structs

from mnist_app.evaluation.results import Batches, Epoch, History, NoiseCurve, Proportion

# R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998),
# table I, method 3
NEWCOMBE = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]

HISTORY = History(
    (Epoch(1 / 3, 0.1, 2 / 3, 1 / 11, 1.25), Epoch(0.1, None, 1e-7, None, 1.0)),
    (Batches(100, math.pi, 1 / 13), Batches(200, 2.0, None)),
    "held-out",
)
CURVE = NoiseCurve(
    denoiser="median-3",
    classifier="cnn-00000000-0",
    kind="salt-and-pepper",
    seed=0,
    levels=(0.0, 0.5, 1.0),
    correct=((10, 9, 8, 7, 6, 5, 4, 3, 2, 1), (5, 4, 4, 3, 3, 2, 2, 1, 1, 0), (1, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
    counts=(10, 10, 10, 10, 10, 10, 10, 10, 10, 10),
    psnr=(None, 14.123456789012345, 3.2),
    files={"classifier": "a" * 64, "denoiser": "b" * 64},
)


@pytest.mark.parametrize(("hits", "n", "low", "high"), NEWCOMBE)
def test_interval_is_wilsons(hits, n, low, high):
    assert Proportion(hits / n, n).interval == pytest.approx((low, high), abs=6e-5)


@pytest.mark.parametrize("result", [HISTORY, CURVE])
def test_results_survive_json_to_the_last_digit(result):
    assert msgspec.json.decode(msgspec.json.encode(result), type=type(result)) == result


@pytest.mark.parametrize(
    ("result", "path", "value"),
    [
        (HISTORY, ("epochs", 0), [1.0, 2.0]),
        (HISTORY, ("batches", 0, 0), 0),
        (HISTORY, ("validation",), "train"),
        (CURVE, ("levels", 1), 1.1),
        (CURVE, ("levels",), [0.0, 1.0]),
        (CURVE, ("correct", 0), [1] * 9),
        (CURVE, ("data",), "others"),
    ],
)
def test_a_file_with_another_value_is_refused(result, path, value):
    plain = inner = msgspec.json.decode(msgspec.json.encode(result))
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(plain), type=type(result))


def test_a_noise_curve_gives_the_share_of_all_images_and_of_one_digit_with_its_own_n():
    assert CURVE.accuracies == (Proportion(0.55, 100), Proportion(0.25, 100), Proportion(0.01, 100))
    curve = structs.replace(CURVE, counts=(10, 10, 10, 10, 10, 10, 10, 10, 10, 50))
    assert curve.of_digit(0) == (Proportion(1.0, 10), Proportion(0.5, 10), Proportion(0.1, 10))
    assert curve.of_digit(9) == (Proportion(0.02, 50), Proportion(0.0, 50), Proportion(0.0, 50))
    assert curve.accuracies[0] == Proportion(55 / 140, 140)
