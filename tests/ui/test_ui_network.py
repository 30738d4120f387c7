"""A plan as a table and as a diagram: the plan's own numbers, every layer in words and in the picture, all escaped."""

import dataclasses
import re

import pytest

from mnist_app.recipes import RECIPES, layers
from mnist_app.recipes.layers import Layer
from mnist_app.ui import network
from tests.ui.test_ui_html import EVIL, Page

MLP, CNN, UNET = RECIPES["mlp-64-64"], RECIPES["cnn"], RECIPES["unet"]
SHAPES = {
    **RECIPES,
    "deep": CNN.changed(zero_padding=8, filters=(16, 16, 16), hidden=(4096, 10, 1), dropout_after="each"),
    "no hidden layer": CNN.changed(hidden=(), dropout=0),
    "one unit": MLP.changed(hidden=(1,)),
    "wide u-net": UNET.changed(filters=32, latent_dim=1024),
}


def drawn(recipe):
    return Page(network.diagram(layers.plan(recipe), noisy=bool(recipe.options.get("noise_level"))))


def of_class(page, name):
    return [attributes for _, attributes in page.elements if name in attributes.get("class", "").split()]


def heights(recipe):
    """Pixels of the drawings of a network's layers of one dimension, in order."""
    bars = of_class(drawn(recipe), "dx-bar")
    return [int(re.fullmatch(r"height:(\d+)px", bar["style"])[1]) for bar in bars]


def squares(recipe):
    """Width in pixels and number of sheets behind of the layers that are drawn as squares, the images among them."""
    found = []
    for _, attributes in drawn(recipe).elements:
        if side := re.match(r"width:(\d+)px", attributes.get("style", "")):
            found.append((int(side[1]), attributes["style"].count("var(--")))
    return found


def test_the_table_of_lenet():
    table = network.layer_table(layers.plan(RECIPES["lenet5"]))
    rows = list(zip(*table.values(), strict=True))
    assert list(table) == ["Layer", "Output shape", "Parameters", "Arithmetic"]
    assert rows[1] == ("Conv 6 5×5 valid relu", "28 × 28 × 6", 156, "5 × 5 × 1 × 6 + 6")
    assert rows[5] == ("Flatten", "400", 0, "")
    assert rows[6] == ("Dense 120 relu", "120", 48_120, "400 × 120 + 120")
    assert rows[-1] == ("Total", "", 61_706, "")


@pytest.mark.parametrize("name", SHAPES)
def test_the_table_adds_up(name):
    plan = layers.plan(SHAPES[name])
    table = network.layer_table(plan)
    *parameters, total = table["Parameters"]
    assert {len(column) for column in table.values()} == {len(plan) + 1}
    assert sum(parameters) == total == layers.count_parameters(SHAPES[name])
    for arithmetic, count in zip(table["Arithmetic"], parameters, strict=False):
        assert eval(arithmetic.replace(",", "").replace("×", "*") or "0") == count


@pytest.mark.parametrize("name", SHAPES)
def test_the_diagram_says_in_words_what_it_shows(name):
    plan = layers.plan(SHAPES[name])
    picture = next(attributes for _, attributes in drawn(SHAPES[name]).elements if attributes.get("role") == "img")
    words = picture["aria-label"]
    for number, layer in enumerate(plan, start=1):
        assert f"{number}. {layer.title}, {network.layer_table(plan)['Output shape'][number - 1]}" in words
    assert f"{layers.count_parameters(SHAPES[name]):,} parameters" in words
    assert ("ten digits" if SHAPES[name].task == "classify" else "to an image: ") in words


@pytest.mark.parametrize("name", SHAPES)
def test_it_has_a_step_for_the_image_and_for_each_layer_with_its_shape_beneath(name):
    plan, page = layers.plan(SHAPES[name]), drawn(SHAPES[name])
    assert len(of_class(page, "dx-step")) == len(plan) + 1
    shown = [text for text in page.text if re.fullmatch(r"[\d,]+( × [\d,]+)*", text) and text not in "0123456789"]
    expected = network.layer_table(plan)["Output shape"][:-1]
    assert shown == ["28 × 28 × 1", *(shape for shape in expected if shape not in "0123456789")]


@pytest.mark.parametrize("name", SHAPES)
def test_it_is_made_of_what_streamlit_lets_through(name):
    assert {tag for tag, _ in drawn(SHAPES[name]).elements} <= {"style", "div", "span", "i", "b"}


