"""The form that starts a training: a recipe, and a widget for each of its fields.

Every widget's key is "<recipe>.<field>", which is also its name in the address: any state of the form is a link.
"""

from collections.abc import Mapping

import streamlit as st

from mnist_app import ExplorerError, InvalidInput, NotPossible, jobs, recipes, store
from mnist_app.recipes import layers
from mnist_app.recipes.fields import SEED, Field, as_text, check, fields_of, is_idle
from mnist_app.ui import dataset, html, models, queue, visitor
from mnist_app.ui.train import diagram, runs

# What a class changes first; the other fields stand under “More settings”.
FIRST = ("hidden", "filters", "latent_dim", "optimizer", "learning_rate", "epochs", "batch_size")
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


def choose() -> tuple[recipes.Recipe | None, int]:
    """Show the form, with what is wrong with it; the recipe, None where it is impossible, and the seed."""
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
        seed = _show_field("Seed", SEED, SEED.default, key=SEED_KEY)
    with st.expander("More settings"), st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        for name, rule in rules.items():
            if name not in FIRST and not is_idle(name, values):
                values[name] = _ask(declared, name, rule)
    _show_changes(declared, values, seed)
    try:
        recipe = declared.changed(**values)
        layers.plan(recipe)
        jobs.check_size(recipe)
    except ExplorerError as error:
        st.error(html.as_markdown(str(error)))
        return None, seed
    return recipe, seed


def offer(recipe: recipes.Recipe | None, seed: int) -> str | None:
    """The guess and the button that starts the training; the id of what was started.

    Where it is trained already, that run, and a seed with which it is not.
    """
    guess = None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if recipe and recipe.task == "classify":
            guess = st.number_input(
                "Guess before you look: test accuracy in %", 0.0, 100.0, None, 0.1, format="%.1f", width=270,
                key=f"expected_{len(runs.guesses())}", placeholder="What do you expect?", persist_state="session",
            )  # fmt: skip
        visitor.ask_name()
        pressed = st.button("Start", key="start", type="primary", disabled=recipe is None)
    if not pressed:
        return None
    data = dataset.name()
    if guess is not None:
        runs.guesses()[store.name_of(recipe, seed, data=data)] = guess
    try:
        return visitor.order(jobs.submit, recipe, seed=seed, data=data).id
    except NotPossible as error:
        _show_trained(models.find(error.name), recipe, seed)
    except ExplorerError as error:
        st.error(html.as_markdown(str(error)))
    return None


def show_network(recipe: recipes.Recipe) -> None:
    """The network that would be trained: its size, how long that takes here, and its layers."""
    plan = layers.plan(recipe)
    size, time = st.columns(2)
    size.metric("Parameters", f"{sum(layer.parameters for layer in plan):,}")
    time.metric("Expected time on this machine", queue.duration(jobs.expected_seconds(recipe)))
    st.html(diagram.diagram(plan, noisy=bool(recipe.options.get("noise_level"))))
    st.table(diagram.layer_table(plan), hide_index=True, border="horizontal", alt="The network's layers")


def fill(recipe: recipes.Recipe, seed: int) -> None:
    """Put a training's settings into the form; for a widget's callback, before the form is shown."""
    st.session_state["recipe"] = recipe.key
    st.session_state[SEED_KEY] = seed
    for name, rule in fields_of(recipe.architecture).items():
        st.session_state[f"{recipe.key}.{name}"] = _shown(recipe.fields[name], rule)


def _show_trained(model: store.StoredModel, recipe: recipes.Recipe, seed: int) -> None:
    taken = {each.name for each in models.served().models} | {job.id for job in jobs.list_jobs()}
    while store.name_of(recipe, seed, data=model.card.data) in taken:
        seed += 1
    with st.container(border=True):
        st.markdown(f"This was trained already.{' It comes with the app.' if model.shipped else ''}")
        st.button(f"Take seed {seed}", key="next_seed", on_click=fill, args=(recipe, seed))
        runs.show_result(model)


def _show_changes(declared: recipes.Recipe, values: Mapping[str, object], seed: int) -> None:
    changes = [f"{name} {as_text(value)}" for name, value in values.items() if value != declared.fields[name]]
    changes += [f"seed {seed}"] if seed else []
    if not changes:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        code = " ".join(", ".join(changes).replace("`", "").split())  # an empty line would end the code
        st.markdown(f"Changed: `{code}`", width="stretch")
        st.button("Reset to the recipe", key="reset", on_click=fill, args=(declared, SEED.default))


def _ask(declared: recipes.Recipe, name: str, rule: Field) -> object:
    """A widget for that field; its value in the field's own type, or as it was typed where that is impossible."""
    label = _LABELS.get(name, name.replace("_", " ").capitalize())
    value = _show_field(label, rule, _shown(declared.fields[name], rule), key=f"{declared.key}.{name}")
    try:
        return check(name, value, rule, subject="Training")
    except InvalidInput:
        return value


def _show_field(label: str, rule: Field, value: object, *, key: str) -> object:
    bounds = "" if rule.kind in ("choice", "bool") else f": {rule.expected}"
    about = f"{rule.meaning[0].upper()}{rule.meaning[1:]}{bounds}."
    options = {"key": key, "help": about, "bind": "query-params"}
    match rule.kind:
        case "choice":
            return st.selectbox(label, rule.choices, index=rule.choices.index(value), width=_WIDTH, **options)
        case "bool":
            return st.toggle(label, value, **options)
        case "int":
            return st.number_input(label, int(rule.minimum), int(rule.maximum), value, width=_WIDTH, **options)
    return st.text_input(label, value, live=True, autocomplete="off", width=_WIDTH, max_chars=60, **options)


def _shown(value: object, rule: Field) -> object:
    return as_text(value) if rule.kind in ("float", "ints") else value
