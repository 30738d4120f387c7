"""Recipes hold the experiments exactly, refuse what cannot be trained with, and keep their names."""

import copy
import pickle

import msgspec
import pytest

from mnist_app import InvalidInput, NotFound, recipes
from mnist_app.recipes import OPTIONS, RECIPES, TRAINING, Recipe, Reported
from mnist_app.recipes.fields import SEED, check, fields_of, shown

EXPERIMENTS = {
    # key: fingerprint, optimiser, learning rate, batch size, epochs, figures of the sources
    "linear": ("df295fbf", "sgd", 0.5, 100, 17, {"D": 0.916}),
    "mlp-64-64": ("1b7bb516", "sgd", 0.1, 128, 10, {"A": 0.9739, "B": 0.9731}),
    "mlp-500-300": ("271cbec8", "sgd", 0.1, 128, 40, {"A": 0.9819, "B": 0.9815, "Hinton": 0.9847}),
    "mlp-1500x3": ("c8fcc158", "adam", 0.001, 100, 34, {"D": 0.984}),
    "mlp-1500x3-dropout": ("5ad871e2", "adam", 0.001, 100, 34, {"D": 0.984}),
    "cnn": ("21419746", "adam", 0.001, 128, 10, {"A": 0.9935}),
    "cnn-sgd": ("64675eb1", "sgd", 0.1, 128, 40, {"C": 0.9912}),
    "lenet5": ("f25f1e4d", "adam", 0.001, 128, 40, {"B": 0.9919}),
    "cnn-5x5": ("ea047015", "adam", 0.001, 100, 34, {"D": 0.992}),
    "autoencoder": ("0623f608", "adam", 0.001, 64, 32, {"C": None}),
}

MLP, CNN = RECIPES["mlp-64-64"], RECIPES["cnn"]


@pytest.mark.parametrize("key", EXPERIMENTS)
def test_training_is_as_the_source_says_and_models_keep_their_names(key):
    recipe = RECIPES[key]
    figures = {figure.source: figure.accuracy for figure in recipe.reported}
    found = (recipe.fingerprint, recipe.optimizer, recipe.learning_rate, recipe.batch_size, recipe.epochs, figures)
    assert found == EXPERIMENTS[key]
    assert (recipe.images, recipe.validation, recipe.schedule, recipe.momentum) == (60_000, "test", "constant", 0.0)
    assert recipe.epsilon == (1e-8 if key == "cnn-5x5" else 1e-7)


def test_the_task_follows_from_the_network_and_its_noise():
    tasks = {"autoencoder": "denoise", "unet": "denoise", "autoencoder-2d": "reconstruct", "cvae": "generate"}
    assert {key: recipe.task for key, recipe in RECIPES.items()} == dict.fromkeys(RECIPES, "classify") | tasks
    assert RECIPES["autoencoder"].changed(noise_level=0).task == "reconstruct"


@pytest.mark.parametrize("key", ["mlp-500-300", "unet"])
def test_a_recipe_survives_json_pickle_and_copies(key):
    recipe = RECIPES[key]
    read = msgspec.json.decode(msgspec.json.encode(recipe), type=Recipe)
    for again in (read, pickle.loads(pickle.dumps(recipe)), copy.deepcopy(recipe), recipe.changed()):
        assert again == recipe
        assert hash(again) == hash(recipe)


def test_the_fingerprint_is_of_what_changes_the_result():
    renamed = msgspec.structs.replace(MLP, title="Another", about="…", reported=(Reported("X", 0.5),))
    assert renamed.fingerprint == MLP.fingerprint
    changes = {"learning_rate": 0.2, "momentum": 0.9, "schedule": "cosine", "clip_probabilities": True}
    changes |= {"batch_size": 64, "epochs": 11, "images": 1000, "augmentation": "affine", "validation": "held-out"}
    changes |= {"dtype_policy": "mixed_bfloat16", "jit_compile": True, "hidden": (64,), "l2": 1e-4, "dropout": 0.5}
    changes |= {"optimizer": "adam", "kernel_initializer": "truncated_normal"}
    others = [{"momentum": 0.9, "nesterov": True}, {"optimizer": "adam", "epsilon": 1e-8}]
    others += [{"dropout": 0.5, "dropout_after": "first"}, {}]
    cases = [{name: value} for name, value in changes.items()] + others
    assert {name for case in cases for name in case} == set(MLP.fields), "a field without a case here"
    assert len({MLP.changed(**case).fingerprint for case in cases}) == len(cases)


@pytest.mark.parametrize(
    ("name", "texts", "value"),
    [
        ("hidden", ["500,300", "500, 300", "500x300", "500×300", "500-300", "500 300", "(500, 300)", "500,300,"],
         (500, 300)),
        ("hidden", ["", "none", "()", "[]"], ()),
        ("epochs", ["3", 3.0], 3),
        ("learning_rate", ["1e-3"], 0.001),
        ("optimizer", ["sgd"], "sgd"),
        ("batch_normalization", ["true", "Yes", "on", "1"], True),
        ("batch_normalization", ["false", "no", "off", "0"], False),
    ],
)  # fmt: skip
def test_values_are_read_from_text_and_come_out_in_the_fields_own_type(name, texts, value):
    for text in texts:
        found = CNN.changed(**{"dropout": 0, name: text}).fields[name]
        assert found == value
        assert type(found) is type(value)


