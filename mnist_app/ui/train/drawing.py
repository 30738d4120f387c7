"""A digit that the network reads while it learns: the drawing of the draw page, or a test image."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from mnist_app import ExplorerError, jobs, ui
from mnist_app.evaluation import Guess
from mnist_app.ui import html
from mnist_app.ui.jobs import owner

MOMENTS = 16
"""Guesses shown of the whole training, evenly spaced."""
_SHOWN = "shown_to"


def show_guesses(job: jobs.Job) -> None:
    """The digit, its ten bars as the network gives them now, and its guesses since the start; none of a denoiser."""
    if job.sweep or job.recipe.task != "classify":
        return
    image, caption = _digit()
    if image is not None and job.active:
        _show(job, image)
    try:
        seen = jobs.guesses(job.id, viewer=owner())
    except ExplorerError:  # the job was removed a moment ago, which the page is about to say
        seen = ()
    if not seen and not job.active:
        return
    if image is None:
        st.page_link("pages/draw.py", label="Draw a digit, and see it read while the network learns", icon="✏️")
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.html(html.pictures([(image, caption, "")], side="6rem"), width=100)
        if seen:
            batch, probabilities = seen[-1]
            st.html(html.large_card("The network's guess", f"after batch {batch:,}", Guess(tuple(probabilities))))
        else:
            st.caption("The network's guess stands here, every 100th batch, as soon as the training runs.")
    if seen:
        st.html(course(seen))
    st.page_link("pages/draw.py", label=caption, icon="✏️")


def course(seen: Sequence[tuple[int, Sequence[float]]]) -> str:
    """The guesses since the start in one row, each (batch, ten probabilities); a surer guess is more opaque."""
    cells = []
    for batch, probabilities in thin(seen):
        guess = Guess(tuple(probabilities))
        style = f"opacity:{0.3 + 0.7 * guess.probability:.2f};font-weight:{700 if guess.probability > 0.9 else 400}"
        about = html.escape(f"Batch {batch:,}: {guess.digit}, {html.share(guess.probability)}")
        cells.append(f'<span title="{about}" style="{style}">{guess.digit}</span>')
    spoken = f"Guesses from batch {seen[0][0]:,} to batch {seen[-1][0]:,}"
    return (
        f'<div style="font-size:.85rem;opacity:.8">{spoken}; bolder is surer:</div><div role="img" '
        f'aria-label="{spoken}: {", ".join(str(Guess(tuple(each)).digit) for _, each in thin(seen))}" '
        f'style="display:flex;justify-content:space-between;font-size:1.2rem">{"".join(cells)}</div>'
    )


def thin(seen: Sequence) -> Sequence:
    """At most MOMENTS of them, evenly spaced, the first and the last among them."""
    if len(seen) <= MOMENTS:
        return seen
    return [seen[round(place)] for place in np.linspace(0, len(seen) - 1, MOMENTS)]


def _digit() -> tuple[np.ndarray | None, str]:
    """The image float32 (28, 28, 1), and a link's text about it."""
    drawn = st.session_state.get("drawn")
    if drawn is not None:
        return drawn, "Your drawing. Draw another"
    if digits := ui.test_digits():
        return digits.images[0], f"A test image, a {digits.labels[0]}. Draw your own"
    return None, ""


def _show(job: jobs.Job, image: np.ndarray) -> None:
    """Hand the digit to the trainer, once."""
    shown = (job.id, image.tobytes())
    if st.session_state.get(_SHOWN) == shown:
        return
    try:
        jobs.show_drawing(job.id, viewer=owner(), image=image)
    except ExplorerError as error:
        st.caption(str(error))
    else:
        st.session_state[_SHOWN] = shown
