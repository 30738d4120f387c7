"""Why this guess: what does each layer make of the image, which ink matters, and what would change the answer?"""

import streamlit as st

from mnist_app import evaluation
from mnist_app.evaluation import calibration
from mnist_app.ui import dataset, digit, html, page
from mnist_app.ui.inside import opened, parts

PARTS = {
    "Layers": parts.show_layers,
    "Which ink?": parts.show_ink,
    "Nearest images": parts.show_nearest,
    "Change the guess": parts.show_change,
    "What if?": parts.show_what_if,
}

classifier = page.heading_with_classifier("Why this guess?")
digits = dataset.test_digits()
with st.container(horizontal=True, vertical_alignment="bottom"):
    chosen = digit.choose(digits)
if chosen is None:
    page.offer_drawing()
    st.stop()
reading = opened.read(classifier, chosen.image)
left, right = st.columns([2, 7], gap="medium")
with left:
    about = f"Test image {chosen.index}, a {chosen.label}" if chosen.label is not None else "Your drawing"
    asked, scaled = html.pictures([(chosen.image, about, about)], side="8rem"), ""
    if rule := classifier.rule:
        probabilities = calibration.temperature_scale(evaluation.softmax(reading.outputs[-1]), rule.temperature)
        share = html.share(probabilities.max())
        scaled = f"Draw's large card says {share}: it divides the logits by {rule.temperature:.2f}, the temperature."
    st.html(f'<div class="ix-asked">{asked}{html.cards([(classifier.label, scaled, reading.guess)])}</div>')
with right:
    PARTS[page.choice("Show", PARTS, key="part", label_visibility="collapsed")](reading, digits)
st.page_link("pages/how.py", label="How does a layer compute this? See How it works", icon=":material/school:")
page.notes(__file__)
