"""A network's layers as a table and as a diagram: the plan's own numbers, in words and in the picture, all escaped."""

import re

import pytest

from mnist_app.recipes import RECIPES, layers
from mnist_app.recipes.layers import Layer
from mnist_app.ui.train import diagram
from tests.ui.test_ui_html import EVIL, Page

RECIPES_OF = {
    "mlp": RECIPES["mlp-64-64"].changed(hidden=(1, 4096)),
    "cnn": RECIPES["cnn"].changed(zero_padding=8, filters=(16, 16, 16), hidden=(4096, 10, 1)),
    "generator": RECIPES["cvae"],
    "u-net": RECIPES["unet"].changed(filters=32, latent_dim=1024),
}
NAMES = {
    "mlp": {"Image", "Probabilities"},
    "cnn": {"Image", "Probabilities"},
    "generator": {"Image", "Image again", "with the digit", "with normal noise"},
    "u-net": {"Noisy image", "Clean image"},
}


def drawn(plan, **options):
    return Page(diagram.diagram(plan, **options))


def words(page):
    """What a screen reader says of the diagram."""
    return next(attributes for _, attributes in page.elements if attributes.get("role") == "img")["aria-label"]


def test_the_table_of_lenet():
    table = diagram.layer_table(layers.plan(RECIPES["lenet5"]))
    rows = list(zip(*table.values(), strict=True))
    assert rows[1] == ("Conv 6 5×5 valid relu", "28 × 28 × 6", "156", "5 × 5 × 1 × 6 + 6")
    assert rows[6] == ("Dense 120 relu", "120", "48,120", "400 × 120 + 120")
    assert rows[-1] == ("Total", "", "61,706", "")


@pytest.mark.parametrize("name", NAMES)
def test_the_diagram_has_a_step_for_each_layer_in_its_frame_and_says_it_in_words(name):
    plan = layers.plan(RECIPES_OF[name])
    markup = diagram.diagram(plan, noisy=name == "u-net")
    page = Page(markup)
    assert markup.count('class="dx-step"') == len(plan) + 1, "the image is the first one"
    for number, layer in enumerate(plan, start=1):
        shape = " × ".join(f"{size:,}" for size in layer.output_shape)
        assert f"{number}. {layer.title}, {shape}" in words(page)
        assert shape in page.text
    assert "relu" in page.text or name != "mlp", "the units are the shape, said once"
    assert {name for names in NAMES.values() for name in names} & set(page.text) == NAMES[name]
    assert {tag for tag, _ in page.elements} <= {"div", "span", "i", "b"}, "Streamlit removes SVG"
    frame = int(re.search(r"--frame:(\d+)px", markup)[1])
    heights = re.findall(r';height:(\d+)px(?:;margin:(\d+)px)?|style="height:(\d+)px', markup)
    assert max(sum(int(part or 0) for part in each) for each in heights) <= frame


def test_skip_connections_are_arcs_from_their_layer_to_where_they_join():
    plan = layers.plan(RECIPES["unet"])
    page = drawn(plan)
    arcs = [attributes["style"] for _, attributes in page.elements if attributes.get("class") == "dx-skip"]
    columns = [tuple(map(int, re.search(r"grid-column:(\d+)/span (\d+)", arc).groups())) for arc in arcs]
    joined = {(start + 2, at + 2) for at, layer in enumerate(plan) for start in layer.inputs if start != at - 1}
    assert {(start, start + width - 1) for start, width in columns} == joined
    assert "9. Concatenate, 7 × 7 × 80, which also takes layer 3;" in words(page)


def test_names_are_escaped():
    plan = layers.plan(RECIPES["mlp-64-64"])
    assert drawn([*plan[:2], Layer(EVIL, {}, (64,)), *plan[2:]]).all("script") == []
