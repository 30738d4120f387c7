"""A digit that the network reads while it learns: the drawing of the Draw page, or a test image."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from mnist_app import ExplorerError, jobs
from mnist_app.evaluation import Guess
from mnist_app.ui import dataset, html, queue

MOST_SHOWN = 16
"""Guesses shown of the whole training, evenly spaced."""


def show_guesses(job: jobs.Job) -> None:
    """The digit, its ten bars as the network gives them now, and its guesses since the start; for classifiers."""
    if job.sweep or job.recipe.task != "classify":
        return
    image, caption = _digit()
    if image is not None and job.active:
        _hand_over(job, image)
    try:
        seen = jobs.guesses(job.id, viewer=queue.owner())
    except ExplorerError:  # the job was removed a moment ago, which the page is about to say
        seen = ()
    if not seen and not job.active:
        return
    if image is None:
        st.page_link("pages/draw.py", label="Draw a digit. The network reads it while it learns", icon="✏️")
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.html(html.pictures([(image, caption, "")], side="6rem"), width=100)
        if seen:
            batch, probabilities = seen[-1]
            st.html(html.large_card("The network's guess", f"after batch {batch:,}", Guess(tuple(probabilities))))
        else:
            st.caption("The network's guess appears here when the training runs, and changes every 100th batch.")
    if seen:
        st.html(course(seen))
    st.page_link("pages/draw.py", label=caption, icon="✏️")


def course(seen: Sequence[tuple[int, Sequence[float]]]) -> str:
    """The guesses since the start in one row, each (batch, ten probabilities); a surer guess is more opaque."""
    places = np.linspace(0, len(seen) - 1, min(len(seen), MOST_SHOWN)).round().astype(int)
    shown = [(batch, Guess(tuple(probabilities))) for batch, probabilities in (seen[place] for place in places)]
    cells = []
    for batch, guess in shown:
        about = html.escape(f"Batch {batch:,}: {guess.digit}, {html.share(guess.probability)}")
        cells.append(f'<span title="{about}" {html.confidence(guess)}>{guess.digit}</span>')
    words = f"Guesses from batch {seen[0][0]:,} to batch {seen[-1][0]:,}"
    digits = ", ".join(str(guess.digit) for _, guess in shown)
    return (
        f'<div class="mx-sure">{words}; a bolder digit is a surer guess:</div>'
        f'<div class="mx-course" role="img" aria-label="{words}: {digits}">{"".join(cells)}</div>'
    )


def _digit() -> tuple[np.ndarray | None, str]:
    """The image float32 (28, 28, 1), and a link's text about it."""
    drawing = st.session_state.get("drawn")
    if drawing is not None:
        return drawing, "This is your drawing. Draw another"
    if digits := dataset.test_digits():
        return digits.images[0], f"This is a test image, a {digits.labels[0]}. Draw your own"
    return None, ""


def _hand_over(job: jobs.Job, image: np.ndarray) -> None:
    """Give the digit to the trainer, once."""
    handed = (job.id, image.tobytes())
    if st.session_state.get("handed_over") == handed:
        return
    try:
        jobs.show_drawing(job.id, viewer=queue.owner(), image=image)
    except ExplorerError as error:
        st.caption(str(error))
    else:
        st.session_state["handed_over"] = handed