@pytest.mark.parametrize("name", SHAPES)
def test_every_drawing_fits_into_its_frame(name):
    markup = network.diagram(layers.plan(SHAPES[name]))
    frame = int(re.search(r"--frame:(\d+)px", markup)[1])
    assert max(heights(SHAPES[name])) <= frame
    for style in re.findall(r'style="(width:[^"]+)"', markup):
        behind = re.search(r"margin:(\d+)px", style)
        assert int(re.match(r"width:(\d+)px", style)[1]) + int(behind[1] if behind else 0) <= frame


def test_more_units_are_higher_and_larger_outputs_wider_and_more_channels_deeper():
    assert heights(MLP.changed(hidden=(10, 64, 500, 4096)))[1:] == sorted(
        set(heights(MLP.changed(hidden=(10, 64, 500, 4096)))[1:])
    )
    image, first, pooled, second, _ = squares(CNN)
    assert image[0] > first[0] > pooled[0] > second[0]
    assert (image[1], first[1], pooled[1], second[1]) == (0, 5, 5, 6)


def test_what_training_changes_stands_out():
    plan = layers.plan(CNN)
    learnt = of_class(drawn(CNN), "dx-area")  # one a step
    assert len(learnt) == len(plan) + 1
    blue = of_class(drawn(CNN), "dx-learnt")
    assert len(blue) == sum(layer.parameters > 0 for layer in plan) + 1  # and one in the legend


def test_skip_connections_are_arcs_from_their_layer_to_where_they_join():
    arcs = of_class(drawn(UNET), "dx-skip")
    columns = [tuple(map(int, re.search(r"grid-column:(\d+)/span (\d+)", arc["style"]).groups())) for arc in arcs]
    plan = layers.plan(UNET)
    joined = {
        (start + 2, start + 2 + at - start)
        for at, layer in enumerate(plan)
        for start in layer.inputs
        if start != at - 1
    }
    assert {(start, start + width - 1) for start, width in columns} == joined
    assert len(arcs) == 4
    words = next(attributes for _, attributes in drawn(UNET).elements if attributes.get("role") == "img")["aria-label"]
    assert "9. Concatenate, 7 × 7 × 80, which also takes layer 3;" in words
    assert "which also takes layer 1 and the image" in words


@pytest.mark.parametrize("name", [name for name in SHAPES if SHAPES[name].architecture != "unet"])
def test_a_plain_sequence_wraps_and_has_no_arcs(name):
    page = drawn(SHAPES[name])
    assert len(of_class(page, "dx-line")) == 1
    assert of_class(page, "dx-skip") == []


def test_what_is_wider_than_the_screen_scrolls_in_its_own_box_and_by_keyboard():
    (box,) = of_class(drawn(UNET), "dx-scroll")
    assert (box["role"], box["tabindex"]) == ("region", "0")
    assert box["aria-label"]
    assert ".dx-scroll {overflow-x:auto" in network.diagram(layers.plan(UNET))


@pytest.mark.parametrize(
    ("key", "names"),
    [
        ("cnn", {"Image", "Probabilities"}),
        ("autoencoder", {"Noisy image", "Clean image"}),
        ("autoencoder-2d", {"Image", "Image again"}),
        ("cvae", {"Image", "Image again"}),
    ],
)
def test_an_image_is_called_noisy_where_noise_is_put_into_it(key, names):
    told = {"Image", "Image again", "Noisy image", "Clean image", "Probabilities"}
    assert told & set(drawn(RECIPES[key]).text) == names


def test_what_goes_into_a_generator_beside_the_image_is_said():
    page = drawn(RECIPES["cvae"])
    words = next(attributes for _, attributes in page.elements if attributes.get("role") == "img")["aria-label"]
    assert "2. Concatenate, 794, which also takes the digit;" in words
    assert "5. Sample, 16, which also takes normal noise;" in words
    assert "6. Concatenate, 26, which also takes the digit;" in words
    assert page.text.count("Joined") == page.text.count("with the digit") == 2


def test_names_are_escaped():
    plan = layers.plan(MLP)
    evil = Layer(EVIL, {}, (64,))
    page = Page(network.diagram([*plan[:2], evil, *plan[2:]]))
    assert page.all("script") == []
    assert EVIL in page.text
    dense = dataclasses.replace(plan[1], settings={"units": 64, "activation": EVIL})
    assert Page(network.diagram([plan[0], dense, *plan[2:]])).all("script") == []
