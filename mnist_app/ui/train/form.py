"""The settings of a training: a recipe, and a widget for each of its fields, made from what `recipes` says of them.

Every widget's key is "<recipe>.<field>", which is also its name in the address: each recipe keeps its own changes, and
any state of the form is a link.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from mnist_app import ExplorerError, InvalidInput, recipes
from mnist_app.recipes import layers
from mnist_app.recipes.fields import SEED, Field, as_text, check, fields_of, is_idle

FIRST = ("hidden", "filters", "latent_dim", "optimizer", "learning_rate", "epochs", "batch_size")
"""What a class changes first; the other fields stand under “More settings”."""
SEED_KEY = "training_seed"
_DEFAULT = "mlp-64-64"
_LABELS = {
    "hidden": "Hidden layers",
    "latent_dim": "Latent dimension",
    "optimizer": "Optimiser",
    "l2": "L2 factor",
    "images": "Training images",
    "dtype_policy": "Data type policy",
    "jit_compile": "JIT compilation",
}
_WIDTH = 148


@dataclass(frozen=True)
class Chosen:
    """What the form holds.

    Attributes:
        declared: the recipe that was chosen.
        seed: of the training.
        recipe, plan: what would be trained, and its layers; None and empty where that is impossible.
    """

    declared: recipes.Recipe
    seed: int
    recipe: recipes.Recipe | None = None
    plan: tuple[layers.Layer, ...] = ()


def choose() -> Chosen:
    """Show the form, with what is wrong with it, and return what it holds."""
    titles = {key: recipe.title for key, recipe in recipes.RECIPES.items()}
    default = list(titles).index(_DEFAULT)
    key = st.selectbox("Recipe", titles, default, format_func=titles.get, key="recipe", bind="query-params")
    declared = recipes.RECIPES[key]
    st.caption(declared.about)
    rules = fields_of(declared.architecture)
    values = {name: rule.default for name, rule in rules.items()}
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        for name in FIRST:
            if name in rules:
                values[name] = _ask(declared, name, rules[name])
        seed = st.number_input(
            "Seed", SEED.minimum, SEED.maximum, SEED.default, key=SEED_KEY, bind="query-params", width=_WIDTH,
            help=_help(SEED),
        )  # fmt: skip
    with st.expander("More settings"), st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        for name, rule in rules.items():
            if name not in FIRST and not is_idle(name, values):
                values[name] = _ask(declared, name, rule)
    _show_changes(declared, values, seed)
    try:
        recipe = declared.changed(**values)
        return Chosen(declared, seed, recipe, layers.plan(recipe))
    except ExplorerError as error:
        st.error(str(error))
        return Chosen(declared, seed)


def fill(recipe: recipes.Recipe, seed: int) -> None:
    """Put a training's settings into the form; for a widget's callback, before the form is shown."""
    st.session_state["recipe"] = recipe.key
    st.session_state[SEED_KEY] = seed
    for name, rule in fields_of(recipe.architecture).items():
        st.session_state[_key(recipe, name)] = _shown(recipe.fields[name], rule)


def can_fill(recipe: recipes.Recipe) -> bool:
    return recipe.key in recipes.RECIPES


def _show_changes(declared: recipes.Recipe, values: Mapping[str, object], seed: int) -> None:
    changes = [f"{name} {as_text(value)}" for name, value in values.items() if value != declared.fields[name]]
    changes += [f"seed {seed}"] if seed else []
    if not changes:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"Changed: `{', '.join(changes).replace('`', '')}`", width="stretch")
        st.button("Reset to the recipe", key="reset", on_click=fill, args=(declared, SEED.default))


def _ask(declared: recipes.Recipe, name: str, rule: Field) -> object:
    """A widget for that field; its value in the field's own type, or as it was typed where that is impossible."""
    label = _LABELS.get(name, name.replace("_", " ").capitalize())
    options = {"key": _key(declared, name), "help": _help(rule), "bind": "query-params"}
    value = _shown(declared.fields[name], rule)
    match rule.kind:
        case "choice":
            return st.selectbox(label, rule.choices, index=rule.choices.index(value), width=_WIDTH, **options)
        case "bool":
            return st.toggle(label, value, **options)
        case "int":
            return st.number_input(label, int(rule.minimum), int(rule.maximum), value, width=_WIDTH, **options)
    text = st.text_input(label, value, live=True, autocomplete="off", width=_WIDTH, max_chars=60, **options)
    try:
        return check(name, text, rule, subject="Training")
    except InvalidInput:
        return text


def _key(recipe: recipes.Recipe, name: str) -> str:
    return f"{recipe.key}.{name}"


def _shown(value: object, rule: Field) -> object:
    return as_text(value) if rule.kind in ("float", "ints") else value


def _help(rule: Field) -> str:
    bounds = "" if rule.kind in ("choice", "bool") else f": {rule.expected}"
    return f"{rule.meaning[0].upper()}{rule.meaning[1:]}{bounds}."
