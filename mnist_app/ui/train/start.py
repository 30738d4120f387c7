"""The start of a training: what it costs, the guess before it, and the run where it is trained already."""

import streamlit as st

from mnist_app import ExplorerError, NotPossible, jobs, recipes, store
from mnist_app.evaluation.results import MNIST
from mnist_app.recipes.fields import SEED
from mnist_app.ui import dataset, models, queue
from mnist_app.ui.train import diagram, outcome, watched
from mnist_app.ui.train.form import Chosen

_TRAINED_ALREADY = "trained_already"
_GUESS, _GUESS_IS_USED = "expected", "expected_is_used"


def show_network(chosen: Chosen) -> None:
    """The network that would be trained: its size, how long that takes here, and its layers."""
    if chosen.recipe is None:
        return
    size, time = st.columns(2)
    size.metric("Parameters", f"{sum(layer.parameters for layer in chosen.plan):,}")
    time.metric("Expected time on this machine", queue.duration(jobs.expected_seconds(chosen.recipe)))
    st.html(diagram.diagram(chosen.plan, noisy=bool(chosen.recipe.options.get("noise_level"))))
    st.table(diagram.layer_table(chosen.plan), hide_index=True, border="horizontal", alt="The network's layers")


def offer(chosen: Chosen) -> None:
    """The guess and the button that starts the training; where it takes too long or is trained already, that."""
    if st.session_state.pop(_GUESS_IS_USED, False):
        st.session_state[_GUESS] = None
    recipe, guess = chosen.recipe, None
    if recipe and (seconds := jobs.expected_seconds(recipe)) > jobs.LONGEST:
        st.error(
            f"This would take {queue.duration(seconds)}. The queue takes trainings of up to {jobs.LONGEST // 3600} h. "
            "Choose fewer epochs or smaller layers, or train it with `python -m mnist_app train`."
        )
        recipe = None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if chosen.declared.task == "classify":
            guess = st.number_input(
                "Guess before you look: test accuracy in %", 0.0, 100.0, None, 0.1, format="%.1f", key=_GUESS,
                placeholder="What do you expect?", persist_state="session", width=270,
            )  # fmt: skip
        pressed = st.button("Start", key="start", type="primary", disabled=recipe is None)
    if recipe is None:
        return
    if pressed:
        _start(recipe, chosen.seed, guess)
    name = st.session_state.get(_TRAINED_ALREADY)
    if name == store.name_of(recipe, chosen.seed, data=_data()) and (model := models.find(name)):
        _offer_another(recipe, chosen.seed, model, guess)


def _offer_another(recipe: recipes.Recipe, seed: int, model: store.StoredModel, guess: float | None) -> None:
    another = _free_seed(recipe, seed)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            shipped = " It comes with the app." if model.shipped else ""
            st.markdown(f"This was trained already.{shipped}", width="stretch")
            pressed = st.button(f"Train it with seed {another}", key="next_seed", type="primary")
        outcome.show_outcome(model, id=model.name)
        outcome.show_links(model)
    if pressed:
        _start(recipe, another, guess)


def _start(recipe: recipes.Recipe, seed: int, guess: float | None) -> None:
    """Order the training and watch it; remember where it is trained already, else show why it cannot start."""
    try:
        id = jobs.submit(recipe, seed=seed, owner=queue.owner(), data=_data()).id
    except NotPossible as error:
        id = st.session_state[_TRAINED_ALREADY] = error.name
    except ExplorerError as error:
        st.error(str(error))
        return
    else:
        watched.watch(id)
        st.session_state[_GUESS_IS_USED] = True
    if guess is not None:
        outcome.remember_guess(id, guess / 100)
    st.rerun()


def _data() -> str:
    return dataset.name() or MNIST


def _free_seed(recipe: recipes.Recipe, seed: int) -> int:
    """The next seed with which that recipe is neither trained nor ordered."""
    taken = {model.name for model in models.listing().models} | {job.id for job in jobs.list_jobs()}
    while store.name_of(recipe, seed, data=_data()) in taken:
        seed = seed + 1 if seed < SEED.maximum else 0
    return seed
