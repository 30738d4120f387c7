"""The Weight decay page's controls, its sweep in the queue, and what the chart shows in words."""

from collections.abc import Sequence

import streamlit as st

from mnist_app import jobs, store
from mnist_app.evaluation import differences, sweep
from mnist_app.evaluation.differences import Choice
from mnist_app.evaluation.results import GENERATED, MNIST
from mnist_app.evaluation.sweep import Order, Point
from mnist_app.jobs.orders import STACKED
from mnist_app.recipes.costs import in_words
from mnist_app.ui import dataset, page, queue

SOURCES = (
    "A, B and C are reports of a university assignment (2022, 2023). Each has three replicates a factor, measured on "
    "the test images. B's factors are evenly spaced."
)
_VALIDATIONS = {"Test images": "test", "Held-out images": "held-out"}
_ABOUT_VALIDATION = (
    "The sources used the test images. Held-out images are the last 10,000 training images: the network does not train "
    "on them."
)
_ABOUT_STATISTIC = "The last validation accuracy of each replicate, the highest one, or the mean over all epochs."
_ABOUT_DATA = "A chart shows replicates of one kind only. Those that came with the app were trained on MNIST."
_OWN = "Own"
_EXAMPLE = "1e-6 1e-5 1e-4 1e-3 1e-2"

_TEXT, _NUMBER = st.column_config.TextColumn(pinned=True), st.column_config.NumberColumn
_COLUMNS = {
    "L2 factor": _TEXT,
    "Training": _TEXT,
    "n": _NUMBER(help="Number of replicates"),
    "Mean": _NUMBER(format="%.3f%%"),
    "SD": _NUMBER(format="%.3f pp", help="Standard deviation, in percentage points"),
    "Difference": _NUMBER(format="%+.3f pp", help="From the first row, in percentage points"),
    "± (95%)": _NUMBER(format="%.3f pp", help="Welch's t with the scatter over seeds"),
    **{f"Seed {seed}": _NUMBER(format="%.2f%%") for seed in range(sweep.MOST_SEEDS)},
}


def choose() -> tuple[Order, str, bool, str]:
    """The sweep, its statistic, whether to mark the sources' figures, and the digits' name."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        which = page.choice("Factors", [*sweep.FACTOR_SETS, _OWN], key="factors", help=SOURCES)
        factors = _own_factors() if which == _OWN else sweep.FACTOR_SETS[which]
        count = st.number_input("Replicates", 1, sweep.MOST_SEEDS, 3, key="replicates", bind="query-params", width=100)
        epochs = st.number_input("Epochs", 1, sweep.MOST_EPOCHS, 40, key="epochs", bind="query-params", width=100)
        validation = page.choice("Validation data", _VALIDATIONS, key="validation", help=_ABOUT_VALIDATION)
        statistic = page.choice("Accuracy", sweep.STATISTICS, key="statistic", help=_ABOUT_STATISTIC)
        reported = st.toggle("Mark the sources' figures", key="reported", bind="query-params", help=SOURCES)
        data = MNIST
        if dataset.name() == GENERATED or replicates(store.state(), GENERATED):
            data = page.choice("Digits", (MNIST, GENERATED), key="data", help=_ABOUT_DATA)
    return Order(factors, tuple(range(count)), epochs, _VALIDATIONS[validation]), statistic, reported, data


def _own_factors() -> tuple[float, ...]:
    """The factors that are typed; while the text is wrong, those before it, and the error."""
    text = st.text_input("Own factors", _EXAMPLE, key="own", bind="query-params", width=230)
    page.attempt(lambda: st.session_state.update(own_factors=sweep.parse_factors(text)))
    return st.session_state.get("own_factors", sweep.parse_factors(_EXAMPLE))


@st.cache_resource(show_spinner=False, max_entries=4)
def replicates(state: tuple, data: str) -> tuple[store.Replicate, ...]:
    """Every replicate that was trained on that data; `state` is `store.state()`, which changes when one is added."""
    return store.replicates.list(data=data)


def show_missing(order: Order, data: str, absent: int) -> None:
    """How many trainings of the order are missing, and the button that orders them, or their progress."""
    total = len(order.factors) * len(order.seeds)
    job = next((job for job in jobs.list_jobs() if job.sweep == order and job.data == data), None)
    active = job is not None and job.active
    if not (absent or active):
        return
    seconds = absent * STACKED * jobs.expected_seconds(order.recipes()[0])
    about = f"{absent} of {total} replicates are missing: {in_words(seconds)} on this machine."
    digits = dataset.test_digits()
    if active or (digits and digits.data == data):
        progress = f"{total - absent} of {total} replicates are here. "
        queue.offer(job, progress, about, "Train the missing ones", jobs.submit_sweep, order, data=data)
    else:
        st.markdown(about)
        dataset.offer_mnist()


def show_table(points: Sequence[Point], order: Order, statistic: str, data: str) -> None:
    """The chart's numbers, and all of them as CSV."""
    with st.expander("Table"):
        st.dataframe(sweep.columns(points), hide_index=True, key="table", column_config=_COLUMNS)
        csv = sweep.table_csv(points, epochs=order.epochs, validation=order.validation, statistic=statistic, data=data)
        st.download_button("Replicates as CSV", csv, "mnist-weight-decay.csv", "text/csv", key="csv", on_click="ignore")


