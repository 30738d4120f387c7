"""MNIST Explorer: page setup and the list of pages. app.py serves it."""

import streamlit as st

PAGES = (
    st.Page("pages/draw.py", title="Draw", icon="✏️", default=True),
    st.Page("pages/noise.py", title="Noise", icon="🌫️", url_path="noise"),
    st.Page("pages/game.py", title="Game", icon="🎲", url_path="game"),
    st.Page("pages/train.py", title="Train", icon="🏋️", url_path="train"),
    st.Page("pages/curves.py", title="Curves", icon="📈", url_path="curves"),
    st.Page("pages/weight_decay.py", title="Weight decay", icon="⚖️", url_path="weight_decay"),
    st.Page("pages/latent.py", title="Latent", icon="🧬", url_path="latent"),
)

st.set_page_config(page_title="MNIST Explorer", page_icon="✏️", layout="wide")
page = st.navigation(PAGES, position="top")
page.run()
