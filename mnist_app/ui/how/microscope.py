"""Training under the microscope: a small network that learns in this process while it is watched.

It moves only in the runs of a page that is open, by a bounded number of steps a second, and belongs to one visit.
"""

import time

import numpy as np
import streamlit as st

from mnist_app import data, evaluation
from mnist_app.evaluation.microscope import ACTIVATIONS, MOST_STEPS, Look, Settings, Training, outputs
from mnist_app.ui import dataset, html, moving, page, weights
from mnist_app.ui.how.plot import plot

SPEEDS = {"Slow motion": 1, "10 steps/s": 10, "40 steps/s": 40}
"""Steps from one look to the next, a second later: thirty visits at once take half of the server's one core."""

_CHOICES = {
    "rate": ("Learning rate", (0.001, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0), 3),
    "batch": ("Batch size", (1, 8, 32, 128, 256), 2),
    "momentum": ("Momentum", (0.0, 0.5, 0.9, 0.99), 0),
    "l2": ("L2 factor", (0.0, 0.0001, 0.001, 0.01, 0.1), 0),
}
"""The settings: label, choices, and the place of the first one."""
_TESTED, _SHOWN, _POINTS = 1000, 12, 250  # test images that are read, images of the batch, points of a curve


def show() -> None:
    if (digits := dataset.test_digits()) is None:
        dataset.offer_mnist()
        return
    state = {"bind": "query-params", "width": 120}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        units = st.selectbox("Hidden units", (0, 4, 8, 16, 32, 64), 3, key="micro_units", **state)
        activation = st.selectbox("Activation", ACTIVATIONS, key="micro_activation", **state)
        seed = st.number_input("Seed", 0, 9999, 0, key="micro_seed", **state)
        chosen = [st.selectbox(*each, key=f"micro_{name}", **state) for name, each in _CHOICES.items()]
    settings = Settings(*chosen)
    training = _training(digits.data, units, activation, seed)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        plays = st.toggle("Play", key="micro_plays")
        speed = page.choice("Speed", SPEEDS, key="micro_speed", default="10 steps/s")
        st.button("1 step", key="micro_1", on_click=_advance, args=(training, settings, 1))
        st.button("10 steps", key="micro_10", on_click=_advance, args=(training, settings, 10))
        back = st.number_input("Back by", 1, MOST_STEPS, 1, key="micro_back_by", width=130)
        st.button("Back", key="micro_back", on_click=_go_back, args=(training, back))
    st.fragment(_show_training, run_every=1 if plays else None)(training, settings, digits, SPEEDS[speed] * plays)


def _training(name: str, units: int, activation: str, seed: int) -> Training:
    """That of this visit, a new one where another network is asked for."""
    which = name, units, activation, seed
    if st.session_state.get("microscope", (None,))[0] != which:
        digits = _load(name)
        network = {"units": units, "activation": activation, "seed": seed}
        st.session_state["microscope"] = which, Training(digits.train_images, digits.train_labels, **network)
    return st.session_state["microscope"][1]


def _advance(training: Training, settings: Settings, count: int) -> None:
    for _ in range(count):
        training.step(settings)


def _go_back(training: Training, steps: int) -> None:
    """With the settings that were used there, and paused."""
    if training.course:
        for name, value in training.course[-min(steps, len(training.course))][0]._asdict().items():
            st.session_state[f"micro_{name}"] = value
        training.go_back(steps)
    st.session_state["micro_plays"] = False


def _show_training(training: Training, settings: Settings, digits: dataset.Digits, count: int) -> None:
    """What there is to see; while it plays, so many steps first, but not sooner than after a second."""
    now = time.monotonic()
    if count and now - st.session_state.get("micro_moved", 0) > 0.8:
        _advance(training, settings, count)
        st.session_state["micro_moved"] = now
    seen, steps = training.look(settings), len(training.course)
    if not np.isfinite(seen.loss):
        st.error("The numbers have become too large to compute with: the rate is too large. Go back.")
        return
    tested = outputs(training.weights, digits.images[:_TESTED].reshape(-1, 784), training.activation)[-1]
    share = evaluation.accuracy(tested, digits.labels[:_TESTED])
    low, high = share.interval
    words = (
        f"<p><b>After {steps:,} steps</b> of at most {MOST_STEPS:,}, {share.value:.1%} of {share.n:,} test images are "
        f"read correctly (95% interval {low:.1%} to {high:.1%}). The next batch has a loss of {seen.loss:.3f}.</p>"
    )
    drawing = st.session_state.get("drawn")
    image, name = (digits.images[0], "Test image 0") if drawing is None else (drawing, "Your drawing")
    (guess,) = evaluation.guesses(outputs(training.weights, image.reshape(1, 784), training.activation)[-1])
    parts = (
        _curve(training, 1, "loss", 3),
        _sheet(training.weights[0], "Weights of each unit"),
        _sheet(-settings.rate * seen.gradients[0], "Next: −rate × gradient"),
        _curve(training, 2, "accuracy", 1),
        html.cards([(name, "", guess)]),
        f'<div class="hx-batch mx">{_batch(seen)}</div>',
    )
    moving.show(f'{words}<div class="hx-look">{"".join(parts)}</div>', key="micro_view")


def _curve(training: Training, place: int, name: str, top: float) -> str:
    """Loss or accuracy of each step's batch; of a long course not every step."""
    steps = range(0, len(training.course), 1 + len(training.course) // _POINTS)
    values = [training.course[step][place] for step in steps]
    within = (0, max(20, len(training.course))), (0, max(top, *np.ceil(values)) if values else top)
    return plot({f"{name} of the batch": (steps, values)}, x="step", y=name, within=within)


def _sheet(kernel: np.ndarray, name: str) -> str:
    scale = float(np.quantile(np.abs(kernel), 0.995)) or 1.0
    sheet = weights.sheet(kernel.T.reshape(-1, 28, 28), scale=scale, alt=name)
    return f"<figure><figcaption>{name}. Full colour: ±{scale:.2g}</figcaption>{sheet}</figure>"


def _batch(seen: Look) -> str:
    """The first images of the batch, each with its ten outputs, of which that of the label is marked."""
    figures = ""
    guesses = evaluation.guesses(seen.probabilities)
    for image, label, guess in zip(seen.images[:_SHOWN], seen.labels, guesses, strict=False):
        words = f"A {label}, read as {guess.digit}: {html.share(guess.probability)}"
        bars = "".join(
            f'<i{" class=hx-label" if digit == label else ""} style="height:{max(share, 0.02):.0%}"></i>'
            for digit, share in enumerate(guess.probabilities)
        )
        caption = f"<figcaption>{'✓' if guess.digit == label else '✗'} {guess.digit}</figcaption>"
        picture = html.picture(image.reshape(28, 28), alt=words)
        figures += f'<figure title="{html.escape(words)}">{picture}<div>{bars}</div>{caption}</figure>'
    return figures


@st.cache_resource(show_spinner=False, max_entries=1)
def _load(name: str) -> data.Mnist:
    """One copy for all visits."""
    return data.load(name=name, download=False)
