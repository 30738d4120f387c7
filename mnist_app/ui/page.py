"""What every page has: title and style, figures, warnings, and “What to notice” at its end."""

from collections.abc import Callable, Iterable
from pathlib import Path

import streamlit as st

from mnist_app import Damaged, ExplorerError
from mnist_app.ui import dataset, html, models, visitor

_STYLE = Path(__file__).with_name("style.css")


def heading(title: str) -> None:
    """The page's title, and the banner where generated digits stand in for MNIST."""
    _title(title)
    dataset.show_banner()


def heading_with_classifier(title: str) -> models.Classifier:
    """The page's title, and beside it the choice of a trained classifier; where there is none, the page ends here."""
    left, right = st.columns([5, 1], vertical_alignment="bottom")
    with left:
        _title(title)
    dataset.show_banner()
    classifiers = models.served().classifiers
    show_damaged(models.served().damaged)
    if not classifiers:
        offer_first_training()
    by_label = {each.label: each for each in classifiers}
    return by_label[right.selectbox("Classifier", list(by_label), key="classifier", bind="query-params")]


def offer_first_training() -> None:
    """Say how to train the first network; the page ends here."""
    st.info("Train a network first. This takes less than a minute:")
    st.code("python -m mnist_app train mlp-64-64", language="bash")
    offer_training()
    st.stop()


def offer_training() -> None:
    """Name the classifiers whose weights are too large to ship, and how to get them."""
    cards = [model.card for model in models.served().models if not model.served]
    too_large = [card for card in cards if card.recipe.task == "classify"]
    if not too_large:
        return
    with st.expander(f"{len(too_large)} more trained networks are too large to ship"):
        for card in too_large:
            st.markdown(
                f"**{html.escape(card.recipe.title)}**: {card.parameters:,} parameters, test accuracy "
                f"{card.test.value:.2%}{dataset.on(card.data)}. Train it on this machine, and its guesses appear "
                f"here. This took {card.seconds / 60:.0f} minutes on two cores:"
            )
            st.code(f"python -m mnist_app train {card.recipe.key}", language="bash")


def show_damaged(damaged: Iterable[Damaged]) -> None:
    """A warning for each model that cannot be used, with what to do."""
    for error in damaged:
        st.warning(str(error), icon="⚠️")


def choice(label: str, options: Iterable[str], *, key: str, default: str | None = None, **appearance) -> str:
    """Exactly one of the options, the first or the default at first; the address holds it under that key."""
    options = list(options)
    state = {"default": default or options[0], "required": True, "key": key, "bind": "query-params"}
    return st.segmented_control(label, options, **state, **appearance)


def offer_drawing() -> None:
    """Say that nothing is drawn on the Draw page, and offer the way there."""
    st.info("You have not drawn a digit on the Draw page yet. Draw one, then come back.")
    st.page_link("pages/draw.py", label="Draw a digit", icon="✏️")


def attempt(action: Callable[..., object], *arguments: object, **options: object) -> bool:
    """Whether it could be done; an error is shown."""
    try:
        action(*arguments, **options)
    except ExplorerError as error:
        st.error(str(error))
        return False
    return True


def notes(page: str) -> None:
    """The questions of a page, from the Markdown file beside it."""
    st.subheader("What to notice")
    st.markdown(Path(page).with_suffix(".md").read_text("utf-8"))


def figure(fig, *, key: str, name: str, image_format: str = "png", alt: str = "", on_select="ignore") -> None:
    """Show a plotly figure over the full width; its one button saves it as `name` in that format, "png" or "svg".

    `alt` is its text alternative; the figure's title, if none is given. `on_select` is called when points are clicked.
    """
    st.plotly_chart(
        fig,
        width="stretch",
        key=key,
        alt=alt or (fig.layout.title.text or name).split("<")[0],
        on_select=on_select,
        selection_mode="points",
        config={
            "displaylogo": False,
            "displayModeBar": True,
            "modeBarButtons": [["toImage"]],
            "toImageButtonOptions": {"format": image_format, "filename": name, "scale": 2},
        },
    )


def _title(title: str) -> None:
    st.html(_STYLE)
    st.title(title)
    visitor.remember()
