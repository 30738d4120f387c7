"""Every experiment as data: a frozen `Recipe` says what is trained and how, and `RECIPES` holds them all."""

import shlex
from collections.abc import Mapping

from mnist_app import NotFound
from mnist_app.recipes.fields import OPTIONS, TRAINING, Field, as_text, did_you_mean, shown
from mnist_app.recipes.recipe import Recipe, Reported
from mnist_app.recipes.zoo import EXPERIMENTS

RECIPES: Mapping[str, Recipe] = {recipe.key: recipe for recipe in EXPERIMENTS}


def get(key: str) -> Recipe:
    """The recipe of that key. Raises NotFound."""
    if key not in RECIPES:
        raise NotFound(
            f"There is no recipe {shown(key)}",
            expected=f"one of {', '.join(RECIPES)}",
            found=shown(key),
            remedy=f"{did_you_mean(key, RECIPES)}`python -m mnist_app recipes` lists them.",
        )
    return RECIPES[key]


def command(recipe: Recipe, *, seed: int) -> str:
    """The command line that trains exactly this; its key is that of a declared recipe."""
    changed = [(name, value) for name, value in recipe.fields.items() if value != get(recipe.key).fields[name]]
    sets = [part for name, value in changed for part in ("--set", f"{name}={as_text(value)}")]
    return shlex.join(["python", "-m", "mnist_app", "train", recipe.key, "--seed", str(seed), *sets])
