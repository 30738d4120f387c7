"""You against the networks: at what level of noise can you no longer read the digits, and when do they fail?"""

import secrets

import streamlit as st

from mnist_app import figures, noise
from mnist_app.evaluation import game
from mnist_app.ui import board, dataset, html, models, page

PER_LEVEL = 3  # rounds at each level


def start() -> None:
    seed = secrets.randbelow(2**32)
    st.session_state["game"] = game.new_game(images=len(digits.images), seed=seed, per_level=PER_LEVEL)


def answer(digit: int, turn: int) -> None:
    if played := st.session_state.get("game"):  # a key may come after a click on Give up
        st.session_state["game"] = played.answered(digit, turn=turn)


def give_up() -> None:
    if played := st.session_state.get("game"):
        st.session_state["game"] = played.given_up()


def stop() -> None:
    st.session_state.pop("game", None)  # a second click finds none


def noisy_images(played: game.Game, rounds):
    indices = [each.image for each in rounds]
    levels = [each.level for each in rounds]
    return noise.corrupt(digits.images[indices], level=levels, seed=played.seed, indices=indices)


@st.fragment
def play() -> None:
    """The game; the answers are shown after the last round."""
    played = st.session_state.get("game")
    if played is None:
        st.markdown(
            f"You see {PER_LEVEL} test images{dataset.of(digits.data)} at each level of salt-and-pepper noise from "
            f"{game.LEVELS[0]:g} to {game.LEVELS[-1]:g}, in a random order. Type the digit that you read. If you "
            "cannot read it, guess. You see the answers at the end. Nothing is saved before you say so."
        )
        st.button("Start the game", key="game_start", on_click=start, type="primary")
    elif played.over:
        show_outcome(played)
    else:
        st.progress(played.turn / len(played.rounds), text=f"{played.turn + 1} of {len(played.rounds)}")
        alt = "A handwritten digit under noise: which one is it?"
        st.html(f'<div class="nx nx-question">{html.picture(noisy_images(played, [played.now])[0], alt=alt)}</div>')
        st.markdown("Which digit is it? Press a key from 0 to 9, or a button.")
        with st.container(horizontal=True, gap="small", key="answers"):
            for digit in map(str, range(10)):
                st.button(digit, key=f"answer_{digit}", shortcut=digit, on_click=answer, args=(int(digit), played.turn))
        st.button("Give up", key="game_stop", on_click=give_up, type="tertiary")


def show_outcome(played: game.Game) -> None:
    """The player's and the networks' shares on the same images, and what each made of every image."""
    labels = digits.labels[[each.image for each in played.rounds]].tolist()
    noisy = noisy_images(played, played.rounds)
    answers = {
        denoiser.title: classifier.network.run(denoiser.run(noisy)).argmax(1).tolist()
        for denoiser in models.served().denoisers
    }
    scores = {title: game.scores(played, given, labels) for title, given in answers.items()}
    yours = game.scores(played, played.answers, labels)
    names = {html.as_markdown(f"{classifier.label}, {title}"): each for title, each in scores.items()}
    st.markdown(game.outcome(yours, names))
    with st.container(horizontal=True, vertical_alignment="center"):
        if played.seed in {each.seed for each in board.results()}:
            st.markdown("Your result is on the class board below.")
        elif (
            None not in played.answers
            and st.button("Add my result to the class board", key="game_add")
            and page.attempt(board.add, board.Result(played.seed, yours, digits.data))
        ):
            st.rerun()
        st.button("Play again", key="game_again", on_click=start)
        st.button("Clear the result", key="game_clear", on_click=stop)
    figure = figures.readers(yours, scores, classifier=classifier.label, data=digits.data)
    page.figure(figure, key="outcome", name="mnist-noise-game")
    cards = []
    for at in sorted(range(len(labels)), key=lambda at: played.rounds[at].level):
        title = f"A {labels[at]} at level {played.rounds[at].level:g}"
        said = [
            f"{name}: {marked(given[at], labels[at])}" for name, given in {"You": played.answers, **answers}.items()
        ]
        cards.append((noisy[at], title, "\n".join([title, *said])))
    st.html(f'<div class="nx-answers">{html.pictures(cards, side="6rem")}</div>')


def marked(answer: int | None, label: int) -> str:
    return "no answer" if answer is None else f"{answer}{'' if answer == label else ', wrong'}"


classifier = page.heading_with_classifier("You against the networks")
digits = dataset.test_digits()
if digits is None:
    dataset.offer_mnist()
else:
    if st.session_state.get("game_of", digits.data) != digits.data:
        stop()  # MNIST has come meanwhile: its images are others than those of the game
    st.session_state["game_of"] = digits.data
    play()
    page.section("The class board")
    board.show(classifier, digits.data)
page.notes(__file__)
