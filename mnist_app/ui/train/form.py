"""The form that starts a training: a recipe, and a widget for each of its fields.

Every widget's key is "<recipe>.<field>", which is also its name in the address: any state of the form is a link.
"""

import itertools
from collections.abc import Mapping

import streamlit as st

from mnist_app import ExplorerError, InvalidInput, jobs, recipes, store
from mnist_app.evaluation.results import MNIST
from mnist_app.recipes import costs, layers
from mnist_app.recipes.fields import SEED, Field, as_text, check, fields_of, is_idle
from mnist_app.ui import dataset, html, models, visitor
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
_GUESS = Field("float", 0.0, "Guess before you look: test accuracy in %", 0.0, 100.0)
_WRONG = "impossible"  # in place of a field's value
_WIDTH = 148


def choose() -> tuple[recipes.Recipe | None, int]:
    """Show the form, with what is wrong with it; the recipe, None where something is impossible, and the seed."""
    titles = {key: recipe.title for key, recipe in recipes.RECIPES.items()}
    default = list(titles).index(_DEFAULT)
    key = st.selectbox("Recipe", titles, default, format_func=titles.get, key="recipe", bind="query-params")
    declared, error = recipes.RECIPES[key], ""
    st.caption(declared.about)
    rules = fields_of(declared.architecture)
    values = {name: rule.default for name, rule in rules.items()}
    with st.container(horizontal=True, gap="small"):
        for name in FIRST:
            if name in rules:
                values[name] = _ask_field(declared, name, rules[name])
        beside = st.container(width=_WIDTH)
    with st.expander("More settings"), st.container(horizontal=True, gap="small"):
        for name, rule in rules.items():
            if name not in FIRST and not is_idle(name, values):
                values[name] = _ask_field(declared, name, rule)
    try:
        recipe = None if _WRONG in values.values() else declared.changed(**values)
        if recipe:
            layers.plan(recipe)
            jobs.check_size(recipe)
    except ExplorerError as problem:
        recipe, error = None, html.as_markdown(str(problem))
    free = _free_seed(recipe) if recipe else 0
    if st.session_state.pop("seed_used", False):
        st.session_state[SEED_KEY] = ""
    with beside:
        words = {"placeholder": f"{free} (unused)", "bind": "query-params"}
        seed = _ask("Seed", SEED, "", key=SEED_KEY, blank=free, **words)
    _show_changes(declared, values)
    if error:
        st.error(error)
    return (None, 0) if seed == _WRONG else (recipe, seed)


def offer(recipe: recipes.Recipe | None, seed: int) -> str | None:
    """The guess and the button that starts the training; the id of what is to be watched.

    Where that seed was taken before, it says so, and shows what came of it only to those who ask for it.
    """
    guess, count = None, st.session_state.setdefault("started", 0)
    there = recipe is not None and _free_seed(recipe, seed) != seed
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if recipe is None or recipe.task == "classify":
            words = {"placeholder": "What do you expect?", "persist_state": "session", "width": 270}
            guess = _ask(_GUESS.meaning, _GUESS, "", key=f"expected_{count}", blank=None, **words)
        visitor.ask_name()
        ready = recipe is not None and guess != _WRONG and not there
        # Its key changes with each start, so that a double click starts one training.
        pressed = st.button("Start", key=f"start_{count}", type="primary", disabled=not ready)
    if there:
        return _show_what_is_there(recipe, seed, guess)
    try:
        if ready and pressed:
            id = _order(recipe, seed)
            runs.guesses()[id] = guess
            st.session_state.update(started=count + 1, seed_used=True)
            return id
    except ExplorerError as error:
        st.error(html.as_markdown(str(error)))
    return None


def show_network(recipe: recipes.Recipe) -> None:
    """The network that would be trained: its size, how long that takes here, and its layers."""
    plan = layers.plan(recipe)
    size, time = st.columns([2, 3], vertical_alignment="bottom")
    size.metric("Parameters", f"{sum(layer.parameters for layer in plan):,}")
    time.metric("Expected time on this machine", costs.in_words(jobs.expected_seconds(recipe)))
    st.html(diagram.diagram(plan, noisy=bool(recipe.options.get("noise_level"))))
    st.table(diagram.layer_table(plan), hide_index=True, border="horizontal", alt="The network's layers")


