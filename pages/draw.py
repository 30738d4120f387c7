"""Draw a digit: what does each network guess, and what did it actually see?"""

import streamlit as st

from mnist_app import ink
from mnist_app.ui import draw, html, models, page
from mnist_app.ui.canvas import canvas

MOMENTS = 24


@st.fragment
def show_guesses(classifiers: tuple[models.Classifier, ...]) -> None:
    """The canvas, and beside it every network's guess."""
    row = st.container(horizontal=True, gap="medium")
    left, right = row.container(width=draw.CANVAS), row.container(width="stretch")
    with left:
        first = st.container()  # the canvas stands above the slider that its brush depends on
        brush = st.slider("Brush width", 8, 36, 20, key="brush", bind="query-params", help="In pixels of the canvas.")
        with first:
            strokes = canvas(key="draw", size=draw.CANVAS, brush=brush)
        plain = st.toggle(
            "Shrink without centring",
            key="plain",
            bind="query-params",
            help="The networks get the whole canvas, shrunk to 28 × 28, and not the cropped and centred digit.",
        )
    whole = ink.draw_strokes(strokes, size=draw.CANVAS)
    steps = ink.centre(whole)
    with right:
        if steps is None:
            st.subheader("Draw a digit, 0 to 9, in the black square")
            st.markdown("Use a mouse, a pen or a finger. After each stroke, every network makes a guess.")
            st.html(html.cards([(each.label, draw.about(each), None) for each in classifiers]))
            return
        shrunk = ink.shrink(whole)
        image = st.session_state["drawn"] = shrunk if plain else steps.image
        best, *others = classifiers
        card, rejected = draw.best_card(best, image)
        st.html(card)
        if rejected and others:
            st.caption("The other networks cannot reject a drawing.")
        guesses = [(each.label, draw.about(each), *models.guess(each, image[None])) for each in others]
        st.html(html.cards(guesses, muted=rejected))
    st.subheader("What the networks see")
    st.html(draw.input_steps(steps, shrunk))
    show_replay(classifiers, strokes, plain)


@st.fragment
def show_replay(classifiers: tuple[models.Classifier, ...], strokes: tuple[ink.Stroke, ...], plain: bool) -> None:
    """Computed only while it is open: it asks every network 24 times."""
    st.subheader("How the guesses changed")
    if not st.toggle("Replay the drawing", key="replay", bind="query-params"):
        return
    moments = ink.replay(strokes, steps=MOMENTS, size=draw.CANVAS)
    now = st.slider("Moment of the drawing", 1, MOMENTS, MOMENTS, key="moment") - 1
    left, right = st.columns([160, 840])
    left.html(html.pictures([(moments[now], f"The drawing at moment {now + 1}", f"Moment {now + 1}")]))
    right.html(draw.replay(classifiers, moments, plain=plain, now=now))


page.heading("Draw a digit")
served = models.served()
page.show_damaged(served.damaged)
if not served.classifiers:
    page.offer_first_training()
show_guesses(served.classifiers)
page.offer_training()
page.notes("""
- **Why is the digit centred?** MNIST's digits were cropped, scaled into 20 × 20 pixels and centred by their centre of
  mass. Switch *Shrink without centring* on and draw small or in a corner. Which networks fail first? Why do dense
  networks fail before convolutional ones?
- **Draw a letter or a face.** A network always gives ten probabilities with a sum of 1. They cannot say “this is not a
  digit”. How sure are the networks? The score on the large card measures something else: how far the drawing is from
  the training images. Which letters does it accept as digits, and which of your digits does it reject? (The Curves page
  shows how often this happens.)
- **Write digits in unusual styles:** a zero with a slash, a one with a long flag and a foot, a seven with a bar. Which
  networks read them? “CNN, our best” was trained on images with such styles. The Train page shows them under “What it
  is trained on”.
- **Replay the drawing** of a 4, a 9 or a 7. At which moment does the guess change? Do all networks change at once?
- **Does size matter?** Some networks have 60 times as many parameters as the smallest one, but read only a few percent
  more of the test images. On which of your drawings do they disagree?
""")
