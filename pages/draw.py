"""Draw a digit: what does each network guess, and what did it actually see?"""

import streamlit as st

from mnist_app import ink
from mnist_app.ui import asked, canvas, draw, html, models, moving, page

MOMENTS = 24


@st.fragment
@draw.in_turn
def show_guesses(classifiers: tuple[models.Classifier, ...]) -> None:
    """The canvas, and beside it every network's guess, while the pen moves too."""
    # Before anything is shown: the browser renders at once what arrives within ten milliseconds.
    drawing = canvas.drawn("draw", size=draw.CANVAS)
    steps = ink.centre(drawing.ink)
    row = st.container(horizontal=True, gap="medium")
    left, right = row.container(width=draw.CANVAS), row.container(width="stretch")
    with left:
        place = st.container()
        brush = st.slider(
            "Brush width", 8, 36, 20, key="brush", bind="query-params", help="In pixels of the canvas."
        )
        plain = st.toggle(
            "Shrink without centring",
            key="plain",
            bind="query-params",
            help="The networks get the whole canvas, shrunk to 28 × 28, and not the cropped and centred digit.",
        )
    with right:
        if steps is None:
            page.section("Draw a digit, 0 to 9, in the black square")
            st.markdown("Use a mouse, a pen or a finger. While you draw, every network makes a guess.")
            st.html(html.cards([(each.label, draw.about(each), None) for each in classifiers]))
        else:
            shrunk = ink.shrink(drawing.ink)
            image = st.session_state["drawn"] = shrunk if plain else steps.image
            best, *others = classifiers
            card, rejected = draw.best_card(best, image)
            guesses = [(each.label, draw.about(each), *models.guess(each, image[None])) for each in others]
            moving.show(card + html.cards(guesses, muted=rejected), key="guesses")
            if best.rule and others:
                st.caption("The other networks cannot reject a drawing.")
    # While the pen is down, only the guesses change: what stands below them follows when it is lifted.
    if steps is None:
        st.session_state.pop("lifted", None)
    elif not drawing.grows:
        st.session_state["lifted"] = drawing.strokes, draw.input_steps(steps, shrunk)
    if "lifted" in st.session_state:
        strokes, pictures = st.session_state["lifted"]
        page.section("What the networks see")
        st.html(pictures)
        page.section("How the guesses changed")
        if st.toggle("Replay the drawing", key="replay", bind="query-params"):
            show_replay(classifiers, strokes, plain)
    with place:
        canvas.show(key="draw", size=draw.CANVAS, brush=brush, live=True)


@st.fragment
@draw.in_turn
def show_replay(
    classifiers: tuple[models.Classifier, ...], strokes: tuple[ink.Stroke, ...], plain: bool
) -> None:
    """Called only while it is open: it asks every network 24 times."""
    moments = ink.replay(strokes, steps=MOMENTS, size=draw.CANVAS)
    now = st.slider("Moment of the drawing", 1, MOMENTS, MOMENTS, key="moment") - 1
    left, right = st.columns([160, 840])
    left.html(html.pictures([(moments[now], f"The drawing at moment {now + 1}", f"Moment {now + 1}")]))
    right.html(draw.replay(classifiers, moments, plain=plain, now=now))


page.heading("Draw a digit", digits=False)
served = models.served()
page.show_damaged(served.damaged)
if not served.classifiers:
    page.offer_first_training()
if classifiers := asked.classifiers():
    show_guesses(classifiers)
page.offer_training()
page.notes(__file__)
