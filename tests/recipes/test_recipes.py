"""Recipes hold the experiments exactly, refuse what cannot be trained with, and keep their names."""

import copy
import dataclasses
import json
import pickle

import numpy as np
import pytest

from mnist_app import ExplorerError, InvalidInput, NotFound, recipes
from mnist_app.recipes import OPTIONS, RECIPES, TRAINING, Recipe, Reported
from mnist_app.recipes.fields import shown

EXPERIMENTS = {
    # key: optimiser, learning rate, batch size, epochs, figures of the sources
    "linear": ("sgd", 0.5, 100, 17, {"D": 0.916}),
    "mlp-64-64": ("sgd", 0.1, 128, 10, {"A": 0.9739, "B": 0.9731}),
    "mlp-500-300": ("sgd", 0.1, 128, 40, {"A": 0.9819, "B": 0.9815, "Hinton": 0.9847}),
    "mlp-1500x3": ("adam", 0.001, 100, 34, {"D": 0.984}),
    "mlp-1500x3-dropout": ("adam", 0.001, 100, 34, {"D": 0.984}),
    "cnn": ("adam", 0.001, 128, 10, {"A": 0.9935}),
    "cnn-sgd": ("sgd", 0.1, 128, 40, {"C": 0.9912}),
    "lenet5": ("adam", 0.001, 128, 40, {"B": 0.9919}),
    "cnn-5x5": ("adam", 0.001, 100, 34, {"D": 0.992}),
}

OTHERS = ["autoencoder", "unet", "autoencoder-2d", "cvae"]
OURS = ["mlp-500-300-momentum", "cnn-best"]

FINGERPRINTS = {
    "linear": "df295fbf",
    "mlp-64-64": "1b7bb516",
    "mlp-500-300": "271cbec8",
    "mlp-1500x3": "c8fcc158",
    "mlp-1500x3-dropout": "5ad871e2",
    "cnn": "21419746",
    "cnn-sgd": "64675eb1",
    "lenet5": "f25f1e4d",
    "cnn-5x5": "ea047015",
    "autoencoder": "0623f608",
    "unet": "64a18a74",
}

MLP, CNN = RECIPES["mlp-64-64"], RECIPES["cnn"]


def test_every_experiment_is_there_in_the_order_of_the_sources_table():
    assert [key for key in RECIPES if key not in OURS] == [*EXPERIMENTS, *OTHERS]


def test_the_momentum_recipe_is_the_sources_network_with_a_schedule_and_momentum():
    changed = RECIPES["mlp-500-300"].changed(momentum=0.9, nesterov=True, schedule="cosine")
    assert RECIPES["mlp-500-300-momentum"].fingerprint == changed.fingerprint


def test_augmentation_is_for_classifiers():
    with pytest.raises(InvalidInput, match="augmentation has no effect but for a classifier"):
        RECIPES["autoencoder"].changed(augmentation="affine")


def test_without_noise_there_are_no_levels_to_draw():
    plain = RECIPES["autoencoder-2d"]
    assert plain.options["noise_level"] == 0
    with pytest.raises(InvalidInput, match="noise_levels has no effect without noise"):
        plain.changed(noise_levels="uniform")


def test_the_autoencoder_is_trained_as_the_source_says():
    recipe = RECIPES["autoencoder"]
    assert (recipe.optimizer, recipe.learning_rate, recipe.batch_size, recipe.epochs) == ("adam", 0.001, 64, 32)
    assert dict(recipe.options) == {
        "hidden": (128, 96, 128),
        "latent_activation": "relu",
        "noise_level": 0.4,
        "noise_levels": "fixed",
    }
    assert [(figure.source, figure.loss) for figure in recipe.reported] == [("C", 0.12)]


def test_the_task_follows_from_the_network_and_its_noise():
    tasks = {"autoencoder": "denoise", "unet": "denoise", "autoencoder-2d": "reconstruct", "cvae": "generate"}
    assert {key: recipe.task for key, recipe in RECIPES.items()} == dict.fromkeys(RECIPES, "classify") | tasks
    assert RECIPES["autoencoder"].changed(noise_level=0).task == "reconstruct"


