"""Expected seconds: what a user would find longer is longer, and the shipped trainings took about as long."""

import math

import pytest

from mnist_app import InvalidInput, store
from mnist_app.recipes import RECIPES, costs

LINEAR, MLP, WIDE, CNN = (RECIPES[key] for key in ("linear", "mlp-64-64", "mlp-500-300", "cnn"))
AUTOENCODER, UNET, CVAE = (RECIPES[key] for key in ("autoencoder", "unet", "cvae"))

LONGER = [
    # recipe, what makes it longer
    (MLP, {"epochs": 11}),
    (MLP, {"hidden": (65, 64)}),
    (MLP, {"hidden": (64, 64, 64)}),
    (MLP, {"dropout": 0.5}),
    (MLP, {"optimizer": "adam"}),
    (MLP, {"batch_size": 64}),
    (MLP.changed(images=1000), {"images": 2000}),
    (MLP.changed(validation="held-out"), {"validation": "test"}),  # 60,000 images instead of 50,000
    (WIDE.changed(jit_compile=False, dtype_policy="mixed_bfloat16"), {"dtype_policy": "float32"}),
    (CNN, {"filters": (33, 64)}),
    (CNN, {"filters": (32, 65)}),
    (CNN, {"kernel": 4, "padding": "same"}),
    (CNN, {"zero_padding": 2}),
    (CNN, {"dtype_policy": "float32"}),
    (CNN.changed(pooling="average"), {"jit_compile": True}),
    (CNN, {"convolutions": 2}),
    (CNN, {"batch_normalization": True}),
    (CNN, {"augmentation": "affine"}),
    (CNN.changed(augmentation="affine"), {"augmentation": "pen"}),
    (AUTOENCODER, {"noise_levels": "uniform"}),
    (UNET, {"filters": 17}),
    (UNET, {"latent_dim": 256}),
    (CVAE, {"hidden": (257,)}),
    (CVAE, {"latent_dim": 17}),
]


@pytest.mark.parametrize(("recipe", "fields"), LONGER, ids=lambda value: str(value) if isinstance(value, dict) else "")
def test_what_is_more_work_takes_longer(recipe, fields):
    assert costs.seconds(recipe.changed(**fields)) > costs.seconds(recipe)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_an_epoch_takes_about_as_long_as_the_fastest_of_the_shipped_training(recipe):
    """Other work shared the machine while these were trained: the fastest epoch is nearest to a quiet one."""
    fastest = min(epoch.seconds for epoch in store.load(store.name_of(recipe, 0)).history.epochs)
    assert 0.4 < costs.epoch_seconds(recipe) / fastest < 1.6


def test_the_declared_recipes_stand_in_the_order_of_their_work():
    keys = ("linear", "mlp-64-64", "mlp-500-300", "lenet5", "cnn", "cnn-5x5", "cnn-best", "unet")
    epochs = [costs.epoch_seconds(RECIPES[key]) for key in keys]
    assert epochs == sorted(epochs)


def test_every_epoch_after_the_start_takes_the_same():
    ten, twenty = (costs.seconds(MLP.changed(epochs=epochs)) for epochs in (10, 20))
    assert twenty - ten == pytest.approx(10 * costs.epoch_seconds(MLP))
    start = ten - 10 * costs.epoch_seconds(MLP)
    assert 0 < start < 5


def test_few_images_still_cost_the_judging_of_ten_thousand():
    few, all_of_them = costs.epoch_seconds(CNN.changed(images=100)), costs.epoch_seconds(CNN)
    assert 0.02 < few / all_of_them < 0.3


def test_compiling_takes_longer_than_tracing():
    one_image = {"epochs": 1, "images": 100}
    assert costs.seconds(WIDE.changed(**one_image)) > costs.seconds(WIDE.changed(jit_compile=False, **one_image))


@pytest.mark.parametrize(
    "recipe",
    [
        MLP.changed(hidden=(4096, 3000), epochs=500, batch_size=1),
        CNN.changed(filters=(64, 64, 64), padding="same", kernel=7, epochs=500, dtype_policy="float32"),
        UNET.changed(filters=32, epochs=500),
    ],
    ids=lambda recipe: recipe.key,
)
def test_what_would_take_days_is_known_to(recipe):
    assert costs.seconds(recipe) > 5 * 3600


@pytest.mark.parametrize("recipe", [LINEAR, MLP, CNN, UNET, CVAE], ids=lambda recipe: recipe.key)
def test_the_least_training_takes_seconds(recipe):
    least = costs.seconds(recipe.changed(images=100, epochs=1))
    assert math.isfinite(least)
    assert 0 < least < 20


def test_an_impossible_network_has_no_cost():
    with pytest.raises(InvalidInput):
        costs.seconds(CNN.changed(filters=(8, 8, 8), kernel=7))
