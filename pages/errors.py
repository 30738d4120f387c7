"""Which digits does a network misread, how sure is it then, and what does its certainty help?"""

import streamlit as st

from mnist_app import evaluation, figures
from mnist_app.evaluation import certainty
from mnist_app.ui import dataset, errors, html, models, moving, page

SHOWN = 12  # images at once
THRESHOLDS = (0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999, 0.99999)
SHARES = {"bind": "query-params", "format_func": lambda share: f"{100 * share:g}%"}
LEVELS = (0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995)


def choose_networks() -> list[errors.Answers]:
    """The answers of the page's classifier, and of another one, if the visitor picks it to compare."""
    others = {each.label: each for each in models.served().classifiers if each is not classifier}
    options = {"key": "second", "bind": "query-params", "width": 280}
    label, found = st.selectbox("Compare with", ["no other", *others], **options), []
    for each in filter(None, (classifier, others.get(label))):
        page.attempt(lambda each=each: found.append(errors.answers(each, digits)))
    return found


@st.fragment
def show_cells() -> None:
    """The matrices, and the images of what is chosen."""
    groups, labels = errors.groups(networks), [each.label for each in networks]
    any_or_digit = [errors.ANY, *map(str, range(evaluation.DIGITS))]
    options = {"bind": "query-params", "on_change": lambda: st.session_state.update(errors_page=1)}
    with st.container(horizontal=True):
        truth = st.selectbox("Digit", any_or_digit, key="truth", width=110, **options)
        guess = st.selectbox("Read as", any_or_digit, key="guess", width=110, **options)
        whose = labels[0]
        if len(networks) > 1:
            whose = st.selectbox("Who is wrong", groups, key="whose", width=280, **options)
    network, wrong = groups[whose]
    found = errors.find(network, wrong, truth=truth, guess=guess)
    left, right = st.columns([5, 7]) if len(networks) == 1 else (st.container(), st.container())
    with left:
        markup = errors.matrices(networks, whose=network, truth=truth, guess=guess)
        moving.show(markup, key="matrix", on_press=lambda: errors.open_cell("matrix", labels))
    with right:
        order = "right, the least sure first" if truth == guess != errors.ANY else "wrong, the surest first"
        st.markdown(
            f"**{len(found):,} of {len(digits.labels):,} test images**{dataset.of(digits.data)} ({order}). "
            "Press a number in a matrix to see its images."
        )
        place, pages = st.container(), max(1, -(-len(found) // SHOWN))
        at = st.pagination(pages, key="errors_page", bind="query-params") if pages > 1 else 1
        words = dict.fromkeys(found[(at - 1) * SHOWN : at * SHOWN].tolist(), "")
        place.html(errors.images(networks, digits, words, inside=network.label))


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
    threshold = st.select_slider("Refuse answers with a probability below", THRESHOLDS, 0.9, key="threshold", **SHARES)
    points = {}
    for each in networks:
        text, points[each.label] = errors.refuse(each, threshold)
        st.markdown(f"**{html.as_markdown(each.label)}**: {text}")
    version = ("refused", threshold, *(each.version for each in networks))

    def draw():
        curves = {each.label: certainty.risk_coverage(each.sure, each.wrong) for each in networks}
        about = f"{len(digits.labels):,} test images. Marked: answers below {100 * threshold:g}% are refused."
        return figures.risk_coverage(curves, points, about=about, data=digits.data)

    page.figure(page.drawn(version, draw), key="refused", name="mnist-errors-refused")


@st.fragment
def show_sets() -> None:
    """Sets of digits, calibrated on one half of the test images and measured on the other."""
    asked = "The set holds the true digit with a probability of at least"
    level = st.select_slider(asked, LEVELS, certainty.LEVEL, key="set_level", **SHARES)
    st.caption(
        "Instead of one digit, the network names a set: every digit whose probability reaches a limit. One half of the "
        f"test images{dataset.of(digits.data)}, drawn at random, sets the limit. The sets of the other half are "
        "counted here. The promise holds on average over many such draws, not for each."
    )
    for each in networks:
        text, words = errors.sets(each, level, most=SHOWN)
        st.markdown(f"**{html.as_markdown(each.label)}**: {text}")
        st.html(errors.images([each], digits, words, inside=each.label))


PARTS = {"Errors": show_errors, "Refuse": show_refusal, "Prediction sets": show_sets}

classifier = page.heading_with_classifier("What do networks get wrong?")
digits = dataset.test_digits()
if digits is None:
    dataset.offer_mnist()
    st.stop()
with st.container(horizontal=True, vertical_alignment="bottom"):
    part = page.choice("Part", PARTS, key="errors_part")
    networks = choose_networks()
if networks:
    PARTS[part]()
page.notes(__file__)
