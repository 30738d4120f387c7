"""The Errors page's parts: networks' answers to the test images, confusion matrices, and the images of a cell."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from mnist_app import evaluation, store
from mnist_app.evaluation.results import Proportion
from mnist_app.ui import html, models
from mnist_app.ui.dataset import Digits

ANY = "any"
"""Of the choices of a true digit and of a guess."""

_KEPT = 12  # networks' answers, 0.4 MB each
_PRESSED = re.compile("([01])([0-9])([0-9])")


@dataclass(frozen=True, eq=False)
class Answers:
    """What a network answers to the n test images: probabilities float32 (n, 10), read-only; of each row the guess.

    `version` tells them from every other answers.
    """

    label: str
    version: tuple
    probabilities: np.ndarray
    labels: np.ndarray

    @property
    def guesses(self) -> np.ndarray:
        return self.probabilities.argmax(axis=1)

    @property
    def wrong(self) -> np.ndarray:
        return self.guesses != self.labels

    @property
    def by_digit(self) -> tuple[Proportion, ...]:
        """Accuracy on the images of each digit."""
        return tuple(Proportion(float(np.mean(~self.wrong[of])), int(of.sum())) for of in self._digits)

    @property
    def _digits(self) -> list[np.ndarray]:
        return [self.labels == digit for digit in range(evaluation.DIGITS)]


def answers(classifier: models.Classifier, digits: Digits) -> Answers:
    """Computed once for all visitors. Raises Damaged."""
    model = classifier.model
    version = digits.data, model.name, model.card.files[store.SERVING_FILE]
    return _answers(version, classifier, digits)


@st.cache_resource(show_spinner="The network reads the test images …", max_entries=_KEPT)
def _answers(version: tuple, _classifier: models.Classifier, _digits: Digits) -> Answers:
    probabilities = _classifier.network.run(_digits.images)
    probabilities.flags.writeable = False
    return Answers(_classifier.label, version, probabilities, _digits.labels)


def groups(networks: Sequence[Answers]) -> dict[str, tuple[Answers, np.ndarray]]:
    """By a name to choose: whose guesses a cell is of, and which images they get wrong, bool (n,)."""
    if len(networks) == 1:
        return {networks[0].label: (networks[0], networks[0].wrong)}
    first, second = networks
    return {
        first.label: (first, first.wrong),
        second.label: (second, second.wrong),
        f"Only {first.label}": (first, first.wrong & ~second.wrong),
        f"Only {second.label}": (second, second.wrong & ~first.wrong),
        "Both": (first, first.wrong & second.wrong),
    }


def find(network: Answers, wrong: np.ndarray, *, truth: str, guess: str) -> np.ndarray:
    """Which of these wrong answers are to an image of that digit and are that guess; the surest first, int (k,).

    Where truth and guess are one digit, the network's right answers, the least sure first.
    """
    right = truth == guess != ANY
    chosen = ~network.wrong if right else wrong.copy()
    for digit, of in ((truth, network.labels), (guess, network.guesses)):
        if digit != ANY:
            chosen &= of == int(digit)
    found = np.flatnonzero(chosen)
    sure = network.probabilities[found].max(axis=1)
    return found[np.argsort(sure if right else -sure, kind="stable")]


def open_cell(pressed: object, networks: Sequence[str]) -> None:
    """What a press on a matrix does: the choices beside it show the cell; pressed again, all errors."""
    if not (cell := _PRESSED.fullmatch(str(pressed))) or int(cell[1]) >= len(networks):
        return
    state, label = st.session_state, networks[int(cell[1])]
    again = (state["truth"], state["guess"], state.get("whose", label)) == (cell[2], cell[3], label)
    state["truth"], state["guess"] = (ANY, ANY) if again else (cell[2], cell[3])
    if "whose" in state:
        state["whose"] = label


def matrices(networks: Sequence[Answers], *, whose: Answers, truth: str, guess: str) -> str:
    """A confusion matrix for each network; of two also their difference. The chosen cell is marked."""
    counts = [evaluation.confusion(each.probabilities, each.labels) for each in networks]
    shown = [
        (f"{each.label}: {each.wrong.sum():,} errors", matrix, np.full(matrix.shape, place))
        for place, (each, matrix) in enumerate(zip(networks, counts, strict=True))
    ]
    if len(networks) == 2:
        first, second = networks
        # A cell of the difference opens the images of the network that has more of them there.
        difference = counts[1] - counts[0]
        shown.append((f"Difference: {second.label} − {first.label}", difference, (difference > 0).astype(int)))
    chosen = {(networks.index(whose), truth, guess)}
    tables = "".join(_table(*each, chosen=chosen, signed=place == 2) for place, each in enumerate(shown))
    return f'<div class="mx ex-matrices">{tables}</div>'


def images(found: Sequence[int], digits: Digits, networks: Sequence[Answers]) -> str:
    """The images of these indices, each with every network's ten probabilities."""
    guesses = [evaluation.guesses(each.probabilities[found]) for each in networks]
    frames = ""
    for place, index in enumerate(found):
        alt = f"Test image {index}: a {digits.labels[index]}"
        cards = [html.card(each.label, "", of[place]) for each, of in zip(networks, guesses, strict=True)]
        frames += (
            f"<figure><div>{html.picture(digits.images[index], alt=alt)}No. {index}: a {digits.labels[index]}</div>"
            f"{''.join(cards)}</figure>"
        )
    return f'<div class="mx ex-images">{frames}</div>'


def _table(caption: str, counts: np.ndarray, opens: np.ndarray, *, chosen: set, signed: bool) -> str:
    most = max(1, int(np.abs(counts * (1 - np.eye(len(counts), dtype=int))).max()))
    heads = "".join(f'<th scope="col">{digit}</th>' for digit in range(len(counts)))
    rows, reached = "", 0  # by the Tab key: the first cell; from there the arrow keys lead to the others
    for truth, row in enumerate(counts.tolist()):
        rows += f'<tr><th scope="row">{truth}</th>'
        for guess, count in enumerate(row):
            if not count:
                rows += "<td></td>"
                continue
            number = f"{count:+}".replace("-", "−") if signed else str(count)
            place = int(opens[truth, guess])
            pressed = (place, str(truth), str(guess)) in chosen and not signed
            look = "ex-right" if guess == truth else "ex-less" if count < 0 else ""
            rows += (
                f'<td><button type="button" data-press="{place}{truth}{guess}" aria-pressed="{str(pressed).lower()}" '
                f'aria-label="{truth} read as {guess}: {number}" tabindex="{reached}" class="{look}" '
                f'style="--heat:{round(50 * abs(count) / most)}%">{number}</button></td>'
            )
            reached = -1
        rows += "</tr>"
    return (
        f'<table><caption>{html.escape(caption)}</caption><tr><td class="ex-axes">digit ↓<br>read as →</td>{heads}</tr>'
        f"{rows}</table>"
    )
