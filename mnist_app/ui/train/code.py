"""A training as code that does the same elsewhere: the command line, and a plain Keras script."""

import streamlit as st

from mnist_app import NotPossible, recipes
from mnist_app.evaluation.results import MNIST
from mnist_app.recipes import keras_script
from mnist_app.ui import html


def show(recipe: recipes.Recipe, seed: int, *, place: str, data: str) -> None:
    """Folded away; `place` tells the buttons of one place on the page from those of another."""
    with st.expander("Show as code: the same recipe"):
        if recipe.key in recipes.RECIPES:
            st.markdown("In a terminal:")
            st.code(recipes.command(recipe, seed=seed), language="bash", wrap_lines=True)
        try:
            script = keras_script.write(recipe, seed=seed)
        except NotPossible as error:
            st.markdown(html.as_markdown(str(error)))
            return
        st.markdown("As a plain Keras script. It takes the images in another order:")
        file, key = f"{recipe.key}.py", f"script_{place}"
        st.download_button("Download the script", script, file_name=file, key=key, on_click="ignore")
        if data != MNIST:
            st.caption(f"The script trains on MNIST, which Keras downloads, and not on {data}.")
        st.code(script, language="python")
