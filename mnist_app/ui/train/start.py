"""What a training will cost, and its start: the guess before it, what was trained already, and what forbids it."""

import streamlit as st

from mnist_app import ExplorerError, NotPossible, jobs, recipes, store, ui
from mnist_app.evaluation.results import MNIST
from mnist_app.recipes.fields import SEED
from mnist_app.ui import digits, network
from mnist_app.ui.jobs import duration, owner
from mnist_app.ui.train import outcome
from mnist_app.ui.train.form import Chosen
from mnist_app.ui.train.watching import watch

_FOUND = "trained_already"
_GUESS, _GUESS_IS_USED = "expected", "expected_is_used"


def show_network(chosen: Chosen) -> None:
    """The network that would be trained: its size, how long that takes here, and its layers."""
    if chosen.recipe is None:
        return
    size, time = st.columns(2)
    size.metric("Parameters", f"{sum(layer.parameters for layer in chosen.plan):,}")
    time.metric("Expected time on this machine", duration(jobs.expected_seconds(chosen.recipe)))
    st.html(network.diagram(chosen.plan, noisy=bool(chosen.recipe.options.get("noise_level"))))
    columns = network.layer_table(chosen.plan)
    columns["Parameters"] = [f"{count:,}" for count in columns["Parameters"]]
    st.table(columns, hide_index=True, border="horizontal", alt="The network's layers")


def offer(chosen: Chosen) -> None:
    """The guess and the button that starts the training; where it would take too long or is trained already, that."""
    if st.session_state.pop(_GUESS_IS_USED, False):
        st.session_state[_GUESS] = None
    recipe, expected = chosen.recipe, None
    if recipe and (too_long := _refusal(recipe)):
        st.error(too_long)
        recipe = None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if chosen.declared.task == "classify":
            expected = st.number_input(
                "Guess before you look: test accuracy in %", 0.0, 100.0, None, 0.1, format="%.1f", key=_GUESS,
                placeholder="What do you expect?", persist_state="session", width=270,
            )  # fmt: skip
        pressed = st.button("Start", key="start", type="primary", disabled=recipe is None)
    if recipe is None:
        return
    if pressed:
        _start(recipe, chosen.seed, expected)
    name = st.session_state.get(_FOUND)
    model = outcome.stored(name) if name == store.name_of(recipe, chosen.seed, data=_trained_on()) else None
    if model:
        _offer_another(recipe, chosen.seed, model, expected)


def _refusal(recipe: recipes.Recipe) -> str:
    """What the queue would say to a training that takes too long; empty where it does not."""
    seconds = jobs.expected_seconds(recipe)
    if seconds <= jobs.LONGEST:
        return ""
    return (
        f"This would take {duration(seconds)}; the queue takes trainings of up to {jobs.LONGEST // 3600} h. Take fewer "
        "epochs or smaller layers; `python -m mnist_app train` has no such limit."
    )


def _offer_another(recipe: recipes.Recipe, seed: int, model: store.StoredModel, expected: float | None) -> None:
    another = _free_seed(recipe, seed)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            shipped = " and comes with the app" if store.is_shipped(model.name) else ""
            st.markdown(f"This was trained already{shipped}.", width="stretch")
            pressed = st.button(f"Train it with seed {another}", key="next_seed", type="primary")
        outcome.show_outcome(model, id=model.name)
        outcome.show_links(model)
    if pressed:
        _start(recipe, another, expected)


def _start(recipe: recipes.Recipe, seed: int, expected: float | None) -> None:
    """Order the training and watch it; where it is there already, keep that in mind; else say why it cannot be."""
    try:
        id = jobs.submit(recipe, seed=seed, owner=owner(), data=_trained_on()).id
    except NotPossible as error:
        id = st.session_state[_FOUND] = error.name
    except ExplorerError as error:
        st.error(str(error))
        return
    else:
        watch(id)
        st.session_state[_GUESS_IS_USED] = True
    if expected is not None:
        outcome.remember_guess(id, expected / 100)
    st.rerun()


def _trained_on() -> str:
    return digits.name() or MNIST


def _free_seed(recipe: recipes.Recipe, seed: int) -> int:
    """The next seed with which that recipe is neither trained nor ordered."""
    taken = {model.name for model in ui.listing().models} | {job.id for job in jobs.list_jobs()}
    while store.name_of(recipe, seed, data=_trained_on()) in taken:
        seed = seed + 1 if seed < SEED.maximum else 0
    return seed
