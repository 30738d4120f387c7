"""Runs get names that tell them apart, honest differences, and CSV that reads back."""

import csv
import dataclasses
import io

import msgspec
import pytest

from mnist_app.evaluation import comparison
from mnist_app.evaluation.comparison import Run
from mnist_app.evaluation.results import GENERATED, MNIST, Batches, Epoch, History, Proportion
from mnist_app.recipes import RECIPES

CLASSIFIERS = [recipe.key for recipe in RECIPES.values() if recipe.task == "classify"]
EPOCHS = (Epoch(0.3, 0.90, 0.25, 0.94, 2.0), Epoch(0.2, 0.97, 0.21, 0.96, 2.0), Epoch(0.1, 0.99, 0.22, 0.955, 2.0))


def run(key="mlp-64-64", seed=0, *, epochs=EPOCHS, validation="test", **changes) -> Run:
    recipe = RECIPES[key].changed(**changes)
    history = History(epochs, (Batches(100, 0.5, 0.8), Batches(200, 0.4, 0.9)), validation)
    return Run(recipe, seed, 55_050, 12.3, Proportion(0.955, 10_000), history)


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_label_names_what_differs_from_the_declared_experiment():
    assert run().label == "MLP 64-64"
    assert run(seed=2).label == "MLP 64-64, seed 2"
    assert run("mlp-500-300", 1, l2=1e-6, hidden=(20, 10)).label == "MLP 500-300, hidden 20-10, l2 1e-06, seed 1"


def test_labels_of_an_unknown_experiment_still_tell_runs_apart():
    strange = msgspec.structs.replace(RECIPES["cnn"], key="own", title="Own")
    wider = msgspec.structs.replace(strange, batch_size=64)
    made = [dataclasses.replace(run(), recipe=recipe, seed=seed) for recipe in (strange, wider) for seed in (0, 1)]
    assert len({one.label for one in made}) == 4
    assert all(one.label.startswith("Own, ") and one.reported == () for one in made)


def test_a_run_that_was_stopped_early_says_so_and_is_not_the_declared_experiment():
    stopped = dataclasses.replace(run(), stopped=3)
    assert stopped.label == "MLP 64-64, stopped after 3 of 10 epochs"
    assert run().as_declared
    assert not stopped.as_declared
    assert stopped.reported == ()


def test_a_run_on_generated_digits_says_so_and_has_nothing_of_the_declared_experiments():
    generated = dataclasses.replace(run(seed=2), data=GENERATED)
    assert generated.label == "MLP 64-64, seed 2, trained on generated digits"
    first = dataclasses.replace(run(), data=GENERATED)
    assert not first.as_declared
    runs = comparison.arrange([first, run()])
    assert list(runs) == ["MLP 64-64", first.label]
    assert comparison.readable(runs) == ["MLP 64-64"]
    shown = comparison.columns(runs.values())
    assert shown["Digits"] == [MNIST, GENERATED]
    assert shown["Reported"] == [97.39, None]
    for write in (comparison.table_csv, comparison.epochs_csv):
        assert [line["data"] for line in read(write(runs.values()))][-1] == GENERATED
    assert read(comparison.batches_csv(first))[0]["data"] == GENERATED


def test_a_stopped_run_never_takes_the_whole_ones_place():
    stopped, whole = dataclasses.replace(run(), stopped=3), run()
    runs = comparison.arrange([stopped, run("cnn"), whole])
    assert list(runs) == ["MLP 64-64", "CNN", stopped.label]
    assert comparison.readable(runs) == ["MLP 64-64", "CNN"]
    styles = comparison.styles(runs)
    assert styles["MLP 64-64"] == comparison.styles(comparison.arrange([whole]))["MLP 64-64"]
    assert len(set(styles.values())) == 3


