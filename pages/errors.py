"""Which digits does a network misread, and how sure is it then?"""

import streamlit as st

from mnist_app import evaluation, figures
from mnist_app.ui import dataset, errors, html, models, moving, page

SHOWN = 12  # images at once


def choose_networks() -> list[errors.Answers]:
    """The answers of the page's classifier and, if the visitor picks one, of another network beside it."""
    others = {each.label: each for each in models.served().classifiers if each is not classifier}
    label = st.selectbox("Compare with", ["no other", *others], key="second", bind="query-params", width=280)
    chosen = []
    for each in [classifier, *([others[label]] if label in others else [])]:
        if each.model.card.data != digits.data:
            st.caption(f"{html.as_markdown(each.label)} was not trained on {digits.data}.")
        page.attempt(lambda each=each: chosen.append(errors.answers(each, digits)))
    return chosen


@st.fragment
def show_errors() -> None:
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
        moving.show(
            errors.matrices(networks, whose=network, truth=truth, guess=guess),
            key="matrix",
            on_press=lambda: errors.open_cell(st.session_state["matrix"]["press"], labels),
        )
    with right:
        order = "right, the least sure first" if truth == guess != errors.ANY else "wrong, the surest first"
        st.markdown(
            f"**{len(found):,} of {len(digits.labels):,} test images**{dataset.of(digits.data)} ({order}). "
            "Press a number in a matrix to see its images."
        )
        place, pages = st.container(), max(1, -(-len(found) // SHOWN))
        at = st.pagination(pages, key="errors_page", bind="query-params") if pages > 1 else 1
        shown = found[(at - 1) * SHOWN : at * SHOWN]
        place.html(errors.images(shown, digits, networks))


def show_digits() -> None:
    by_label = {each.label: each.by_digit for each in networks}
    version = ("digit accuracies", *(each.version for each in networks))
    figure = page.drawn(version, lambda: figures.digit_accuracies(by_label, data=digits.data))
    page.figure(figure, key="by_digit", name="mnist-errors-digits")


classifier = page.heading_with_classifier("What do networks get wrong?")
digits = dataset.test_digits()
if digits is None:
    dataset.offer_mnist()
    st.stop()
if not (networks := choose_networks()):
    st.stop()
show_errors()
page.section("Digit by digit")
show_digits()
page.notes(__file__)
