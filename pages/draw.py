"""Draw a digit: what does each network guess, and what did it actually see?"""

import streamlit as st

from mnist_app import ink, ui
from mnist_app.ui import html, rejection
from mnist_app.ui.canvas import canvas

CANVAS = 280
MOMENTS = 24


def about(judge: ui.Judge) -> str:
    card = judge.model.card
    return f"{card.parameters:,} parameters, test accuracy {card.test.value:.2%}{ui.on(card.data)}"


def show_input(steps: ink.Steps, shrunk) -> None:
    """The steps from the canvas to the 28×28 numbers, as pictures."""
    left, top, right, bottom = steps.box
    rows, columns = steps.scaled.shape
    shown = [
        (steps.ink, "The drawing", f"1. The ink: {CANVAS} × {CANVAS}"),
        (steps.cropped, "The drawing, cropped", f"2. Cropped to the ink: {right - left} × {bottom - top}"),
        (steps.scaled, "The drawing, scaled", f"3. Scaled into 20 × 20, aspect kept: {columns} × {rows}"),
        (steps.centred, "The centred input", "4. Its centre of mass in the middle of 28 × 28"),
        (shrunk, "The drawing, shrunk whole", "Instead: the whole canvas shrunk to 28 × 28"),
    ]
    st.html(html.pictures(shown))


@st.fragment
def draw(judges: ui.Judges) -> None:
    row = st.container(horizontal=True, gap="medium")
    left, right = row.container(width=CANVAS), row.container(width="stretch")
    with left:
        first = st.container()  # the canvas stands above the slider that its brush depends on
        brush = st.slider("Brush width", 8, 36, 20, key="brush", bind="query-params", help="In pixels of the canvas.")
        with first:
            drawing = canvas(key="draw", size=CANVAS, brush=brush)
        plain = st.toggle(
            "Shrink without centring",
            key="plain",
            bind="query-params",
            help="Feed the networks the whole canvas, squeezed to 28 × 28, instead of the cropped and centred digit.",
        )
    strokes = ink.strokes_of_canvas(drawing.strokes)
    whole = ink.draw_strokes(strokes, size=CANVAS) if drawing.image is None else ink.ink_of_canvas(drawing.image)
    steps = ink.centre(whole)
    with right:
        if steps is None:
            st.subheader("Draw a digit, 0 to 9, in the black square")
            st.markdown("Use a mouse, a pen or a finger. After each stroke, every network gives its guess.")
            st.html(html.waiting_cards([(judge.label, about(judge)) for judge in judges.ready]))
            return
        shrunk = ink.shrink(whole)
        image = shrunk if plain else steps.image
        st.session_state["drawn"] = image
        guesses = [given[0] for given in ui.guess(judges.ready, image[None])]
        best, others = judges.ready[0], judges.ready[1:]
        card, rejected = rejection.best_card(best, about(best), image, guesses[0])
        st.html(card)
        if rejected and others:
            st.caption("The other networks are not asked for such a score: they name a digit whatever is drawn.")
        cards = [(judge.label, about(judge), guess) for judge, guess in zip(others, guesses[1:], strict=True)]
        st.html(html.small_cards(cards, muted=rejected))
    st.subheader("What the networks see")
    show_input(steps, shrunk)
    replay(judges, strokes, whole, plain)


@st.fragment
def replay(judges: ui.Judges, strokes, whole, plain: bool) -> None:
    """How each guess formed, moment by moment."""
    st.subheader("How the guesses formed")
    moments = [*ink.replay(strokes, steps=MOMENTS, size=CANVAS)[:-1], whole]
    now = st.slider("Moment of the drawing", 1, MOMENTS, MOMENTS, key="moment") - 1
    seen = [ink.centre(moment) for moment in moments]
    inputs = [None if s is None else ink.shrink(m) if plain else s.image for s, m in zip(seen, moments, strict=True)]
    best = judges.ready[0]
    rows = [(judge.label, ui.guess_moments(judge, inputs)) for judge in judges.ready]
    rows[0] = best.label, rejection.temperature_scaled(best, rows[0][1])
    at_once, beside = st.columns([160, 840])
    with at_once:
        st.html(html.pictures([(moments[now], f"The drawing at moment {now + 1}", f"Moment {now + 1}")]))
    with beside:
        st.html(html.replay_table(inputs, rows, now=now))


ui.heading("Draw a digit")
judges = ui.judges()
ui.show_damaged(judges.damaged)
if not judges.ready:
    st.info("No trained network is here yet. Train one: `python -m mnist_app train mlp-64-64` takes seconds.")
    ui.offer_training(judges.unserved)
    st.stop()
draw(judges)
ui.offer_training(judges.unserved)
ui.notes(
    """
- MNIST's digits were cropped, scaled into 20 × 20 and centred by their centre of mass. Switch **Shrink without
  centring** on, draw small or in a corner, and see which networks fail first. Why do dense networks fail before
  convolutional ones?
- A network always answers with ten probabilities that sum to 1: they cannot say “this is no digit”. Draw a letter or a
  face. How sure are the networks? Where the large card shows a score, that measures something else: how far the drawing
  lies from the training images. Which letters pass for digits, and which of your digits are rejected? (Curves page: how
  often.)
- Write as no form would have it: a zero with a slash, a one with a long flag and a foot, a seven with a bar. Which
  networks read it? The images that “CNN, our best” was trained on had such habits drawn into them: the Train page
  shows them under “What it is trained on”.
- Follow the replay of a 4, a 9 or a 7: at which moment does the guess change, and do all networks change at once?
- The networks differ by a hundredfold in parameters, but only by a few percent in accuracy on the test images. On
  which of your drawings do they disagree?
"""
)