@pytest.mark.parametrize("key", EXPERIMENTS)
def test_training_is_as_the_source_says(key):
    recipe = RECIPES[key]
    figures = {figure.source: figure.accuracy for figure in recipe.reported}
    assert (recipe.optimizer, recipe.learning_rate, recipe.batch_size, recipe.epochs, figures) == EXPERIMENTS[key]
    assert (recipe.images, recipe.validation, recipe.schedule, recipe.momentum) == (60_000, "test", "constant", 0.0)
    assert recipe.epsilon == (1e-8 if key == "cnn-5x5" else 1e-7)


@pytest.mark.parametrize("key", FINGERPRINTS)
def test_the_names_of_trained_models_do_not_change(key):
    assert RECIPES[key].fingerprint == FINGERPRINTS[key]


@pytest.mark.parametrize("key", RECIPES)
def test_a_recipe_survives_json_pickle_and_copies(key):
    recipe = RECIPES[key]
    for again in (
        Recipe.from_json(json.loads(json.dumps(recipe.to_json()))),
        pickle.loads(pickle.dumps(recipe)),
        copy.deepcopy(recipe),
        recipe.changed(),
    ):
        assert again == recipe
        assert hash(again) == hash(recipe)


def test_the_fingerprint_is_of_what_changes_the_result():
    renamed = dataclasses.replace(MLP, title="Another", about="…", reported=(Reported("X", 0.5),))
    assert renamed.fingerprint == MLP.fingerprint
    changes = {
        "optimizer": "adam",
        "learning_rate": 0.2,
        "momentum": 0.9,
        "schedule": "cosine",
        "clip_probabilities": True,
        "batch_size": 64,
        "epochs": 11,
        "images": 1000,
        "augmentation": "affine",
        "validation": "held-out",
        "dtype_policy": "mixed_bfloat16",
        "jit_compile": True,
        "hidden": (64,),
        "l2": 1e-4,
        "dropout": 0.5,
        "dropout_after": "first",
        "kernel_initializer": "truncated_normal",
    }
    prints = {MLP.changed(**{name: value}).fingerprint for name, value in changes.items()}
    prints.add(MLP.changed(momentum=0.9, nesterov=True).fingerprint)
    prints.add(MLP.changed(optimizer="adam", epsilon=1e-8).fingerprint)
    assert set(changes) | {"nesterov", "epsilon"} == set(MLP.fields), "a field without a case here"
    assert MLP.fingerprint not in prints
    assert len(prints) == len(changes) + 2


def test_one_value_has_one_fingerprint_however_it_is_written():
    assert MLP.changed(l2=-0.0).fingerprint == MLP.changed(l2="0").fingerprint == MLP.fingerprint
    assert MLP.changed(learning_rate=1).fingerprint == MLP.changed(learning_rate="1.0").fingerprint
    assert MLP.changed(hidden=[500, 300]).fingerprint == MLP.changed(hidden="500,300").fingerprint


@pytest.mark.parametrize(
    "text",
    ["500,300", "500, 300", "500x300", "500×300", "500-300", "500 300", "(500, 300)", "[500,300]", "500,300,"],
)
def test_lists_are_read_from_text(text):
    assert MLP.changed(hidden=text).options["hidden"] == (500, 300)


@pytest.mark.parametrize("text", ["", "none", "()", "[]"])
def test_the_empty_list_is_read_from_text(text):
    assert CNN.changed(hidden=text, dropout=0).options["hidden"] == ()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("epochs", "3", 3),
        ("learning_rate", "1e-3", 0.001),
        ("l2", "0.0005", 0.0005),
        ("optimizer", "adam", "adam"),
        ("hidden", "64", (64,)),
        ("batch_size", 64.0, 64),
        ("batch_size", np.int64(64), 64),
        ("l2", np.float32(0.5), 0.5),
    ],
)
def test_values_come_out_in_the_fields_own_type(name, text, value):
    found = MLP.changed(**{name: text}).fields[name]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(("text", "value"), [("true", True), ("Yes", True), ("1", True), (True, True), ("off", False)])
