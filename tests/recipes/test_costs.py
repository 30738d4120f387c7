"""Expected seconds: what a user would find longer is longer, and the shipped trainings took about as long."""

import pytest

from mnist_app import store
from mnist_app.recipes import RECIPES, costs

MLP, WIDE, CNN = (RECIPES[key] for key in ("mlp-64-64", "mlp-500-300", "cnn"))
AUTOENCODER, UNET, CVAE = (RECIPES[key] for key in ("autoencoder", "unet", "cvae"))

LONGER = [
    # recipe, what makes it longer
    (MLP, {"epochs": 11}),
    (MLP, {"hidden": (65, 64)}),
    (MLP, {"optimizer": "adam"}),
    (MLP, {"batch_size": 64}),
    (MLP.changed(images=1000), {"images": 2000}),
    (MLP.changed(validation="held-out"), {"validation": "test"}),  # 60,000 images instead of 50,000
    (WIDE.changed(jit_compile=False, dtype_policy="mixed_bfloat16"), {"dtype_policy": "float32"}),
    (WIDE.changed(jit_compile=False, epochs=1, images=100), {"jit_compile": True}),
    (CNN, {"filters": (33, 64)}),
    (CNN, {"dtype_policy": "float32"}),
    (CNN.changed(pooling="average"), {"jit_compile": True}),
    (CNN, {"batch_normalization": True}),
    (CNN, {"augmentation": "affine"}),
    (CNN.changed(augmentation="affine"), {"augmentation": "pen"}),
    (AUTOENCODER, {"noise_levels": "uniform"}),
    (CVAE, {"latent_dim": 17}),
]


@pytest.mark.parametrize(("recipe", "fields"), LONGER, ids=lambda value: str(value) if isinstance(value, dict) else "")
def test_what_is_more_work_takes_longer(recipe, fields):
    assert costs.seconds(recipe.changed(**fields)) > costs.seconds(recipe)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_an_epoch_takes_about_as_long_as_the_fastest_of_the_shipped_training(recipe):
    """Training was slower then, and other work shared the machine: the fastest epoch is nearest to a quiet one."""
    if not (store.SHIPPED / store.name_of(recipe, 0)).exists():
        pytest.skip(f"{recipe.key} is not shipped")
    fastest = min(epoch.seconds for epoch in store.load(store.name_of(recipe, 0)).history.epochs)
    assert 0.3 < costs.epoch_seconds(recipe) / fastest < 1.6


def test_every_epoch_after_the_start_takes_the_same():
    ten, twenty = (costs.seconds(MLP.changed(epochs=epochs)) for epochs in (10, 20))
    assert twenty - ten == pytest.approx(10 * costs.epoch_seconds(MLP))
    assert 0 < ten - 10 * costs.epoch_seconds(MLP) < 5


def test_what_would_take_days_is_known_to_and_the_least_takes_seconds():
    assert costs.seconds(MLP.changed(hidden=(4096, 3000), epochs=500, batch_size=1)) > 5 * 3600
    assert costs.seconds(UNET.changed(filters=32, epochs=500)) > 5 * 3600
    assert 0 < costs.seconds(UNET.changed(images=100, epochs=1)) < 20


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(7, "a few seconds"), (41, "about 40 s"), (58, "about 1 min"), (4200, "about 1 h 10 min"), (7100, "about 2 h")],
)
def test_an_expected_time_in_words(seconds, words):
    assert costs.in_words(seconds) == words