def test_a_users_name_comes_first_and_tells_runs_of_the_same_name_apart():
    runs = [dataclasses.replace(each, name="Mine") for each in (run(), run(seed=1), run("cnn"))]
    runs += [dataclasses.replace(runs[0], stopped=3), run()]
    assert runs[0].label == "Mine (MLP 64-64)"
    assert runs[1].label == "Mine (MLP 64-64, seed 1)"
    assert len(comparison.arrange(runs)) == len(runs)
    assert runs[0].as_declared
    assert [row["label"] for row in read(comparison.table_csv(runs[:1]))] == ["Mine (MLP 64-64)"]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_a_name_is_no_formula_in_a_spreadsheet(name):
    named = dataclasses.replace(run(), name=name)
    for write in (lambda: comparison.table_csv([named]), lambda: comparison.epochs_csv([named])):
        first, *_ = read(write())
        assert next(iter(first.values())) == f"'{name} (MLP 64-64)"
    assert read(comparison.batches_csv(named))[0]["run"].startswith("'")


def test_reported_figures_belong_to_the_declared_experiment_alone():
    assert run().reported == (("A", 0.9739), ("B", 0.9731))
    assert run(dtype_policy="mixed_bfloat16").reported == run().reported
    assert run(learning_rate=0.2).reported == ()


def test_declared_experiments_come_first_in_their_order():
    runs = [run("cnn"), run("mlp-64-64", 1), run("mlp-64-64", batch_size=64), run("linear"), run(epochs=())]
    assert list(comparison.arrange(runs)) == ["Linear", "CNN", "MLP 64-64, batch_size 64", "MLP 64-64, seed 1"]


def test_the_same_experiment_in_other_arithmetic_has_a_number_of_its_own():
    runs = comparison.arrange([run(dtype_policy="mixed_bfloat16"), run()])
    assert list(runs) == ["MLP 64-64", "MLP 64-64, dtype_policy mixed_bfloat16"]
    assert len(set(comparison.styles(runs).values())) == 2
    assert comparison.readable(runs) == ["MLP 64-64"]


def test_the_first_look_is_declared_and_readable_or_else_the_first_four():
    everything = comparison.arrange([run(key) for key in RECIPES] + [run("cnn", 1)])
    assert comparison.readable(everything) == ["Linear", "MLP 64-64", "MLP 500-300", "CNN"]
    seeds = comparison.arrange([run("cnn", seed) for seed in range(1, 7)])
    assert comparison.readable(seeds) == list(seeds)[:4]


def test_the_table_holds_final_and_best_and_the_gap_in_fractions_and_on_the_page_in_percent():
    (row,) = read(comparison.table_csv([run()]))
    assert (row["epochs"], row["parameters"], row["seconds"]) == ("3", "55050", "12.3")
    assert [row[name] for name in ("training", "validation", "best_validation")] == ["0.99", "0.955", "0.96"]
    assert (row["best_epoch"], float(row["gap"])) == ("2", pytest.approx(0.035))
    assert (row["source"], row["reported"], float(row["difference"])) == ("A", "0.9739", pytest.approx(-0.0189))
    shown = comparison.columns([run(), run(validation="held-out")])
    assert (shown["Test"], shown["Gap"]) == ([95.5, 95.5], [3.5, 3.5])
    assert shown["95% interval"] == ["95.08 – 95.89"] * 2
    assert shown["Validated on"] == ["test images", "held-out images"]


def test_the_table_as_csv_is_in_fractions_with_n():
    first, second = read(comparison.table_csv([run(), run(batch_size=64)]))
    assert (first["label"], second["label"]) == ("MLP 64-64", "MLP 64-64, batch_size 64")
    assert float(first["test"]) == 0.955
    assert float(first["test_low"]) < 0.955 < float(first["test_high"])
    assert first["test_images"] == "10000"
    assert (second["source"], second["reported"], second["difference"]) == ("", "", "")


def test_epochs_as_csv_keep_every_digit():
    rows = read(comparison.epochs_csv([run(), run("cnn", validation="held-out")]))
    assert len(rows) == 6
    assert [float(row["validation_accuracy"]) for row in rows[:3]] == [0.94, 0.96, 0.955]
    assert (rows[3]["run"], rows[3]["epoch"], rows[3]["validated_on"]) == ("CNN", "1", "held-out")
