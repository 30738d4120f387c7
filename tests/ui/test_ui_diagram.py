"""A network's layers as a table and as a diagram: the plan's own numbers, in words and in the picture, all escaped."""

import dataclasses
import re

import pytest

from mnist_app.recipes import RECIPES, layers
from mnist_app.recipes.layers import Layer
from mnist_app.ui.train import diagram
from tests.ui.test_ui_html import EVIL, Page

MLP, CNN, UNET = RECIPES["mlp-64-64"], RECIPES["cnn"], RECIPES["unet"]
SHAPES = {
    "mlp": MLP.changed(hidden=(1, 4096)),
    "cnn": CNN.changed(zero_padding=8, filters=(16, 16, 16), hidden=(4096, 10, 1), dropout_after="each"),
    "generator": RECIPES["cvae"],
    "u-net": UNET.changed(filters=32, latent_dim=1024),
}


def drawn(recipe):
    return Page(diagram.diagram(layers.plan(recipe), noisy=bool(recipe.options.get("noise_level"))))


def of_class(page, name):
    return [attributes for _, attributes in page.elements if name in attributes.get("class", "").split()]


def words(recipe):
    """What a screen reader says of the diagram."""
    return next(attributes for _, attributes in drawn(recipe).elements if attributes.get("role") == "img")["aria-label"]


def test_the_table_of_lenet():
    table = diagram.layer_table(layers.plan(RECIPES["lenet5"]))
    rows = list(zip(*table.values(), strict=True))
    assert list(table) == ["Layer", "Output shape", "Parameters", "Arithmetic"]
    assert rows[1] == ("Conv 6 5×5 valid relu", "28 × 28 × 6", "156", "5 × 5 × 1 × 6 + 6")
    assert rows[5] == ("Flatten", "400", "0", "")
    assert rows[6] == ("Dense 120 relu", "120", "48,120", "400 × 120 + 120")
    assert rows[-1] == ("Total", "", "61,706", "")


@pytest.mark.parametrize("name", SHAPES)
def test_the_diagram_has_a_step_for_each_layer_and_says_it_in_words(name):
    plan, page = layers.plan(SHAPES[name]), drawn(SHAPES[name])
    assert len(of_class(page, "dx-step")) == len(plan) + 1, "the image is the first one"
    for number, layer in enumerate(plan, start=1):
        shape = diagram.layer_table(plan)["Output shape"][number - 1]
        assert f"{number}. {layer.title}, {shape}" in words(SHAPES[name])
        assert shape in page.text
    assert f"{layers.count_parameters(SHAPES[name]):,} parameters" in words(SHAPES[name])
    assert {tag for tag, _ in page.elements} <= {"div", "span", "i", "b"}, "Streamlit removes SVG"


@pytest.mark.parametrize("name", SHAPES)
def test_every_drawing_fits_into_its_frame(name):
    markup = diagram.diagram(layers.plan(SHAPES[name]))
    frame = int(re.search(r"--frame:(\d+)px", markup)[1])
    heights = [int(height) for height in re.findall(r'dx-bar [^"]*" style="height:(\d+)px', markup)]
    behind = r'style="width:(\d+)px;height:\d+px(?:;margin:(\d+)px)?'
    heights += [int(width) + int(margin or 0) for width, margin in re.findall(behind, markup)]
    assert heights
    assert max(heights) <= frame


def test_skip_connections_are_arcs_from_their_layer_to_where_they_join():
    arcs = of_class(drawn(UNET), "dx-skip")
    columns = [tuple(map(int, re.search(r"grid-column:(\d+)/span (\d+)", arc["style"]).groups())) for arc in arcs]
    plan = enumerate(layers.plan(UNET))
    joined = {(start + 2, at + 2) for at, layer in plan for start in layer.inputs if start != at - 1}
    assert {(start, start + width - 1) for start, width in columns} == joined
    assert len(arcs) == 4
    assert "9. Concatenate, 7 × 7 × 80, which also takes layer 3;" in words(UNET)
    (box,) = of_class(drawn(UNET), "dx-scroll")
    assert (box["role"], box["tabindex"]) == ("region", "0"), "it scrolls by keyboard"


@pytest.mark.parametrize(
    ("key", "names"),
    [
        ("cnn", {"Image", "Probabilities"}),
        ("autoencoder", {"Noisy image", "Clean image"}),
        ("cvae", {"Image", "Image again"}),
    ],
)
def test_an_image_is_called_noisy_where_noise_is_put_into_it(key, names):
    known = {"Image", "Image again", "Noisy image", "Clean image", "Probabilities"}
    assert known & set(drawn(RECIPES[key]).text) == names


def test_the_digit_and_the_noise_of_a_generator_are_named():
    assert "2. Concatenate, 794, which also takes the digit;" in words(RECIPES["cvae"])
    assert "5. Sample, 16, which also takes normal noise;" in words(RECIPES["cvae"])
    assert drawn(RECIPES["cvae"]).text.count("with the digit") == 2


def test_names_are_escaped():
    plan = layers.plan(MLP)
    page = Page(diagram.diagram([*plan[:2], Layer(EVIL, {}, (64,)), *plan[2:]]))
    assert page.all("script") == []
    assert EVIL in page.text
    dense = dataclasses.replace(plan[1], settings={"units": 64, "activation": EVIL})
    assert Page(diagram.diagram([plan[0], dense, *plan[2:]])).all("script") == []
