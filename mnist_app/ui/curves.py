"""The Curves page's tables: columns of the runs side by side, and what a network rejects."""

import streamlit as st

from mnist_app.evaluation.rejection import SURE, Rejection
from mnist_app.ui import models, page

_TEXT, _NUMBER = st.column_config.TextColumn, st.column_config.NumberColumn
_SHARE, _POINTS = "%.2f%%", "%+.2f pp"
RUNS = {
    "Run": _TEXT(pinned=True),
    "Parameters": _NUMBER(format="%,d"),
    "Seconds": _NUMBER(format="%,.0f", help="Training time by the clock"),
    "Final validation": _NUMBER(format=_SHARE),
    "Best validation": _NUMBER(format=_SHARE, help="The highest of all epochs"),
    "Gap": _NUMBER(format=_POINTS, help="Final training minus final validation accuracy, in percentage points"),
    "Test": _NUMBER(format=_SHARE, help="Share of the 10,000 test images that are classified correctly"),
    "95% interval": _TEXT(help="Wilson's interval of the test accuracy, in percent"),
    "Source": _TEXT(help="Who reported the next column's figure"),
    "Reported": _NUMBER(format=_SHARE, help="The source's final accuracy on the test images"),
    "Digits": _TEXT(help="What the run was trained, validated and tested on"),
    "Test − reported": _NUMBER(format=_POINTS, help="In percentage points"),
}
_SURE = f"Share of guesses with a probability of {SURE:.0%} or more"
_RATES = {
    "Images": _TEXT(pinned=True),
    "n": _NUMBER(format="%,d"),
    "Rejected": _NUMBER(format="%.1f%%"),
    "95% interval": _TEXT(help="Wilson's interval, in percent"),
    "Sure before": _NUMBER(format="%.1f%%", help=f"{_SURE}, as the softmax gives it"),
    "Sure now": _NUMBER(format="%.1f%%", help=f"{_SURE} at the temperature, and not rejected"),
}
_KINDS = {"test": "test images", "digits": "drawn digits"}


def choose_rule() -> Rejection | None:
    """The rejection rule of the chosen network; None where there are none."""
    rules = {each.label: each.rule for each in models.served().classifiers if each.rule}
    if not rules:
        return None
    page.section("How sure is it, and what does it reject?")
    return rules[st.selectbox("Network", list(rules), key="judged", bind="query-params")]


def show_rates(rule: Rejection) -> None:
    """How much it rejects of each kind of image, and the command that measures this again."""
    st.markdown(
        "The network learned from all training images. So the test images set the temperature: one half of them for "
        "the other half. They also set the score's threshold: it rejects at most 1% of them. The project drew the "
        "other images itself, with the brush of the Draw page. It left out circles, lines and letters that look like a "
        "digit, such as O, S or Z. The drawn digits come from the same hand and are here for comparison."
    )
    rates = [
        {
            "Images": _KINDS.get(rate.kind, rate.kind),
            "n": rate.n,
            "Rejected": 100 * rate.share.value,
            "95% interval": " – ".join(f"{100 * end:.1f}" for end in rate.share.interval),
            "Sure before": 100 * rate.sure_before / rate.n,
            "Sure now": 100 * rate.sure_now / rate.n,
        }
        for rate in rule.rates
    ]
    st.dataframe(rates, hide_index=True, key="rates", alt="What the network rejects", column_config=_RATES)
    command = f"python -m mnist_app calibrate {rule.model} --seed {rule.seed} --count {rule.rates[-1].n}"
    st.code(command, language="bash", wrap_lines=True)
