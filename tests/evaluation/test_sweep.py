"""The sweep: what may be ordered, what is missing, and what the replicates' accuracies say."""

import csv
import io
import math
import statistics
from dataclasses import dataclass

import msgspec
import numpy as np
import pytest
from scipy import special

from mnist_app import InvalidInput, recipes
from mnist_app.evaluation import differences, sweep
from mnist_app.evaluation.results import Epoch, History
from mnist_app.evaluation.sweep import Order, Point
from mnist_app.recipes import Recipe


@dataclass(frozen=True)
class Replicate:
    recipe: Recipe
    seed: int
    history: History

    @property
    def name(self) -> str:
        return f"{self.recipe.fingerprint}-{self.seed}"


def replicate(factor, seed=0, accuracies=(0.90, 0.95, 0.93), *, epochs=None, validation="test") -> Replicate:
    recipe = Order((factor,), (seed,), epochs or len(accuracies), validation).recipes()[0]
    rows = tuple(Epoch(0.1, 0.99, 0.2, accuracy, 1.0) for accuracy in accuracies)
    return Replicate(recipe, seed, History(rows, (), validation))


def point(factor, *values) -> Point:
    seeds = tuple(range(len(values)))
    return Point(factor, seeds, values, tuple(f"{factor}-{seed}" for seed in seeds))


def test_the_sources_factors_are_those_that_were_used():
    assert sweep.FACTOR_SETS["B"] == pytest.approx(np.linspace(1e-6, 1e-3, 5), rel=1e-15)
    for factors in sweep.FACTOR_SETS.values():
        assert Order(factors).factors == factors


def test_an_order_is_one_recipe_a_factor():
    order = Order((1e-4, 0), (2, 0), 7, "held-out")
    assert (order.factors, order.seeds) == ((0.0, 1e-4), (0, 2))
    plain, decayed = order.recipes()
    assert (plain.key, plain.options["l2"], decayed.options["l2"]) == (sweep.KEY, 0.0, 1e-4)
    assert {(r.epochs, r.validation, r.dtype_policy, r.jit_compile) for r in order.recipes()} == {
        (7, "held-out", "float32", False)
    }
    assert plain.options["hidden"] == recipes.get(sweep.KEY).options["hidden"]


def test_a_factor_computed_in_another_way_gives_the_same_recipe():
    assert 3 * 1e-4 != 3e-4
    assert Order((3 * 1e-4,)) == Order((3e-4,))
    assert Order(tuple(np.linspace(1e-6, 1e-3, 5).tolist())).recipes() == Order(sweep.FACTOR_SETS["B"]).recipes()
    assert Order((-0.0,)).recipes()[0].fingerprint == Order((0,)).recipes()[0].fingerprint


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"factors": ()}, "number of factors"),
        ({"factors": (1e-4, 1e-4 * (1 + 1e-14))}, "twice"),
        ({"factors": (math.nan,)}, "0 to 1"),
        ({"seeds": tuple(range(11))}, "1 to 10"),
        ({"epochs": 501}, "1 to 500"),
    ],
)
def test_an_impossible_order_is_named(fields, message):
    with pytest.raises(InvalidInput, match=message):
        Order(**{"factors": (1e-4,)} | fields)


def test_an_order_survives_json_and_what_is_no_order_is_not_read():
    order = Order((0.0, 0.5), (7,), 500, "held-out")
    assert msgspec.json.decode(msgspec.json.encode(order), type=Order) == order
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"factors": [2]}', type=Order)


@pytest.mark.parametrize("text", ["", "1e-4 x", "nan", "1e-4,-1", "0,0005", "1_0", "2", "٣e-4"])
def test_text_that_is_no_list_of_factors_is_named(text):
    with pytest.raises(InvalidInput):
        sweep.parse_factors(text)


def test_factors_are_read_from_text_and_written_as_people_write_them():
    assert sweep.parse_factors("  0.001;1E-4,\n0 .5 ") == (0.0, 1e-4, 1e-3, 0.5)
    factors = (0.0, 1e-6, 2.5075e-4, 0.05, 1.0)
    assert [sweep.as_text(factor) for factor in factors] == ["0", "1e-6", "2.5075e-4", "0.05", "1"]
    assert sweep.parse_factors(" ".join(map(sweep.as_text, factors))) == factors