def show_changes(rows: Sequence[differences.Change]) -> None:
    """What each single change brings, where there is a replicate of one."""
    if not any(row.point.n for row in rows[1:]):
        return
    page.section("What do momentum, schedule and L2 bring?")
    st.dataframe(
        differences.change_columns(rows), hide_index=True, key="changes", column_config=_COLUMNS, placeholder="–"
    )
    st.markdown(
        f"The network, the epochs and the {len(differences.SEEDS)} seeds are the same in each row; one setting changes "
        "at a time. Held-out training images chose the rate and the factor of the fourth row. The figures are "
        "accuracies on the test images. `python -m benchmarks.momentum` trains what is missing and prints this table."
    )


def choice_in_words(choice: Choice | None, held_out: Sequence[Point], on_test: Sequence[Point]) -> str:
    """Which factor held-out images choose, and its accuracy on the test images; all by final accuracy."""
    if choice is None:
        without = sum(not point.n for point in held_out)
        return (
            f"**Held-out images cannot choose a factor yet:** {without} of {len(held_out)} factors still need a "
            "replicate with *Validation data* set to *Held-out images*."
        )
    chosen, tested = (_at(choice.factor, points) for points in (held_out, on_test))
    text = (
        f"**Held-out images choose {sweep.as_text(choice.factor)}**: mean final accuracy {chosen}. On the **test "
        f"images**, the replicates of this factor reach **{tested}**."
    )
    if choice.runner_up is None:
        return text
    text += f" The runner-up, {sweep.as_text(choice.runner_up)}, is {100 * choice.lead:.2f} pp lower"
    if choice.margin is None:
        return f"{text}. One replicate a factor cannot show whether this is chance."
    compared = "more than" if choice.clear else "not more than"
    return f"{text}, {compared} the {100 * choice.margin:.2f} pp that seeds alone explain."


def band_in_words(points: Sequence[Point]) -> str:
    """How many means lie inside the binomial band; empty where nothing is drawn."""
    drawn = [point for point in points if point.n]
    if not drawn:
        return ""
    low, high = differences.binomial_band(drawn)
    inside = sum(low <= point.mean <= high for point in drawn)
    return (
        f"**{inside} of {len(drawn)} means lie inside the grey band**, {low:.2%} to {high:.2%}. By chance alone, an "
        "accuracy that is measured on 10,000 images can be that far from the true one (95%). Only more images can show "
        "whether a smaller difference is real."
    )


def _at(factor: float, points: Sequence[Point]) -> str:
    (point,) = (point for point in points if point.factor == factor)
    return f"{point.spread} (n = {point.n})" if point.n else "an accuracy that is not measured yet"
