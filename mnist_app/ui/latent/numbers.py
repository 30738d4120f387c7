"""The controls of the conditional decoder: a digit, and a slider for each of its latent numbers."""

import numpy as np
import streamlit as st

RANGE = 3.0
"""Latent numbers are drawn from a standard normal distribution: all but 0.3% of them lie within three of 0."""

_STEP = 0.1
# On a telephone the sliders fill more than the screen: the picture that they change stays in sight.
_STYLE = """<style>
.st-key-latents {gap:.1rem 1rem}
.st-key-latents > div {flex:1 1 22%; min-width:8rem}
@media (max-width:640px) {
  [data-testid=stColumn]:has(.st-key-generated) {position:sticky; top:3.75rem; z-index:2; background:Canvas}
  .st-key-generated .mx-row {--side:9rem!important; flex-wrap:nowrap}
}
</style>"""


def show_buttons(count: int) -> None:
    """Buttons that set all the sliders: each number drawn from a standard normal distribution, or 0."""
    st.button("Random", key="latents_random", on_click=_set, args=(count, True))
    st.button("Zero", key="latents_zero", on_click=_set, args=(count, False))


def choose(count: int) -> np.ndarray:
    """The sliders; returns the latent numbers, float32 (count,)."""
    st.html(_STYLE)
    with st.container(horizontal=True, key="latents"):
        chosen = [
            st.slider(f"Number {number}", -RANGE, RANGE, 0.0, _STEP, key=_key(number), bind="query-params", width=150)
            for number in range(1, count + 1)
        ]
    return np.array(chosen, np.float32)


def _set(count: int, random: bool) -> None:
    drawn = np.random.default_rng().standard_normal(count) if random else np.zeros(count)
    for number, value in enumerate(np.clip(drawn, -RANGE, RANGE).round(1).tolist(), start=1):
        st.session_state[_key(number)] = value


def _key(number: int) -> str:
    return f"z{number}"