@pytest.mark.parametrize(("statistic", "value"), [("Final", 0.93), ("Maximum", 0.95), ("Mean", 0.9266667)])
def test_a_replicate_is_reduced_to_its_last_best_or_mean_epoch(statistic, value):
    (found,) = sweep.points(Order((1e-4,), epochs=3), [replicate(1e-4)], statistic=statistic)
    assert found.values == pytest.approx((value,))


def test_points_hold_each_factors_replicates_by_seed():
    given = [replicate(1e-4, 2, (0.2, 0.3)), replicate(1e-4, 0, (0.2, 0.5)), replicate(1e-6, 1, (0.2, 0.9))]
    low, middle, empty = sweep.points(Order((1e-6, 1e-4, 1e-3), epochs=2), given)
    assert (low.factor, low.seeds, low.values, low.sd) == (1e-6, (1,), (0.9,), None)
    assert (middle.seeds, middle.values, middle.n) == ((0, 2), (0.5, 0.3), 2)
    assert middle.names == (given[1].name, given[0].name)
    assert (middle.mean, middle.sd) == (pytest.approx(0.4), pytest.approx(statistics.stdev((0.5, 0.3))))
    assert (empty.n, empty.mean, empty.sd) == (0, None, None)


def test_replicates_of_other_epochs_validation_data_or_recipes_do_not_count():
    others = [
        replicate(1e-4, accuracies=(0.9,) * 4),
        replicate(1e-4, validation="held-out"),
        replicate(1e-5),
        replicate(1e-4, accuracies=(0.9, 0.9), epochs=3),  # cut short
    ]
    declared = recipes.get(sweep.KEY).changed(epochs=3)  # the same network, compiled in another way
    others.append(Replicate(declared, 0, replicate(1e-4).history))
    (found,) = sweep.points(Order((1e-4,), epochs=3), others)
    assert found.n == 0


def test_missing_are_the_trainings_without_a_whole_replicate():
    order = Order((1e-5, 1e-4), (0, 1), 3)
    low, high = order.recipes()
    assert sweep.missing(order, []) == [(low, 0), (high, 0), (low, 1), (high, 1)]
    here = [replicate(1e-5, 1), replicate(1e-4, 0), replicate(1e-4, 1, (0.9,), epochs=3)]
    assert sweep.missing(order, here) == [(low, 0), (high, 1)]
    assert sweep.missing(Order((1e-5,), (1,), 3), here) == []
    assert sweep.missing(Order((1e-5,), (1,), 3, "held-out"), here)


def test_the_highest_mean_and_of_equal_ones_the_larger_factor_is_chosen_once_every_factor_has_a_replicate():
    choice = differences.chosen([point(1e-5, 0.98, 0.97), point(1e-4, 0.99, 0.98), point(1e-3, 0.98, 0.98)])
    assert (choice.factor, choice.runner_up, choice.lead) == (1e-4, 1e-3, pytest.approx(0.005))
    assert differences.chosen([point(1e-5, 0.98), point(1e-4)]) is None
    assert differences.chosen([point(1e-5, 0.1, 0.2, 0.3), point(1e-4, 0.3, 0.2, 0.1), point(1e-3, 0.1)]).factor == 1e-4


def test_a_lead_is_clear_where_the_scatter_over_seeds_does_not_explain_it():
    # Pooled sd 0.001 with 4 degrees of freedom; t = 2.776, so the difference of two means of 3 is uncertain by 0.00227.
    near = differences.chosen([point(1e-5, 0.980, 0.981, 0.982), point(1e-4, 0.982, 0.983, 0.984)])
    far = differences.chosen([point(1e-5, 0.980, 0.981, 0.982), point(1e-4, 0.983, 0.984, 0.985)])
    assert near.margin == far.margin == pytest.approx(0.002267, abs=1e-6)
    assert (near.clear, far.clear) == (False, True)


