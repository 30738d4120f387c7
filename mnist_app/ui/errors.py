"""The Errors page's parts: networks' answers to the test images, confusion matrices, and the images of a cell."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import numpy as np
import streamlit as st

from mnist_app import evaluation, store
from mnist_app.evaluation import certainty
from mnist_app.evaluation.results import Proportion
from mnist_app.ui import html, models, page
from mnist_app.ui.dataset import Digits

ANY = "any"  # of the choices of a true digit and of a guess


@dataclass(frozen=True, eq=False)
class Answers:
    """A network's answers to the n test images; `version` tells them from all others.

    probabilities: float32 (n, 10); labels, guesses: int64 (n,); sure: float32 (n,), the probabilities of the guesses.
    """

    label: str
    version: tuple
    probabilities: np.ndarray
    labels: np.ndarray

    @property
    def guesses(self) -> np.ndarray:
        return self.probabilities.argmax(axis=1)

    @property
    def sure(self) -> np.ndarray:
        return self.probabilities.max(axis=1)

    @property
    def wrong(self) -> np.ndarray:
        return self.guesses != self.labels

    @property
    def by_digit(self) -> list[Proportion]:
        rows = enumerate(evaluation.confusion(self.probabilities, self.labels))
        return [Proportion(float(row[digit] / row.sum()), int(row.sum())) for digit, row in rows]


def answers(classifier: models.Classifier, digits: Digits) -> Answers:
    """Computed once for all visitors. Raises Damaged."""
    version = digits.data, classifier.label, classifier.model.card.files[store.SERVING_FILE]
    return _answers(version, classifier, digits)


@st.cache_resource(show_spinner="The network reads the test images …", max_entries=12)
def _answers(version: tuple, _classifier: models.Classifier, _digits: Digits) -> Answers:
    return Answers(_classifier.label, version, _classifier.network.run(_digits.images), _digits.labels)


def groups(networks: Sequence[Answers]) -> dict[str, tuple[Answers, np.ndarray]]:
    """By a name to choose: whose guesses a cell is of, and which images they get wrong, bool (n,)."""
    found = {each.label: (each, each.wrong) for each in networks}
    for first, second in (networks, networks[::-1]) if len(networks) == 2 else ():
        found[f"Only {first.label}"] = (first, first.wrong & ~second.wrong)
        found["Both"] = (networks[0], first.wrong & second.wrong)
    return found


def find(network: Answers, wrong: np.ndarray, *, truth: str, guess: str) -> np.ndarray:
    """Which of these wrong answers are to an image of that digit and are that guess; the surest first, int (k,).

    Where truth and guess are one digit, the network's right answers, the least sure first.
    """
    right = truth == guess != ANY
    chosen = ~network.wrong if right else wrong
    for digit, of in ((truth, network.labels), (guess, network.guesses)):
        chosen = chosen & ((of == int(digit)) if digit != ANY else True)
    found = np.flatnonzero(chosen)
    return found[np.argsort(network.sure[found] if right else -network.sure[found], kind="stable")]


def open_cell(key: str, networks: Sequence[str]) -> None:
    """What a press on the matrices of that key does: the choices above them show the cell."""
    pressed = str(st.session_state[key]["press"])
    if (cell := re.fullmatch("([01])([0-9])([0-9])", pressed)) and int(cell[1]) < len(networks):
        st.session_state.update({"truth": cell[2], "guess": cell[3], "errors_page": 1})
        if len(networks) > 1:
            st.session_state["whose"] = networks[int(cell[1])]


def matrices(networks: Sequence[Answers], *, whose: Answers, truth: str, guess: str) -> str:
    """A confusion matrix for each network; of two also their difference. The chosen cell is marked."""
    counts = [evaluation.confusion(each.probabilities, each.labels) for each in networks]
    tables, chosen = "", f"{networks.index(whose)}{truth}{guess}"
    for place, (each, matrix) in enumerate(zip(networks, counts, strict=True)):
        caption = f"{each.label}: {each.wrong.sum():,} errors"
        tables += html.matrix(caption, matrix, opens=np.full(matrix.shape, place), chosen=chosen)
    if len(networks) == 2:
        caption, difference = f"{networks[1].label} − {networks[0].label}", counts[1] - counts[0]
        # A cell of the difference opens the images of the network that has more of them there.
        tables += html.matrix(f"Difference: {caption}", difference, opens=(difference > 0) * 1, form="+d")
    return f'<div class="mx ex-matrices">{tables}</div>'


def images(networks: Sequence[Answers], digits: Digits, words: Mapping[int, str], *, inside: str) -> str:
    """The images of these indices, each with its words, every network's ten probabilities, and a link to Inside.

    That page loads anew, with the network of the label `inside`, which Streamlit's own links forget; see `asked.link`.
    """
    frames, at_first = "", {("image", 0), ("classifier", models.served().classifiers[0].label)}
    always = {("projector", "true")} if page.is_projected() else set()
    for index, text in words.items():
        truth = int(digits.labels[index])
        guesses = [(each.label, "", *evaluation.guesses(each.probabilities[[index]])) for each in networks]
        cards, title = "".join(html.card(*guess, truth) for guess in guesses), f"{index}: a {truth}"
        query = html.escape(urlencode(sorted(always | {("image", index), ("classifier", inside)} - at_first)))
        frames += (
            f"<figure><div>{html.picture(digits.images[index], alt=f'Test image {title}')}No. {title}<br>"
            f'<b>{text}</b> <a href="inside?{query}" target="_self" aria-label="Why? Look inside, image {index}">Why?'
            f"</a></div>{cards}</figure>"
        )
    return f'<div class="mx ex-images">{frames}</div>'


def refuse(network: Answers, threshold: float) -> tuple[str, tuple[float, float]]:
    """What a threshold for the certainty refuses, in words; the share of answers that are given, and wrong of these."""
    given, every = network.sure >= threshold, (network.wrong, ~network.wrong)
    wrong, right = (f"{(which & ~given).sum():,} of {which.sum():,}" for which in every)
    text = f"{wrong} wrong answers and {right} right answers are refused."
    if not given.any():
        return text, (0.0, 0.0)
    risk = Proportion(float(network.wrong[given].mean()), int(given.sum()))
    return f"{text} Of the answers given, {_with_interval(risk)} are wrong.", (given.mean(), risk.value)


def sets(network: Answers, level: float, *, most: int) -> tuple[str, dict[int, str]]:
    """What sets of that level are worth, in words, and those without or with several digits, the largest first."""
    half, rest = certainty.halves(len(network.labels))
    least = certainty.least_probability(network.probabilities[half], network.labels[half], level=level)
    members = network.probabilities[rest] >= least
    sizes, right = members.sum(axis=1), members[np.arange(len(rest)), network.labels[rest]]
    text = (
        f"{_with_interval(Proportion(float(right.mean()), len(rest)))} of the sets hold the true digit. Mean size "
        f"**{sizes.mean():.2f}**: {(sizes == 0).sum():,} sets have no digit, {(sizes == 1).sum():,} have one, "
        f"{(sizes > 1).sum():,} have several. The limit is {least:.2%}. Below in bold: sets of several digits or none."
    )
    order = [place for place in np.argsort(-sizes, kind="stable") if sizes[place] != 1][:most]
    return text, {int(rest[place]): certainty.in_words(members[place]) for place in order}


def _with_interval(share: Proportion) -> str:
    low, high = share.interval
    return f"**{share.value:.2%}** (95% interval {low:.2%} to {high:.2%}, n = {share.n:,})"
