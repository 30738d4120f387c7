"""The list of experiments."""

import json

import msgspec

from mnist_app import store
from mnist_app.evaluation.results import GENERATED, Epoch, History, Proportion
from mnist_app.recipes import RECIPES

SOURCES_THEN_OURS = sorted(RECIPES, key=lambda key: RECIPES[key].ours)


def listed(run):
    code, output, error = run("recipes", "--json")
    assert (code, error) == (0, "")
    return {entry["key"]: entry for entry in json.loads(output)}


def test_the_recipes_are_listed_a_line_each(run):
    code, output, error = run("recipes")
    assert (code, error) == (0, "")
    lines = output.splitlines()
    assert [line.split()[0] for line in lines[1:]] == SOURCES_THEN_OURS
    assert "55,050" in next(line for line in lines if line.startswith("mlp-64-64"))


def test_the_recipes_as_json_hold_every_field_and_the_cards_figures(run, shipped):
    entries = listed(run)
    assert list(entries) == SOURCES_THEN_OURS
    for key, recipe in RECIPES.items():
        assert entries[key].items() >= msgspec.json.decode(msgspec.json.encode(recipe)).items()
        assert entries[key]["fingerprint"] == recipe.fingerprint
    model = store.load(store.name_of(RECIPES["mlp-64-64"], 0))
    assert entries["mlp-64-64"]["test_accuracy"] == model.card.test.value
    assert entries["mlp-64-64"]["seconds"] == model.card.seconds


def test_a_recipes_figure_is_never_that_of_generated_digits(run, models_folder):
    with store.saving(RECIPES["linear"], seed=0) as draft:
        history = History((Epoch(0.5, 0.8, 0.4, 0.9, 1.5),), ())
        draft.finish(history=history, parameters=1, seconds=1, data=GENERATED, test=Proportion(0.9, 10_000))
    assert {entry["test_accuracy"] for entry in listed(run).values()} == {None}