@pytest.mark.parametrize(
    ("names", "values", "expected"),
    [
        ("epochs", [0, True, 1.5, "1.5", "ten", None, [10], 10**6, "9" * 5000, float("inf")],
         "a whole number from 1 to 500"),
        ("learning_rate", [float("nan"), "nan", "inf", 0, False, "0,1,2", 1e308], "a number above 0 and up to 10"),
        ("l2", [-1e-4, 2], "a number from 0 to 1"),
        ("momentum", [1], "a number from 0 to 0.999"),
        ("nesterov", ["perhaps", 1.0], "true or false"),
        ("optimizer", ["rmsprop", 1, ["sgd"]], "one of sgd, adam"),
        ("hidden", ["", (), "-5", "500,-300", "500,,300", "500,a", "0", (64, True), (64, 4097), (1,) * 7],
         "1 to 6 whole numbers from 1 to 4,096, as in 500,300"),
    ],
    ids=shown,
)  # fmt: skip
def test_impossible_values_are_refused_with_what_was_expected_and_found(names, values, expected):
    for value in values:
        with pytest.raises(InvalidInput) as caught:
            MLP.changed(**{names: value})
        message = str(caught.value)
        assert f"Recipe mlp-64-64: impossible value for {names} " in message
        assert f"expected {expected}, found " in message
        assert "Correct it; the default is " in message
        assert "\n" not in message
        assert len(message) < 400


@pytest.mark.parametrize(
    ("recipe", "fields", "message"),
    [
        (CNN, {"momentum": 0.9}, "momentum has no effect with optimizer=adam"),
        (MLP, {"epsilon": 1e-3}, "epsilon has no effect with optimizer=sgd"),
        (MLP, {"optimizer": "adam", "momentum": "0.9"}, "Set momentum=0.0, or change optimizer."),
        (MLP, {"nesterov": True}, "nesterov has no effect with momentum=0.0"),
        (CNN, {"hidden": (), "dropout": 0.5}, "dropout has no effect with hidden=none"),
        (RECIPES["cnn-5x5"], {"l2": 1e-4}, "l2 has no effect with hidden=none"),
        (RECIPES["autoencoder-2d"], {"noise_levels": "uniform"}, "noise_levels has no effect with noise_level=0.0"),
        (CNN, {"jit_compile": True}, "expected jit_compile=false, or pooling=average"),
    ],
)
def test_values_without_effect_are_refused_with_both_ways_out(recipe, fields, message):
    with pytest.raises(InvalidInput, match=message):
        recipe.changed(**fields)


def test_a_field_that_loses_its_effect_takes_its_default():
    assert RECIPES["cnn-5x5"].changed(optimizer="sgd").epsilon == TRAINING["epsilon"].default
    heavy = MLP.changed(momentum=0.9, nesterov=True)
    assert heavy.changed(optimizer="adam") == MLP.changed(optimizer="adam")
    assert heavy.changed(optimizer="sgd") == heavy
    assert (
        RECIPES["lenet5"].changed(hidden=()).fields.items() >= {"l2": 0, "dropout": 0, "dropout_after": "last"}.items()
    )


def test_unknown_names_are_refused_with_the_nearest_one():
    with pytest.raises(InvalidInput, match=r"Recipe mlp-64-64 has no field 'epoch'.*Did you mean epochs\?"):
        MLP.changed(epoch=3)
    with pytest.raises(InvalidInput, match=r"expected one of hidden, .*optimizer"):
        MLP.changed(filters=(3,))
    with pytest.raises(InvalidInput, match="no field 'title'"):
        MLP.changed(title="Another")
    with pytest.raises(InvalidInput, match="no field 'augmentation'"):
        RECIPES["autoencoder"].changed(augmentation="affine")
    with pytest.raises(NotFound, match=r"no recipe 'mlp-64'.*Did you mean mlp-64-64\?"):
        recipes.get("mlp-64")
    assert recipes.get("cnn") is CNN


def test_a_seed_is_a_whole_number():
    assert [check("seed", value, SEED, subject="Training") for value in (0, "7", 2**31 - 1)] == [0, 7, 2**31 - 1]
    for value in (-1, 2**31, 1.5, "one", None, True):
        with pytest.raises(InvalidInput, match=r"expected a whole number from 0 to 2,147,483,647, found"):
            check("seed", value, SEED, subject="Training")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"key": "../mlp"}, "matching regex"),
        ({"key": 7}, "Expected `str`"),
        ({"architecture": "transformer"}, "Invalid enum value 'transformer'"),
        ({"options": [64]}, "Expected `object`"),
        ({"options": {"filters": [3]}}, "has no field 'filters'"),
        ({"epochs": None}, "Expected `int`"),
        ({"epochs": 0}, "expected a whole number from 1 to 500"),
        ({"compiler": "xla"}, "unknown field `compiler`"),
        ({"reported": [{"source": "A"}]}, "missing required field `accuracy`"),
    ],
)
def test_a_damaged_stored_recipe_is_refused_with_the_place(wrong, message):
    with pytest.raises(ValueError, match=message):
        msgspec.convert({**msgspec.to_builtins(MLP), **wrong}, Recipe)


def test_a_stored_recipe_of_before_a_field_was_added_takes_the_default():
    newer = ("validation", "jit_compile", "options", "about")
    older = {name: value for name, value in msgspec.to_builtins(MLP).items() if name not in newer}
    assert msgspec.convert(older, Recipe).fields == MLP.fields


@pytest.mark.parametrize("architecture", OPTIONS)
def test_every_default_is_a_possible_value_with_a_meaning(architecture):
    recipe = Recipe(key="plain", title="Plain", architecture=architecture)
    for name, field in fields_of(architecture).items():
        assert recipe.fields[name] == field.default
        assert field.meaning
        assert field.expected
