"""The result of a training: figures beside the guess, links to the other pages, and what can be done with a run."""

import streamlit as st

from mnist_app import store
from mnist_app.ui import dataset, html, page

_GUESSES = "guesses"


def remember_guess(id: str, accuracy: float) -> None:
    """Keep the expected accuracy of that training, a fraction, for this visit."""
    st.session_state.setdefault(_GUESSES, {})[id] = accuracy


def in_short(model: store.StoredModel) -> str:
    """The run's figure with its uncertainty."""
    card = model.card
    if card.test is None:
        return f"Validation loss {model.history.epochs[-1].val_loss:.4f}"
    low, high = card.test.interval
    uncertainty = f"(95% interval {low:.2%} to {high:.2%}, n = {card.test.n:,})"
    return f"Test accuracy {card.test.value:.2%}{dataset.on(card.data)} {uncertainty}"


def show_outcome(model: store.StoredModel, *, id: str) -> None:
    """The test accuracy, and beside it the visitor's guess for the training of that id."""
    card = model.card
    if card.stopped:
        st.markdown(f"Stopped after {card.stopped} of {card.recipe.epochs} epochs and kept.")
    if card.test is None:
        st.metric("Validation loss", f"{model.history.epochs[-1].val_loss:.4f}")
        return
    low, high = card.test.interval
    left, right = st.columns(2)
    left.metric("Test accuracy", f"{card.test.value:.2%}")
    left.caption(f"95% interval {low:.2%} to {high:.2%}, {card.test.n:,} test images{dataset.of(card.data)}")
    guess = st.session_state.get(_GUESSES, {}).get(id)
    if guess is None:
        return
    right.metric("Your guess", f"{guess:.1%}")
    points = 100 * (guess - card.test.value)
    if low <= guess <= high:
        right.caption(f"Within the interval: {points:+.2f} percentage points")
    else:
        right.caption(f"{abs(points):.2f} percentage points too {'high' if points > 0 else 'low'}")


def show_links(model: store.StoredModel) -> None:
    recipe, label = model.card.recipe, model.run.label
    with st.container(horizontal=True):
        if recipe.task == "classify":
            st.page_link("pages/draw.py", label="Draw: let it guess", icon="✏️")
            st.page_link("pages/curves.py", label="Curves", icon="📈", query_params={"runs": label})
            st.page_link("pages/noise.py", label="Noise", icon="🌫️", query_params={"classifier": label})
            return
        if recipe.options.get("noise_level"):
            st.page_link("pages/noise.py", label="Noise: see what it makes of noisy digits", icon="🌫️")
        if recipe.architecture != "unet" and model.card.as_declared:
            st.page_link("pages/latent.py", label="Latent: see what it makes of a few numbers", icon="🧬")


def show_actions(model: store.StoredModel, *, place: str) -> None:
    """Download, rename and delete; `place` tells the buttons of one place on the page from those of another."""
    with st.container(horizontal=True):
        if model.served:
            st.download_button(
                "Download model.keras",
                lambda: model.path(store.KERAS_FILE).read_bytes(),
                file_name=f"{model.name}.keras",
                mime="application/octet-stream",
                key=f"download_{place}",
                on_click="ignore",
            )
        if model.shipped:
            return
        with st.popover("Rename …", key=f"rename_{place}"):
            name = st.text_input("Name", model.card.label, max_chars=60, key=f"name_{place}_{model.name}")
            st.caption("Up to 60 characters. Without a name, the run has the name of its recipe.")
            saved = st.button("Save", key=f"rename_confirmed_{place}", type="primary")
            if saved and page.attempt(store.rename, model, name):
                st.rerun()
        with st.popover("Delete …", key=f"delete_{place}"):
            label = html.escape(model.run.label)
            st.markdown(f"This deletes **{label}** with its weights and its curves. It cannot be undone.")
            deleted = st.button("Delete for good", key=f"delete_confirmed_{place}", type="primary")
            if deleted and page.attempt(store.delete, model):
                st.rerun()
