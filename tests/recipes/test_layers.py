"""Plans: the parameter counts of the sources, the arithmetic behind them, and what cannot be built."""

import pytest

from mnist_app import InvalidInput
from mnist_app.recipes import RECIPES, layers
from mnist_app.recipes.layer import shapes_at

PARAMETERS = {
    "linear": 7_960,
    "mlp-64-64": 55_050,
    "mlp-500-300": 545_810,
    "mlp-500-300-momentum": 545_810,
    "mlp-1500x3": 5_695_510,
    "mlp-1500x3-dropout": 5_695_510,
    "cnn": 225_034,
    "cnn-sgd": 366_034,
    "lenet5": 61_706,
    "cnn-5x5": 83_466,
    "cnn-best": 330_154,
    "autoencoder": 226_416,
    "unet": 349_786,
    "autoencoder-2d": 435_858,
    "cvae": 1_087_280,
}

MLP, CNN = RECIPES["mlp-64-64"], RECIPES["cnn"]


@pytest.mark.parametrize("key", PARAMETERS)
def test_parameters_are_as_many_as_were_counted_by_hand(key):
    assert layers.count_parameters(RECIPES[key]) == PARAMETERS[key]


@pytest.mark.parametrize("key", RECIPES)
def test_the_arithmetic_shown_gives_the_parameters(key):
    for layer in layers.plan(RECIPES[key]):
        assert eval(layer.arithmetic.replace(",", "").replace("×", "*") or "0") == layer.parameters


def test_the_plan_of_lenet_reads_like_its_description():
    plan = layers.plan(RECIPES["lenet5"])
    assert [(layer.title, layer.output_shape, layer.l2) for layer in plan] == [
        ("Zero padding 2", (32, 32, 1), 0.0),
        ("Conv 6 5×5 valid relu", (28, 28, 6), 0.0),
        ("Average pool 2×2 valid", (14, 14, 6), 0.0),
        ("Conv 16 5×5 valid relu", (10, 10, 16), 0.0),
        ("Average pool 2×2 valid", (5, 5, 16), 0.0),
        ("Flatten", (400,), 0.0),
        ("Dense 120 relu", (120,), 1e-4),
        ("Dropout 0.5", (120,), 0.0),
        ("Dense 84 relu", (84,), 1e-4),
        ("Dense 10 softmax", (10,), 0.0),
    ]


@pytest.mark.parametrize(
    ("position", "kinds"),
    [("each", "Dense Dropout Dense Dropout"), ("first", "Dense Dropout Dense"), ("last", "Dense Dense Dropout")],
)
def test_dropout_stands_where_it_is_asked_for(position, kinds):
    plan = layers.plan(MLP.changed(dropout=0.5, dropout_after=position))
    assert [layer.kind for layer in plan] == ["Flatten", *kinds.split(), "Dense"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"filters": (8, 8, 8), "kernel": 7}, "no pixel left after a convolution: expected at least 1 × 1"),
        ({"filters": (8, 8, 8), "kernel": 4}, "no pixel left after a pooling"),
        ({"hidden": (4096, 4096)}, "too large: expected at most 20,000,000 parameters, found 23,398,794"),
        ({"filters": (256, 256), "padding": "same"}, "a batch of 1,000 images is too large"),
        ({"batch_size": 10_000}, "a batch of 10,000 images .* or a smaller batch"),
    ],
)
def test_impossible_networks_are_refused_with_a_way_out(fields, message):
    with pytest.raises(InvalidInput, match=message) as caught:
        layers.plan(CNN.changed(**fields))
    assert "Take fewer" in str(caught.value)


def test_the_same_padding_keeps_three_small_convolutions_possible():
    shapes = [layer.output_shape for layer in layers.plan(CNN.changed(filters=(8, 8, 8), padding="same"))]
    assert shapes[:6] == [(28, 28, 8), (14, 14, 8), (14, 14, 8), (7, 7, 8), (7, 7, 8), (4, 4, 8)]


def test_the_code_of_an_autoencoder_is_its_narrowest_layer():
    recipe = RECIPES["autoencoder-2d"]
    code = layers.plan(recipe)[layers.latent_place(recipe)]
    assert (code.output_shape, code.settings["activation"]) == ((2,), "linear")
    assert layers.latent_place(CNN) is None


def test_a_generators_decoder_takes_the_code_and_the_digit():
    recipe = RECIPES["cvae"]
    plan, place = layers.plan(recipe), layers.latent_place(recipe)
    assert plan[place].output_shape == (16,)
    assert shapes_at(plan, plan[place].inputs) == [(32,), (16,)]
    assert shapes_at(plan, plan[place + 1].inputs) == [(16,), (10,)]
