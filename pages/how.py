"""How does a network learn to read digits? In each part: what it is, a question, something to try, the answer."""

from functools import partial
from pathlib import Path

import streamlit as st

from mnist_app.ui import page
from mnist_app.ui.how import convolution, descent, functions, layers, microscope, numbers

classifier = page.heading_with_classifier("How it works")
parts = {
    "Numbers": partial(numbers.show, classifier),
    "Layers": layers.show,
    "Activations": functions.show_activations,
    "Loss": partial(functions.show_loss, classifier),
    "Convolution": partial(convolution.show, classifier),
    "Gradient step": partial(descent.show, decay=False),
    "Weight decay": partial(descent.show, decay=True),
    "Microscope": microscope.show,
}
part = page.choice("Part", parts, key="part_of_how", label_visibility="collapsed")
# A file for each part, which a teacher can change or translate: lines of three hyphens end the text and the question.
content = Path(__file__).with_suffix("").joinpath(f"{part.replace(' ', '_').lower()}.md").read_text("utf-8")
text, _, rest = content.partition("\n---\n")
question, _, answer = rest.partition("\n---\n")
st.markdown(text)
st.info(question, icon=":material/lightbulb:")
parts[part]()
with st.expander("The teacher's answer", icon=":material/school:"):
    st.markdown(answer)