def test_truths_are_read_from_text(text, value):
    assert MLP.changed(momentum=0.9, nesterov=text).nesterov is value


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("epochs", 0, "a whole number from 1 to 500"),
        ("epochs", True, "a whole number from 1 to 500"),
        ("epochs", 1.5, "a whole number from 1 to 500"),
        ("epochs", "1.5", "a whole number from 1 to 500"),
        ("epochs", "ten", "a whole number from 1 to 500"),
        ("epochs", None, "a whole number from 1 to 500"),
        ("epochs", b"10", "a whole number from 1 to 500"),
        ("epochs", [10], "a whole number from 1 to 500"),
        ("epochs", 10**6, "a whole number from 1 to 500"),
        ("epochs", 10**5000, "a whole number from 1 to 500"),
        ("epochs", "9" * 5000, "a whole number from 1 to 500"),
        ("epochs", float("inf"), "a whole number from 1 to 500"),
        ("batch_size", 0, "a whole number from 1 to 10,000"),
        ("batch_size", -128, "a whole number from 1 to 10,000"),
        ("images", 99, "a whole number from 100 to 60,000"),
        ("learning_rate", float("nan"), "a number above 0 and up to 10"),
        ("learning_rate", "nan", "a number above 0 and up to 10"),
        ("learning_rate", "inf", "a number above 0 and up to 10"),
        ("learning_rate", float("-inf"), "a number above 0 and up to 10"),
        ("learning_rate", 0, "a number above 0 and up to 10"),
        ("learning_rate", False, "a number above 0 and up to 10"),
        ("learning_rate", "0,1", "a number above 0 and up to 10"),
        ("learning_rate", 1e308, "a number above 0 and up to 10"),
        ("l2", -1e-4, "a number from 0 to 1"),
        ("momentum", 1, "a number from 0 to 0.999"),
        ("dropout", 1, "a number from 0 to 0.95"),
        ("nesterov", "perhaps", "true or false"),
        ("nesterov", 1.0, "true or false"),
        ("optimizer", "rmsprop", "one of sgd, adam"),
        ("optimizer", 1, "one of sgd, adam"),
        ("optimizer", ["sgd"], "one of sgd, adam"),
        ("hidden", "", "1 to 6 whole numbers from 1 to 4,096, as in 500,300"),
        ("hidden", (), "1 to 6 whole numbers from 1 to 4,096, as in 500,300"),
        ("hidden", "-5", "1 to 6 whole numbers from 1 to 4,096, as in 500,300"),
        ("hidden", "500,-300", "1 to 6 whole numbers from 1 to 4,096, as in 500,300"),
        ("hidden", "500,,300", "1 to 6 whole numbers from 1 to 4,096, as in 500,300"),
        ("hidden", "500,a", "1 to 6 whole numbers from 1 to 4,096, as in 500,300"),
        ("hidden", "0", "1 to 6 whole numbers from 1 to 4,096, as in 500,300"),
        ("hidden", (64, True), "1 to 6 whole numbers from 1 to 4,096, as in 500,300"),
        ("hidden", (64, 4097), "1 to 6 whole numbers from 1 to 4,096, as in 500,300"),
        ("hidden", (1,) * 7, "1 to 6 whole numbers from 1 to 4,096, as in 500,300"),
        ("hidden", {64}, "1 to 6 whole numbers from 1 to 4,096, as in 500,300"),
    ],
    ids=shown,
)
def test_impossible_values_are_refused_with_what_was_expected_and_found(name, value, expected):
    with pytest.raises(InvalidInput) as caught:
        MLP.changed(**{name: value})
    message = str(caught.value)
    assert f"Recipe mlp-64-64: impossible value for {name} " in message
    assert f"expected {expected}, found " in message
    assert "Correct it; the default is " in message
    assert "\n" not in message
    assert len(message) < 400


@pytest.mark.parametrize(
    ("recipe", "fields", "message"),
    [
        (CNN, {"momentum": 0.9}, "momentum has no effect with optimizer=adam"),
        (CNN, {"nesterov": True}, "nesterov has no effect with optimizer=adam"),
        (MLP, {"epsilon": 1e-3}, "epsilon has no effect with optimizer=sgd"),
        (MLP, {"optimizer": "adam", "momentum": "0.9"}, "Set momentum=0.0, or choose optimizer=sgd."),
        (MLP, {"nesterov": True}, "nesterov has no effect without momentum"),
        (CNN, {"hidden": ()}, "dropout has no effect without dense hidden layers"),
        (RECIPES["cnn-5x5"], {"l2": 1e-4}, "l2 has no effect without dense hidden layers"),
    ],
)
def test_values_without_effect_are_refused_with_both_ways_out(recipe, fields, message):
    with pytest.raises(InvalidInput, match=message):
        recipe.changed(**fields)


