"""The command line: what is listed, guessed, trained and refused."""

import pytest
from PIL import Image, ImageDraw


def picture(path, *lines):
    """A file with black lines on white paper."""
    image = Image.new("L", (120, 120), 255)
    for line in lines:
        ImageDraw.Draw(image).line(line, fill=0, width=10)
    image.save(path)
    return path


def test_every_recipe_is_listed_and_the_queue_is_empty(house, golden):
    listed = {recipe["key"]: recipe for recipe in house.answer("recipes")}
    measured = {key: round(10_000 * (listed[key]["test_accuracy"] or 0)) for key in golden["correct"]}
    assert measured == golden["correct"]
    assert listed["mlp-64-64"]["parameters"] == 55_050
    assert "mlp-64-64" in house.run("recipes").stdout
    assert house.answer("queue") == []


def test_a_picture_is_read_also_through_noise_and_a_denoiser(house, tmp_path):
    seven = picture(tmp_path / "7.png", (35, 30, 85, 30, 55, 95))
    empty = picture(tmp_path / "empty.png")
    found, nothing = house.answer("predict", seven, empty, "--model", "cnn")
    assert (found["digit"], nothing["digit"]) == (7, None)
    (cleaned,) = house.answer("predict", seven, "--model", "cnn", "--level", "0.3", "--denoiser", "autoencoder")
    assert cleaned["digit"] == 7
    assert cleaned["probabilities"] != found["probabilities"]


@pytest.mark.training
@pytest.mark.mnist
def test_a_network_is_trained_and_then_used(house, tmp_path):
    settings = ("--epochs", 2, "--set", "images=3000", "--set", "hidden=32", "--set", "learning_rate=0.5")
    name = house.answer("train", "mlp-64-64", *settings, "--seed", 3)["name"]
    assert len(house.curve(name)["epochs"]["loss"]) == 2
    judged = house.answer("evaluate", name)
    assert judged["n"] == 10_000
    assert judged["accuracy"] > 0.5
    one = picture(tmp_path / "1.png", (60, 20, 60, 100))
    (found,) = house.answer("predict", one, "--model", name)
    assert found["model"] == name
