"""The Latent page without a browser, with tiny networks whose answers are known, served by LiteRT as others are."""

import html
import re
from dataclasses import replace

import numpy as np
import pytest

from mnist_app import serving, store
from mnist_app.serving import latent
from mnist_app.ui import dataset
from mnist_app.ui.latent import plane
from tests import drawings, tiny_latent
from tests.pages import stage
from tests.pages.stage import digit_image, markup, press, text_of

RULES = [rule.title.replace("one digit", "the digit 3") for rule in latent.RULES]


pytestmark = pytest.mark.usefixtures("fresh_caches")


@pytest.fixture
def trained(small_mnist, tiny_model, monkeypatch):
    """The tiny networks of all sections, a classifier, and 20 test images: two of each digit."""
    digits = replace(dataset.test_digits(), labels=np.arange(20) % 10)
    monkeypatch.setattr(dataset, "test_digits", lambda: digits)
    for key in ("autoencoder", "autoencoder-2d", "cvae"):
        tiny_latent.save(key)


def visit(section, **query):
    return stage.visit("pages/latent.py", section=section, **query)


def rows(page):
    """Of each row of pictures what a screen reader calls it, and its pictures as grey levels."""
    found = re.findall(r'<section class="lx" aria-label="([^"]*)">(.*?)</section>', markup(page))
    sources = {html.unescape(name): re.findall(r'src="([^"]*)"', row) for name, row in found}
    return {name: [drawings.decoded(source) for source in row] for name, row in sources.items()}


def picture(page, alt):
    return drawings.decoded(re.search(f'<img alt="{re.escape(alt)}[^"]*" src="([^"]*)"', markup(page))[1])


def grey(image):
    return np.round(image[..., 0] * 255)


def test_each_rule_has_a_row_of_pictures_which_the_seed_decides(trained):
    page = visit("Random points", points_seed="5")
    first = rows(page)
    assert list(first) == RULES
    assert {len(images) for images in first.values()} == {12}
    assert len(re.findall(r"sure of \d+ of 100: \d+% \(95% interval \d+% to \d+%\)", markup(page))) == len(RULES)
    assert len(re.findall(r"Median distance to the nearest code of a test image: [\d.]+\.", markup(page))) == len(RULES)
    seed = page.number_input(key="points_seed")
    for value, same in ((6, False), (5, True)):
        seed.set_value(value).run()
        assert (np.stack(rows(page)[RULES[1]]) == np.stack(first[RULES[1]])).all() == same
    assert 0 <= press(page, "points_again").number_input(key="points_seed").value <= 9999


def test_a_morph_goes_from_one_digit_to_the_other_through_codes_and_through_pixels(trained, small_mnist):
    page = visit("Morph", from_image="3", to_image="4")
    start, end = small_mnist["x_test"][3:5]
    through_codes, through_pixels = rows(page)["Through the codes"], rows(page)["Through the pixels"]
    assert len(through_codes) == len(through_pixels) == latent.STEPS
    assert (through_pixels[0] == start).all()
    assert (through_pixels[-1] == end).all()
    assert np.abs(through_pixels[5] - (start / 2 + end / 2)).max() <= 1
    codes = tiny_latent.encoded(np.stack([start, end])[..., None] / 255)
    for shown, code in ((through_codes[0], codes[0]), (through_codes[5], codes.mean(0)), (through_codes[-1], codes[1])):
        assert np.abs(shown - grey(tiny_latent.decoded(code[None])[0])).max() <= 1
    assert 0 <= press(page, "to_another").number_input(key="to_image").value < 20


def test_an_end_is_drawn_here_or_on_the_draw_page(trained):
    page = visit("Morph", from_source="From Draw", to_source="Draw here")
    assert "You have not drawn a digit on the Draw page yet" in text_of(page)
    assert page.get("page_link")
    assert "Draw a digit in the black square" in text_of(page)
    assert not rows(page)
    page.session_state["drawn"] = digit_image(5)
    page.session_state["to-canvas"] = drawings.canvas_value(drawings.moved(drawings.SEVEN, scale=0.7))
    through_pixels = rows(page.run())["Through the pixels"]
    assert (through_pixels[0] == grey(digit_image(5))).all()
    assert through_pixels[-1].max() > 200


