"""What every page has: title and style, figures, warnings, and “What to notice” at its end."""

import math
import random
from collections.abc import Callable, Iterable
from contextlib import suppress
from html import escape, unescape
from pathlib import Path

import streamlit as st
from streamlit.runtime.state import get_session_state

from mnist_app import Damaged, ExplorerError, ink
from mnist_app.ui import canvas, dataset, html, models, visitor

_STYLE = Path(__file__).with_name("style.css")
_PROJECTOR = Path(__file__).with_name("projector.css")
_UNDER_TITLE = "under_title"


def show_frame(start: Path) -> None:
    """What stays while the visitor moves between pages: the style, and the menu “Help”.

    It holds the words for a newcomer, from that Markdown file, and the switch of the projector view.
    """
    st.html(_STYLE)
    if is_projected() and "projector" not in st.query_params:
        st.session_state["projector"] = True  # it goes back into the address, which a change of page emptied
    with st.container(key="menu"), st.popover("Help", icon=":material/help:", type="tertiary"):
        about = "Larger text and figures, and no notes. The link keeps it: ?projector=true"
        st.toggle("Projector view", key="projector", bind="query-params", help=about)
        st.markdown(start.read_text("utf-8"))
    if is_projected():
        st.html(_PROJECTOR)


def is_projected() -> bool:
    """Whether the visitor chose the projector view."""
    return st.session_state.get("projector", False)


def heading(title: str, *, digits: bool = True) -> None:
    """The page's title; where it shows digits of the set, with the banner that says when these are not MNIST's."""
    _title(title)
    if digits:
        dataset.show_banner()


def heading_with_classifier(title: str) -> models.Classifier:
    """The page's title, and beside it the choice of a trained classifier; where there is none, the page ends here."""
    left, right = st.columns([5, 1], vertical_alignment="bottom")
    with left:
        _title(title)
    dataset.show_banner()
    served = models.served()
    show_damaged(served.damaged)
    if not served.classifiers:
        offer_first_training()
    by_label = {each.label: each for each in served.classifiers}
    chosen = by_label[right.selectbox("Classifier", list(by_label), key="classifier", bind="query-params")]
    try:
        chosen.network  # noqa: B018
    except Damaged as error:
        show_damaged([error])
        st.stop()
    return chosen


def section(title: str) -> None:
    """The heading of a part of the page (h2), as Markdown; a part of that part has an `st.subheader` (h3)."""
    st.header(title)


def offer_first_training() -> None:
    """Say how to train the first network; the page ends here."""
    st.info("Train a network first. This takes less than a minute:")
    st.code("python -m mnist_app train mlp-64-64", language="bash", wrap_lines=True)
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
                f"**{html.as_markdown(card.recipe.title)}**: {card.parameters:,} parameters, test accuracy "
                f"{card.test.value:.2%}{dataset.on(card.data)}. Train it on this machine, and its guesses appear "
                f"here. This took {card.seconds / 60:.0f} minutes on two cores:"
            )
            st.code(f"python -m mnist_app train {card.recipe.key}", language="bash", wrap_lines=True)


def show_damaged(damaged: Iterable[Damaged]) -> None:
    """A warning for each model that cannot be used, with what to do."""
    for error in damaged:
        st.warning(html.as_markdown(str(error)), icon=":material/warning:")


def choice(label: str, options: Iterable[str], *, key: str, default: str | None = None, **appearance) -> str:
    """Exactly one of the options, the first or the default at first; the address holds it under that key."""
    options, given = list(options), st.query_params.get_all(key)
    if given and not any(given):  # Streamlit would choose none of them
        _ignore([key])
    state = {"default": default or options[0], "required": True, "key": key, "bind": "query-params"}
    return st.segmented_control(label, options, **state, **appearance)


def pick(key: str, last: int) -> None:
    """Set the control of that key to a random number from 0."""
    st.session_state[key] = random.randint(0, last)


def offer_drawing() -> None:
    """Say that nothing is drawn on the Draw page, and offer the way there; or take what was drawn before a reload."""
    drawing = canvas.drawn("draw")
    if steps := ink.centre(drawing.ink):
        st.session_state.update({"drawn": steps.image, "meant": drawing.meant})
        st.rerun()
    with st.container(key="drawn_before"):  # out of sight
        canvas.show(key="draw")
    st.info("You have not drawn a digit on the Draw page yet. Draw one, then come back.")
    st.page_link("pages/draw.py", label="Draw a digit", icon=":material/edit:")


def attempt(action: Callable[..., object], *arguments: object, **options: object) -> bool:
    """Whether it could be done; an error is shown."""
    try:
        action(*arguments, **options)
    except ExplorerError as error:
        st.error(html.as_markdown(str(error)))
        return False
    return True


def notes(page: str) -> None:
    """The questions of a page, from the Markdown file beside it."""
    if not is_projected():
        section("What to notice")
        st.markdown(Path(page).with_suffix(".md").read_text("utf-8"))


def drawn(version: tuple, draw: Callable[[], object]):
    """The plotly figure that `draw` makes, once for all visitors: `version` tells it from every other one."""
    return _drawn((version, _is_phone(), is_projected()), lambda: _fitted(draw()))


@st.cache_resource(show_spinner=False, max_entries=64)
def _drawn(version: tuple, _draw: Callable[[], object]):
    return _draw()


def _fitted(fig):
    """The figure as this visitor is to see it; itself, if that is so already."""
    phone, projector = _is_phone(), is_projected()
    if not (phone or projector) or fig.layout.meta:
        return fig
    from mnist_app import figures  # brings plotly, which pages without figures do not wait for

    return figures.fitted(fig, phone=phone, projector=projector).update_layout(meta="fitted")


def _is_phone() -> bool:
    return "Mobi" in st.context.headers.get("User-Agent", "")


def figure(fig, *, key: str, name: str, image_format: str = "png", alt: str = "", on_select="ignore") -> None:
    """Show a plotly figure over the full width; its one button saves it as `name` in that format, "png" or "svg".

    `alt` is its text alternative; the figure's title, if none is given. `on_select` is called when points are clicked.
    """
    st.plotly_chart(
        _fitted(fig),
        width="stretch",
        key=key,
        alt=alt or unescape((fig.layout.title.text or name).replace("<br>", " ")),
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
    # On a phone the list of pages lies over the page that was chosen in it: the browser closes it, once a page.
    close = "document.querySelector('[data-testid=stSidebarCollapseButton] button')?.click()"
    script = f"<script>/* {escape(title)} */ if (innerWidth < 768) {close}</script>"
    st.html(script, unsafe_allow_javascript=True)
    st.title(title)
    st.session_state[_UNDER_TITLE] = st.container()
    if infinite := [key for key, text in st.query_params.items() if _is_infinite(text)]:
        _ignore(infinite)
    visitor.remember()


def _is_infinite(text: str) -> bool:
    """Whether a number input would fail on it, as on 1e999; Streamlit itself falls back for all else that is wrong."""
    with suppress(ValueError):
        return math.isinf(float(text))
    return False


def _ignore(keys: Iterable[str]) -> None:
    """Take these values out of the address before their widgets see them, and say so.

    `st.query_params` refuses this for a key whose widget was shown before, as after the browser's Back button.
    """
    with get_session_state().query_params() as link:
        for key in keys:
            link.remove_param(key)
        link.set_initial_query_params_from_current()
    named = ", ".join(html.as_markdown(key[:40]) for key in keys)
    with st.session_state[_UNDER_TITLE]:
        st.caption(f"The link's value of **{named}** is impossible. The page uses another one.")
