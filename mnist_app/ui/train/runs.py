"""Stored runs: their figures beside the guess, links to the other pages, and what can be done with them."""

import streamlit as st

from mnist_app import store
from mnist_app.ui import asked, dataset, html, models, page, queue, visitor
from mnist_app.ui.train import code


def guesses() -> dict[str, float]:
    """The accuracies that the visitor expected, in percent, by the name of the training."""
    return st.session_state.setdefault("guesses", {})


def show_runs() -> None:
    """The runs that were trained here; the shipped ones stay."""
    own = [model for model in models.served().models if not model.shipped]
    by_label = {model.run.label: model for model in own}
    if not by_label:
        st.info("You have not trained a network here yet. Press Start above, or train one in a terminal:")
        st.code("python -m mnist_app train mlp-64-64", language="bash")
        return
    names = {label: f"{label} · {queue.whose(model.card)}" for label, model in by_label.items() if model.card.owner}
    title = "Run" if len(own) == 1 else f"{len(own)} runs"
    label = st.selectbox(title, list(by_label), key="run", format_func=lambda label: names.get(label, label))
    show_run(model := by_label[label], place="runs")
    code.show(model.card.recipe, model.card.seed, place="runs", data=model.card.data)


def show_run(model: store.StoredModel, *, place: str) -> None:
    """A run with all that can be done; `place` tells the buttons of one place on the page from those of another."""
    show_result(model)
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
        if not model.shipped and visitor.may_change(model.card):
            _show_changes(model, place)
    if not (model.shipped or visitor.may_change(model.card)):
        queue.show_who_may_change(model.card)


def show_result(model: store.StoredModel) -> None:
    """The figures, and the links to the pages where the run can be tried."""
    card = model.card
    if card.stopped:
        st.markdown(f"Stopped after {card.stopped} of {card.recipe.epochs} epochs and kept.")
    if card.test is None:
        st.metric("Validation loss", f"{model.history.epochs[-1].val_loss:.4f}")
    else:
        _show_accuracy(model)
    with st.container(horizontal=True):
        _show_links(model)


def _show_accuracy(model: store.StoredModel) -> None:
    card, (left, right) = model.card, st.columns(2)
    low, high = card.test.interval
    with left:
        st.metric("Test accuracy", f"{card.test.value:.2%}")
        interval = f"95% interval {low:.2%} to {high:.2%}"
        st.caption(f"{interval}, {card.test.n:,} test images{dataset.of(card.data)}. Trained in {card.seconds:.0f} s.")
    guess = guesses().get(store.name_of(card.recipe, card.seed, data=card.data))
    if guess is None:
        return
    with right:
        st.metric("Your guess", f"{guess:.1f}%")
        points = guess - 100 * card.test.value
        side = "high" if points > 0 else "low"
        where = "within" if low <= guess / 100 <= high else "outside"
        st.caption(f"{abs(points):.2f} percentage points too {side}, {where} the interval")


def _show_links(model: store.StoredModel) -> None:
    recipe, label = model.card.recipe, model.run.label
    links = []
    if recipe.task == "classify":
        links.append(("draw", "Draw: let it guess", "edit", asked.link(model)))
        links.append(("curves", "Curves", "show_chart", {"runs": label}))
        links.append(("noise", "Noise", "blur_on", {"classifier": label}))
    elif recipe.options.get("noise_level"):
        links.append(("noise", "Noise: see what it makes of noisy digits", "blur_on", asked.link(model)))
    if recipe.task != "classify" and recipe.architecture != "unet" and model.card.as_declared:
        links.append(("latent", "Latent: see what it makes of a few numbers", "genetics", None))
    for name, title, icon, query in links:
        st.page_link(f"pages/{name}.py", label=title, icon=f":material/{icon}:", query_params=query)


def _show_changes(model: store.StoredModel, place: str) -> None:
    # A popover closes when its key changes. A button's key names its run, so that a second press meets no other run.
    changes, which = st.session_state.setdefault("changes", 0), f"{place}_{model.name}"
    with st.popover("Rename …", key=f"rename_{changes}_{which}"):
        name = st.text_input("Name", model.card.label, max_chars=60, key=f"name_{which}")
        st.caption("Up to 60 characters. Without a name, the run has the name of its recipe.")
        saved = st.button("Save", key=f"rename_confirmed_{which}", type="primary")
    with st.popover("Delete …", key=f"delete_{changes}_{which}"):
        label = html.as_markdown(model.run.label)
        st.markdown(f"This deletes **{label}** with its weights and its curves. It cannot be undone.")
        deleted = st.button("Delete for good", key=f"delete_confirmed_{which}", type="primary")
    if (saved and page.attempt(visitor.change, store.rename, model, name)) or (
        deleted and page.attempt(visitor.change, store.delete, model)
    ):
        st.session_state["changes"] += 1
        st.rerun()
