"""You against the networks: at what level of noise can you no longer read the digits, and when do they fail?"""

import numpy as np
import streamlit as st

from mnist_app import figures, noise, ui
from mnist_app.evaluation import game
from mnist_app.ui import noise_rows

PER_LEVEL = 3  # rounds at each level


def start() -> None:
    seed = int(np.random.default_rng().integers(2**32))
    st.session_state["game"] = game.new_game(images=len(digits.images), seed=seed, per_level=PER_LEVEL)


def answer(digit: int, turn: int) -> None:
    st.session_state["game"] = st.session_state["game"].answered(digit, turn=turn)


def stop() -> None:
    del st.session_state["game"]


def spoiled(played: game.Game, rounds) -> np.ndarray:
    """The pictures of these rounds of a game."""
    numbers = [each.image for each in rounds]
    levels = [each.level for each in rounds]
    return noise.corrupt(digits.images[numbers], level=levels, seed=played.seed, indices=numbers)


@st.fragment
def play() -> None:
    """The game: nothing is told until the last round is answered."""
    played = st.session_state.get("game")
    if played is None:
        st.markdown(
            f"{PER_LEVEL * len(game.LEVELS)} test images{ui.of(digits.data)} under salt-and-pepper noise, {PER_LEVEL} "
            f"at each level from {game.LEVELS[0]:g} to {game.LEVELS[-1]:g}, in a random order. Type the digit that you "
            "read; guess where you cannot. What was right is told at the end. Nothing is stored beyond this visit."
        )
        st.button("Start the game", key="game_start", on_click=start, type="primary")
    elif played.over:
        show_outcome(played)
    else:
        st.progress(played.turn / len(played.rounds), text=f"{played.turn + 1} of {len(played.rounds)}")
        st.html(noise_rows.question(spoiled(played, [played.now])[0]))
        st.markdown("Which digit is it? Press a key from 0 to 9, or a button.")
        with st.container(horizontal=True, gap="small", key="answers"):
            for digit in range(10):
                given = {"on_click": answer, "args": (digit, played.turn)}
                st.button(str(digit), key=f"answer_{digit}", shortcut=str(digit), **given)
        st.button("Give up", key="game_stop", on_click=stop, type="tertiary")


def show_outcome(played: game.Game) -> None:
    """The player's and the networks' shares on the same images."""
    labels = digits.labels[[each.image for each in played.rounds]]
    noisy = spoiled(played, played.rounds)
    scores = {
        denoiser: game.scores(played, judge.network.run(denoiser.run(noisy)).argmax(1), labels)
        for denoiser in denoisers
    }
    yours = game.scores(played, played.answers, labels)
    st.markdown(game.outcome(yours, {f"{judge.label}, {d.title}": each for d, each in scores.items()}))
    others = [figures.Reader(d.title, each, styles[d.key]) for d, each in scores.items()]
    about = {"classifier": judge.label, "data": digits.data}
    figure = figures.readers(figures.Reader("You", yours), others, **about)
    ui.figure(figure, key="outcome", name="mnist-noise-game")
    with st.container(horizontal=True):
        st.button("Play again", key="game_again", on_click=start)
        st.button("Clear the result", key="game_clear", on_click=stop)


judge = ui.heading_with_classifier("You against the networks")
denoisers = ui.denoisers()
styles = {denoiser.key: number for number, denoiser in enumerate(denoisers)}
digits = ui.test_digits()
if digits is None:
    ui.offer_mnist()
else:
    play()
ui.notes(
    """
- **Where you stop.** From which level on did you read fewer than half? Source C says that people stop at 0.4 to 0.5.
  With three images a level the bars are long: play again, or put the class's results together.
- **Who reads better?** Compare your curve with that of no denoising, then with those of the denoisers. Below which
  level are you better than each of them, and above which are they better than you?
- **Is it fair?** You saw each image without a denoiser. The classifier was trained on 60,000 clean images, the trained
  denoisers on noisy ones. What would change if you had seen as many?
"""
)
