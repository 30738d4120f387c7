"""Draw a digit: what does each network guess, and what did it actually see?"""

import streamlit as st

from mnist_app import ink
from mnist_app.ui import asked, canvas, draw, html, models, page, photographs

MOMENTS = 24
ONWARD = (
    ("pages/inside.py", "Why this guess?", ":material/search:"),
    ("pages/noise.py", "Noise: until when can it be read?", ":material/blur_on:"),
)


@st.fragment
@draw.in_turn
def show_drawing(served: models.Served) -> None:
    """The square and what belongs to it. A control runs all of this again, a stroke only `show_square`."""
    with st.container(key="drawing"):
        left, right, below = st.container(), st.container(), st.container()
    with right:
        canvas.keep_place("number")
        canvas.keep_place("guesses")
    with below:
        brush = st.slider("Brush width", 8, 36, 20, key="brush", bind="query-params", help="In pixels of the canvas.")
        plain = st.toggle(
            "Shrink without centring",
            key="plain",
            bind="query-params",
            help="The networks get the whole canvas, shrunk to 28 × 28, and not the cropped and centred digit.",
        )
        with st.popover("Networks"):
            classifiers = asked.classifiers(served)
    canvas.keep_place("steps")
    with st.container(key="drawn_only"):
        with st.container(horizontal=True):
            for target, label, icon in ONWARD:
                st.page_link(target, label=label, icon=icon, query_params={"digit": "My drawing"})
        page.section("How the guesses changed")
        drawing = None
        if st.toggle("Replay the drawing", key="replay", bind="query-params") and classifiers:
            drawing = canvas.drawn("draw", size=draw.CANVAS)
            if ink.centre(drawing.ink):
                show_replay(classifiers, drawing.strokes, plain)
    with left:
        show_square(classifiers, brush, plain, drawing)


@st.fragment
@draw.in_turn
def show_square(
    classifiers: tuple[models.Classifier, ...], brush: int, plain: bool, replayed: canvas.Drawing | None
) -> None:
    """Alone in its fragment, it puts the guesses and the steps into the page itself."""
    drawing = canvas.drawn("draw", size=draw.CANVAS)
    answer, image = draw.answer(classifiers, drawing, plain=plain)
    if image is not None:
        st.session_state.update({"drawn": image, "meant": drawing.meant})
    live = {"answer": answer, "networks": [each.model.name for each in classifiers], "plain": plain}
    canvas.show(key="draw", size=draw.CANVAS, brush=brush, live=live)
    if replayed and (drawing.ink != replayed.ink).any():
        st.rerun()


@st.fragment
@draw.in_turn
def show_replay(classifiers: tuple[models.Classifier, ...], strokes: tuple[ink.Stroke, ...], plain: bool) -> None:
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
photographs.offer(served)
show_drawing(served)
page.offer_training()
page.notes(__file__)
