"""MNIST Explorer: page setup and the list of pages. app.py serves it."""

from pathlib import Path

import streamlit as st

from mnist_app.ui import page

PAGES = (
    st.Page("pages/draw.py", title="Draw", icon=":material/edit:", default=True),
    st.Page("pages/noise.py", title="Noise", icon=":material/blur_on:", url_path="noise"),
    st.Page("pages/game.py", title="Game", icon=":material/casino:", url_path="game"),
    st.Page("pages/train.py", title="Train", icon=":material/model_training:", url_path="train"),
    st.Page("pages/curves.py", title="Curves", icon=":material/show_chart:", url_path="curves"),
    st.Page("pages/weight_decay.py", title="Weight decay", icon=":material/balance:", url_path="weight_decay"),
    st.Page("pages/latent.py", title="Latent", icon=":material/genetics:", url_path="latent"),
    st.Page("pages/inside.py", title="Inside", icon=":material/search:", url_path="inside"),
    st.Page("pages/errors.py", title="Errors", icon=":material/rule:", url_path="errors"),
    st.Page("pages/how.py", title="How it works", icon=":material/school:", url_path="how"),
)

st.set_page_config(page_title="MNIST Explorer", page_icon="✏️", layout="wide")
current = st.navigation(PAGES, position="top")
page.show_frame(Path(__file__).parent / "pages" / "start.md")
current.run()