def test_xla_and_max_pooling_are_refused_together_with_both_ways_out():
    with pytest.raises(InvalidInput, match=r"expected jit_compile=false, or pooling=average"):
        CNN.changed(jit_compile=True)
    assert CNN.changed(jit_compile=True, pooling="average").jit_compile


def test_another_optimiser_takes_the_old_ones_fields_back():
    assert RECIPES["cnn-5x5"].changed(optimizer="sgd").epsilon == TRAINING["epsilon"].default
    heavy = MLP.changed(momentum=0.9, nesterov=True)
    assert heavy.changed(optimizer="adam") == MLP.changed(optimizer="adam")
    assert heavy.changed(optimizer="sgd") == heavy


def test_unknown_names_are_refused_with_the_nearest_one():
    with pytest.raises(InvalidInput, match=r"Recipe mlp-64-64 has no field 'epoch'.*Did you mean epochs\?"):
        MLP.changed(epoch=3)
    with pytest.raises(InvalidInput, match=r"expected one of optimizer, .*hidden, l2"):
        MLP.changed(filters=(3,))
    with pytest.raises(InvalidInput, match="no field 'title'"):
        MLP.changed(title="Another")
    with pytest.raises(NotFound, match=r"no recipe 'mlp-64'.*Did you mean mlp-64-64\?"):
        recipes.get("mlp-64")
    with pytest.raises(NotFound, match=r"expected one of linear, .*, cvae, found None"):
        recipes.get(None)
    assert recipes.get("cnn") is CNN


@pytest.mark.parametrize("value", [-1, 2**31, 1.5, "one", None, True])
def test_impossible_seeds_are_refused(value):
    with pytest.raises(InvalidInput, match=r"expected a whole number from 0 to 2,147,483,647, found"):
        recipes.check_seed(value)


def test_possible_seeds_are_read():
    assert [recipes.check_seed(value) for value in (0, "7", 2**31 - 1)] == [0, 7, 2**31 - 1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "../mlp"},
        {"key": "MLP 64"},
        {"key": ""},
        {"key": 7},
        {"architecture": "transformer"},
        {"architecture": ["mlp"]},
        {"options": None},
        {"options": [64]},
        {"options": {"filters": [3]}},
        {"epochs": None},
        {"strange": 1},
        {"reported": [{"source": "A"}]},
        {"reported": [{"source": "A", "accuracy": 97.39}]},
        {"reported": 0.97},
    ],
)
def test_a_damaged_stored_recipe_is_a_named_error(wrong):
    with pytest.raises(ExplorerError):
        Recipe.from_json({**MLP.to_json(), **wrong})


@pytest.mark.parametrize("plain", [{}, {"key": "mlp"}, [], None])
def test_a_stored_recipe_that_lacks_fields_is_a_named_error(plain):
    with pytest.raises(InvalidInput, match="lacks fields"):
        Recipe.from_json(plain)


def test_a_stored_recipe_of_before_a_field_was_added_takes_the_default():
    older = {name: value for name, value in MLP.to_json().items() if name not in ("validation", "jit_compile")}
    assert Recipe.from_json(older) == MLP


def test_nothing_of_a_recipe_can_be_changed_in_place():
    with pytest.raises(dataclasses.FrozenInstanceError):
        MLP.epochs = 1
    with pytest.raises(TypeError):
        MLP.options["hidden"] = (1,)
    for mapping in (RECIPES, OPTIONS, OPTIONS["mlp"], TRAINING):
        with pytest.raises(TypeError):
            mapping["new"] = None


@pytest.mark.parametrize("architecture", OPTIONS)
def test_every_default_is_a_possible_value_with_a_meaning(architecture):
    recipe = Recipe(key="plain", title="Plain", architecture=architecture)
    for name, rule in {**TRAINING, **OPTIONS[architecture]}.items():
        assert recipe.fields[name] == rule.default
        assert rule.meaning
        assert rule.expected
