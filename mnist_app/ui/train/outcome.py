"""What came out of a training: figures beside the guess, ways to the other pages, and what can be done with a run."""

from collections.abc import Callable

import streamlit as st

from mnist_app import ExplorerError, store, ui

_GUESSES = "guesses"


def remember_guess(id: str, accuracy: float) -> None:
    """Keep what was expected of that training for this visit; accuracy as a fraction."""
    st.session_state.setdefault(_GUESSES, {})[id] = accuracy


def stored(name: str) -> store.StoredModel | None:
    """The stored model of that name; None where it was deleted."""
    return next((model for model in ui.listing().models if model.name == name), None)


def in_short(model: store.StoredModel) -> str:
    """The run's figure with its uncertainty, in a clause."""
    card = model.card
    if card.test is None:
        return f"validation loss {model.history.epochs[-1].val_loss:.4f}"
    low, high = card.test.interval
    uncertain = f"(95% interval {low:.2%} to {high:.2%}, n = {card.test.n:,})"
    return f"test accuracy {card.test.value:.2%}{ui.on(card.data)} {uncertain}"


def show_outcome(model: store.StoredModel, *, id: str) -> None:
    """The test accuracy, and beside it what was expected of the training of that id."""
    card = model.card
    if card.stopped:
        st.markdown(f"Stopped after {card.stopped} of {card.recipe.epochs} epochs and kept.")
    if card.test is None:
        st.metric("Validation loss", f"{model.history.epochs[-1].val_loss:.4f}")
        return
    low, high = card.test.interval
    found, guessed = st.columns(2)
    found.metric("Test accuracy", f"{card.test.value:.2%}")
    found.caption(f"95% interval {low:.2%} to {high:.2%}, {card.test.n:,} test images{ui.of(card.data)}")
    guess = st.session_state.get(_GUESSES, {}).get(id)
    if guess is None:
        return
    guessed.metric("Your guess", f"{guess:.1%}")
    points = 100 * (guess - card.test.value)
    if low <= guess <= high:
        guessed.caption(f"Within the interval: {points:+.2f} percentage points")
    else:
        guessed.caption(f"{abs(points):.2f} percentage points too {'high' if points > 0 else 'low'}")


def show_links(model: store.StoredModel) -> None:
    """The pages on which the run can be seen now."""
    label = ui.run_of(model).label
    with st.container(horizontal=True):
        if model.card.recipe.task != "classify":
            if model.card.recipe.options.get("noise_level"):
                st.page_link("pages/noise.py", label="Noise: see what it makes of noisy digits", icon="🌫️")
            if model.card.recipe.architecture != "unet" and model.card.as_declared:
                st.page_link("pages/latent.py", label="Latent: see what it makes of a few numbers", icon="🧬")
            return
        st.page_link("pages/draw.py", label="Draw: let it guess", icon="✏️")
        st.page_link("pages/curves.py", label="Curves", icon="📈", query_params={"runs": label})
        st.page_link("pages/noise.py", label="Noise", icon="🌫️", query_params={"classifier": label})


def show_actions(model: store.StoredModel, *, place: str) -> None:
    """Download, rename and delete; `place` tells the buttons of one place on the page from those of another."""
    with st.container(horizontal=True):
        if model.served:
            st.download_button(
                "Download model.keras",
                lambda: model.keras_path.read_bytes(),
                file_name=f"{model.name}.keras",
                mime="application/octet-stream",
                key=f"download_{place}",
                on_click="ignore",
            )
        if store.is_shipped(model.name):
            return
        with st.popover("Rename …", key=f"rename_{place}"):
            _rename(model, place)
        with st.popover("Delete …", key=f"delete_{place}"):
            _delete(model, place)


def _rename(model: store.StoredModel, place: str) -> None:
    label = st.text_input("Name", model.card.label, max_chars=60, key=f"name_{place}_{model.name}")
    st.caption("Up to 60 characters. Left empty, the run is called by its recipe again.")
    if st.button("Save", key=f"rename_confirmed_{place}", type="primary"):
        _change(store.rename, model.name, label)


def _delete(model: store.StoredModel, place: str) -> None:
    st.markdown(f"**{ui.html.escape(ui.run_of(model).label)}**, its weights and its curves. This cannot be undone.")
    if st.button("Delete for good", key=f"delete_confirmed_{place}", type="primary"):
        _change(store.delete, model.name)


def _change(action: Callable[..., object], *given: str) -> None:
    try:
        action(*given)
    except ExplorerError as error:
        st.error(str(error))
    else:
        st.rerun()