def fill(recipe: recipes.Recipe, seed: int | None) -> None:
    """Put a training's settings into the form; for a widget's callback, before the form is shown.

    Without a seed, the form takes the first one that is free.
    """
    st.session_state.update(recipe=recipe.key, seed_used=False)
    st.session_state[SEED_KEY] = "" if seed is None else str(seed)
    for name, rule in fields_of(recipe.architecture).items():
        value = recipe.fields[name]
        st.session_state[f"{recipe.key}.{name}"] = value if rule.kind in ("choice", "bool") else as_text(value)


def _name(recipe: recipes.Recipe, seed: int) -> str:
    return store.name_of(recipe, seed, data=dataset.name() or MNIST)


def _free_seed(recipe: recipes.Recipe, first: int = 0) -> int:
    """The first seed, from that one on, with which this is neither stored nor in the queue."""
    taken = {model.name for model in models.served().models if model.served}
    taken |= {job.id for job in jobs.list_jobs() if job.status != "finished"}
    return next(seed for seed in itertools.count(first) if _name(recipe, seed) not in taken)


def _order(recipe: recipes.Recipe, seed: int) -> str:
    """Order it. Where a class presses Start at once, each gets another seed, unless a seed was typed."""
    while True:
        job = visitor.order(jobs.submit, recipe, seed=seed, data=dataset.name())
        if visitor.is_own(job) or st.session_state[SEED_KEY].strip():
            return job.id
        seed = _free_seed(recipe, seed + 1)


def _show_what_is_there(recipe: recipes.Recipe, seed: int, guess: object) -> str | None:
    """What that seed was taken for, and what can be done; the id of a training that is to be watched."""
    name = _name(recipe, seed)
    model = models.find(name)
    with st.container(border=True):
        stored = f"was trained already{' and comes with the app' if model and model.shipped else ''}"
        st.markdown(f"This recipe with seed {seed} {stored if model else 'is among the trainings below'}.")
        with st.container(horizontal=True):
            seen = st.button("Show the result" if model else "Watch it", key="see_taken")
            another = {"on_click": fill, "args": (recipe, None), "key": "free_seed"}
            st.button(f"Take seed {_free_seed(recipe)}", **another)
        if seen and model:
            runs.guesses()[name] = guess
            runs.show_result(model)
    return name if seen and not model else None


def _show_changes(declared: recipes.Recipe, values: Mapping[str, object]) -> None:
    changed = {name: value for name, value in values.items() if value not in (_WRONG, declared.fields[name])}
    changes = [f"{name} {as_text(value)}" for name, value in changed.items()]
    if seed := st.session_state[SEED_KEY].strip():
        changes.append(f"seed {seed}")
    if not changes:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        code = " ".join(", ".join(changes).replace("`", "").split())  # an empty line would end the code
        st.markdown(f"Changed: `{code}`", width="stretch")
        st.button("Reset to the recipe", key="reset", on_click=fill, args=(declared, None))


def _ask_field(declared: recipes.Recipe, name: str, rule: Field) -> object:
    label, key = _LABELS.get(name, name.replace("_", " ").capitalize()), f"{declared.key}.{name}"
    value, options = declared.fields[name], {"key": key, "bind": "query-params"}
    about = _sentence(rule.meaning)
    if rule.kind == "choice":
        at = rule.choices.index(value)
        return st.selectbox(label, rule.choices, index=at, width=_WIDTH, help=about, **options)
    if rule.kind == "bool":
        return st.toggle(label, value, help=about, **options)
    return _ask(label, rule, as_text(value), **options)


def _ask(label: str, rule: Field, text: str, *, blank: object = _WRONG, width: int = _WIDTH, **options) -> object:
    """What is typed into a field, in its own type; `blank` for nothing; _WRONG, with a sentence, for the impossible."""
    with st.container(width=width, gap=None):
        about = _sentence(f"{rule.meaning}: {rule.expected}")
        typed = st.text_input(label, text, live=True, autocomplete="off", max_chars=60, help=about, **options)
        if blank != _WRONG and not typed.strip():
            return blank
        try:
            return check(label, typed, rule, subject="Training")
        except InvalidInput:
            st.html(f'<div class="fx-wrong" role="alert">{html.escape(_sentence(rule.expected))}</div>')
            return _WRONG


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
