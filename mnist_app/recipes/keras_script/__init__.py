"""A recipe and a seed become a plain Keras script of that very run: what a teacher would put on the board.

The script imports nothing of this project. It is text made from `layers.plan`, the same plan that `architectures`
builds from; nothing is trained here. In one thing it differs from `training`: Keras orders the images.
"""

import itertools

from mnist_app import NotPossible
from mnist_app.recipes import check_seed, layers
from mnist_app.recipes.keras_script import images, network, python, run
from mnist_app.recipes.recipe import Recipe

__all__ = ["write"]


def write(recipe: Recipe, *, seed: int) -> str:
    """The script of this run, formatted as `ruff format` does, ending in a line break.

    Run where Keras and TensorFlow are, it trains the network, prints its final figures and writes model.keras into the
    folder it is run in. It takes MNIST from the file that MNIST_APP_DATA names if that ends in .npz, else from Keras.

    Raises NotPossible when it needs more than Keras, InvalidInput when the seed is impossible or the network cannot be
    built.
    """
    if recipe.task == "generate" or recipe.augmentation != "none":
        generates = recipe.task == "generate"
        raise NotPossible(
            f"There is no plain Keras script of {recipe.key}",
            expected="a classifier without augmentation, or a denoiser",
            found="its network is trained to generate"
            if generates
            else f"augmentation={recipe.augmentation} is this project's own code",
            remedy="Look at mnist_app/training instead." if generates else "Set augmentation=none.",
        )
    blocks = [
        _header(recipe, check_seed(seed)),
        *images.blocks(recipe),
        network.block(layers.plan(recipe), short=recipe.dtype_policy != "float32"),
        *run.blocks(recipe),
    ]
    text = blocks[0]
    for before, block in itertools.pairwise(blocks):
        apart = any(each.startswith(("def ", "class ")) for each in (before, block))
        text += ("\n\n\n" if apart else "\n\n") + block
    return text + "\n"


def _header(recipe: Recipe, seed: int) -> str:
    constants = {"TITLE": recipe.title, "SEED": seed, "EPOCHS": recipe.epochs, "BATCH_SIZE": recipe.batch_size}
    if recipe.task == "denoise":
        constants["NOISE_LEVEL"] = recipe.options["noise_level"]
    lines = [f'"""Trains {recipe.key} on MNIST: `pip install tensorflow`, then run it."""', ""]
    if recipe.schedule == "cosine" or images.is_noise_fresh(recipe):
        lines.append("import math")
    lines += ["import os", "", "import keras", "import numpy as np", "from keras import layers", ""]
    lines += [f"{name} = {python.literal(value)}" for name, value in constants.items()]
    lines += ["", "keras.utils.set_random_seed(SEED)"]
    if recipe.dtype_policy != "float32":
        lines.append("# Layers compute with short numbers, which is faster; weights stay float32.")
        lines.append(f"keras.config.set_dtype_policy({python.literal(recipe.dtype_policy)})")
    return "\n".join(lines)