def test_single_replicates_tell_nothing_of_chance():
    choice = differences.chosen([point(1e-5, 0.9), point(1e-4, 0.98)])
    assert (choice.factor, choice.margin, choice.clear) == (1e-4, None, False)
    alone = differences.chosen([point(1e-5, 0.9, 0.91)])
    assert (alone.runner_up, alone.lead, alone.clear) == (None, None, False)


def test_the_band_is_a_95_percent_interval_of_an_accuracy_on_10_000_images():
    points = [point(1e-5, 0.97), point(1e-4, 0.99, 0.99, 0.99)]  # each factor counts alike
    low, high = differences.binomial_band(points)
    half = 1.96 * math.sqrt(0.98 * 0.02 / 10_000)
    assert (low, high) == (pytest.approx(0.98 - half, abs=2e-4), pytest.approx(0.98 + half, abs=2e-4))


def test_the_table_has_a_column_a_seed_and_gaps_where_there_is_no_value():
    table = sweep.columns([Point(1e-5, (0, 2), (0.98, 0.97), ("a", "b")), Point(1e-4, (1,), (0.9,), ("c",)), point(1)])
    assert table["L2 factor"] == ["1e-5", "1e-4", "1"]
    assert table["n"] == [2, 1, 0]
    assert table["Mean"] == [pytest.approx(97.5), pytest.approx(90), None]
    assert table["SD"] == [pytest.approx(0.70711, abs=1e-5), None, None]
    assert (table["Seed 0"], table["Seed 1"]) == ([pytest.approx(98), None, None], [None, pytest.approx(90), None])


def test_the_csv_has_a_line_a_replicate():
    text = sweep.table_csv([point(1e-5, 0.98, 0.97), point(1e-4)], epochs=40, validation="test", statistic="Final")
    first, second = csv.DictReader(io.StringIO(text))
    assert (float(first["l2"]), first["seed"], first["epochs"], first["validated_on"]) == (1e-5, "0", "40", "test")
    assert (float(second["accuracy"]), second["n"], float(second["mean"])) == (0.97, "2", pytest.approx(0.975))


# what single changes bring


def changed(place, seed, accuracy, *, validation="test") -> Replicate:
    recipe = differences.CHANGES[place][1].changed(validation=validation)
    rows = tuple(Epoch(0.1, 0.99, 0.2, accuracy, 1.0) for _ in range(recipe.epochs))
    return Replicate(recipe, seed, History(rows, (), validation))


def test_each_change_differs_from_the_first_row_by_what_its_title_says():
    plain, schedule, momentum, both, without = (recipe for _, recipe in differences.CHANGES)
    assert plain.fingerprint == Order((1e-4,)).recipes()[0].fingerprint, "the base is a replicate of the sweep"
    assert schedule.fingerprint == plain.changed(schedule="cosine").fingerprint
    assert momentum.fingerprint == plain.changed(momentum=0.9, nesterov=True).fingerprint
    declared = recipes.get("mlp-500-300-momentum")
    assert both.fingerprint == declared.changed(jit_compile=False).fingerprint
    assert without.fingerprint == both.changed(l2=0).fingerprint


def test_a_change_is_the_difference_of_the_means_with_welchs_interval():
    base, better = (0.981, 0.982, 0.983), (0.985, 0.986, 0.990)
    found = [changed(0, seed, value) for seed, value in enumerate(base)]
    found += [changed(3, seed, value) for seed, value in enumerate(better)]
    rows = differences.changes(found)
    assert [row.point.n for row in rows] == [3, 0, 0, 3, 0]
    assert rows[0].difference is None
    assert rows[3].difference == pytest.approx(0.005)
    # Welch's freedom is 2.56, rounded down; the variances are 0.001² and 0.0026458²
    assert rows[3].margin == pytest.approx(special.stdtrit(2, 0.975) * math.sqrt((0.001**2 + 7e-6) / 3), rel=1e-6)
    assert rows[1].difference is None, "of nothing there is no difference"
    assert differences.change_columns(rows)["Difference"] == [None, None, None, pytest.approx(0.5), None]
    assert differences.ours(found).values == better