def test_two_numbers_are_decoded_where_the_sliders_stand(trained, small_mnist):
    page = visit("Two numbers", first_number="4.7", second_number="5.2")
    assert "Decoded at (4.7, 5.2)" in markup(page)
    codes = tiny_latent.encoded(small_mnist["x_test"][..., None] / 255)
    sliders = [page.slider(key=key) for key in plane.NUMBERS]
    assert [each.min for each in sliders] == np.floor(codes.min(0)).tolist()
    assert [each.max for each in sliders] == np.ceil(codes.max(0)).tolist()
    chosen = [sliders[0].min + 0.3, sliders[1].max]
    for slider, number in zip(sliders, chosen, strict=True):
        slider.set_value(number)
    page.run()
    shown = picture(page, f"Decoded at ({chosen[0]:.1f}, {chosen[1]:.1f})")
    assert np.abs(shown - grey(tiny_latent.decoded(np.array([chosen]))[0])).max() <= 1
    nearest = np.linalg.norm(codes - chosen, axis=1).argmin()
    assert f"test image {nearest}, a {nearest % 10}" in markup(page)


def test_the_map_has_the_layers_that_are_chosen(trained):
    page, maps = visit("Two numbers"), set()
    for layers, stretched in (([plane.DECODED], True), ([plane.TESTS], True), ([plane.TESTS], False)):
        page.pills(key="layers").set_value(layers)
        page.toggle(key="stretched").set_value(stretched).run()
        maps |= set(re.findall(r"--map:url\((data:image/webp;base64,[^)]+)\)", markup(page)))
    assert len(maps) == 3
    assert "Legend: a colour for each digit from 0 to 9" in markup(page)


def test_the_sliders_change_the_digit_and_random_and_zero_set_them_all(trained):
    page = visit("Sliders", asked="4", z1="1.5")
    assert (picture(page, "A generated 4") == grey(tiny_latent.generated(1.5, 4))).all()
    for digit, image in enumerate(rows(page)["All ten digits"]):
        assert (image == grey(tiny_latent.generated(1.5, digit))).all()
    press(page, "latents_random")
    values = [page.slider(key=f"z{number}").value for number in range(1, tiny_latent.LATENT + 1)]
    assert len(set(values)) > 4
    assert all(-3 <= value <= 3 for value in values)
    press(page, "latents_zero")
    assert {page.slider(key=f"z{number}").value for number in range(1, tiny_latent.LATENT + 1)} == {0}
    assert (picture(page, "A generated 4") == grey(tiny_latent.generated(0, 4))).all()


def test_a_missing_or_damaged_network_is_named_in_its_section_only(trained):
    tiny_latent.save("autoencoder", encoder=b"not a network")
    page = visit("Random points")
    assert "does not load" in page.warning[0].value
    assert not rows(page)
    store.delete(next(model for model in store.list_models().models if model.card.recipe.key == "autoencoder"))
    page.segmented_control(key="section").set_value("Morph").run()
    assert "python -m mnist_app train autoencoder" in text_of(page)
    page.segmented_control(key="section").set_value("Sliders").run()
    assert rows(page)


def test_without_mnist_what_needs_no_test_images_is_left(no_mnist, tiny_model):
    for key in ("autoencoder", "autoencoder-2d"):
        tiny_latent.save(key)
    page = visit("Random points")
    assert list(rows(page)) == ["Uniform from 0 to 1"]
    assert "images of MNIST" in text_of(page)
    ends = {"from_source": "From Draw", "to_source": "From Draw"}
    assert list(rows(visit("Morph", drawn=digit_image(5), **ends))) == ["Through the codes", "Through the pixels"]
    page.segmented_control(key="section").set_value("Two numbers").run()
    assert "images of MNIST" in text_of(page)
    assert not page.slider


def test_the_test_images_are_encoded_once_for_all_visitors(trained, monkeypatch):
    encoded, run = [], serving.Network.run

    def counted(network, images):
        encoded.extend([len(images)] * (network.output_shape == (2,)))
        return run(network, images)

    monkeypatch.setattr(serving.Network, "run", counted)
    for _ in range(2):
        visit("Two numbers")
    assert encoded == [20]
