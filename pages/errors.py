"""Which digits does a network misread, how sure is it then, and what does its certainty help?"""

from collections.abc import Iterable

import streamlit as st

from mnist_app import evaluation, figures
from mnist_app.evaluation import certainty
from mnist_app.ui import dataset, errors, html, models, moving, page

SHOWN = 12  # images at once
THRESHOLDS = (0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999, 0.99999)
LEVELS = (0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995)


def choose_second() -> models.Classifier | None:
    others = {each.label: each for each in models.served().classifiers if each is not classifier}
    return others.get(
        st.selectbox("Compare with", ["no other", *others], key="second", bind="query-params", width=280)
    )


def ask(classifiers: Iterable[models.Classifier]) -> list[errors.Answers]:
    """The answers of those that can be used."""
    found = []
    for each in classifiers:
        if each.model.card.data != digits.data:
            st.caption(f"{html.as_markdown(each.label)} was not trained on {digits.data}.")
        page.attempt(lambda each=each: found.append(errors.answers(each, digits)))
    return found


@st.fragment
def show_cells() -> None:
    """The matrices, and the images of what is chosen."""
    groups, labels = errors.groups(networks), [each.label for each in networks]
    any_or_digit = [errors.ANY, *map(str, range(evaluation.DIGITS))]
    with st.container(horizontal=True):
        truth = st.selectbox("Digit", any_or_digit, key="truth", bind="query-params", width=110)
        guess = st.selectbox("Read as", any_or_digit, key="guess", bind="query-params", width=110)
        whose = labels[0]
        if len(networks) > 1:
            whose = st.selectbox("Who is wrong", groups, key="whose", bind="query-params", width=280)
    network, wrong = groups[whose]
    found = errors.find(network, wrong, truth=truth, guess=guess)
    left, right = st.columns([5, 7]) if len(networks) == 1 else (st.container(), st.container())
    with left:
        markup = errors.matrices(networks, whose=network, truth=truth, guess=guess)
        moving.show(
            markup, key="matrix", on_press=lambda: errors.open_cell(st.session_state["matrix"]["press"], labels)
        )
    with right:
        order = "right, the least sure first" if truth == guess != errors.ANY else "wrong, the surest first"
        st.markdown(
            f"**{len(found):,} of {len(digits.labels):,} test images**{dataset.of(digits.data)} ({order}). "
            "Press a number in a matrix to see its images."
        )
        place, pages = st.container(), max(1, -(-len(found) // SHOWN))
        at = st.pagination(pages, key="errors_page", bind="query-params") if pages > 1 else 1
        place.html(errors.images(found[(at - 1) * SHOWN : at * SHOWN], networks, digits))


def show_errors() -> None:
    show_cells()
    page.section("Digit by digit")
    by_label = {each.label: each.by_digit for each in networks}
    version = ("digit accuracies", *(each.version for each in networks))
    figure = page.drawn(version, lambda: figures.digit_accuracies(by_label, data=digits.data))
    page.figure(figure, key="by_digit", name="mnist-errors-digits")


@st.fragment
def show_refusal() -> None:
    """How many right and wrong answers a threshold refuses."""
    threshold = st.select_slider(
        "Refuse an answer of a lower probability than", THRESHOLDS, 0.9, key="threshold", bind="query-params",
        format_func=lambda share: f"{100 * share:g}%",
    )  # fmt: skip
    curves, points = {}, {}
    for each in networks:
        text, points[each.label] = errors.refuse(each, threshold)
        st.markdown(f"**{html.as_markdown(each.label)}**: {text}")
        curves[each.label] = certainty.risk_coverage(each.sure, each.wrong)
    about = f"{len(digits.labels):,} test images. Marked: answers below {100 * threshold:g}% are refused."
    figure = figures.risk_coverage(curves, points, about=about, data=digits.data)
    page.figure(figure, key="refused", name="mnist-errors-refused")


@st.fragment
def show_sets() -> None:
    """Sets of digits, calibrated on one half of the test images and measured on the other."""
    level = st.select_slider(
        "The set holds the true digit with a probability of at least", LEVELS, certainty.LEVEL, key="set_level",
        bind="query-params", format_func=lambda share: f"{100 * share:g}%",
    )  # fmt: skip
    n = len(digits.labels)
    st.caption(
        f"One half of the {n:,} test images{dataset.of(digits.data)}, drawn at random, says how likely a digit must "
        "be to belong to a set. On the other half the sets are measured. Neither half chooses a network. What is "
        "guaranteed is the mean over many such draws."
    )
    for each in networks:
        text, words = errors.sets(each, level, most=SHOWN)
        st.markdown(f"**{html.as_markdown(each.label)}**: {text}")
        st.html(errors.images(list(words), [each], digits, words))


PARTS = {"Errors": show_errors, "Refuse": show_refusal, "Prediction sets": show_sets}

classifier = page.heading_with_classifier("What do networks get wrong?")
digits = dataset.test_digits()
if digits is None:
    dataset.offer_mnist()
    st.stop()
with st.container(horizontal=True, vertical_alignment="bottom"):
    part = page.choice("Part", PARTS, key="part")
    second = choose_second()
if not (networks := ask(filter(None, (classifier, second)))):
    st.stop()
PARTS[part]()
page.notes(__file__)
