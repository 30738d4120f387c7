"""The weight-decay page's controls, the sweep's training as the queue tells of it, and what the chart says in words."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from plotly.graph_objects import Figure

from mnist_app import ExplorerError, InvalidInput, NotFound, jobs, store, ui
from mnist_app.evaluation import sweep
from mnist_app.evaluation.results import GENERATED, MNIST
from mnist_app.evaluation.sweep import Choice, Order, Point
from mnist_app.jobs.orders import STACKED
from mnist_app.ui import digits
from mnist_app.ui import jobs as queue
from mnist_app.ui.changes import COLUMNS

VALIDATIONS = {"Test images": "test", "Held-out images": "held-out"}
SOURCES = (
    "A, B and C: reports of a university assignment (2022, 2023), each with three replicates a factor, judged on the "
    "test images. B's factors are evenly spaced."
)
STATISTICS = "Of each replicate's validation accuracies, epoch by epoch: the last, the highest, or their mean."
FORMATS = {
    "L2 factor": st.column_config.TextColumn(pinned=True),
    **COLUMNS,
    **{f"Seed {seed}": st.column_config.NumberColumn(format="%.2f%%") for seed in range(sweep.MOST_SEEDS)},
}
"""How the table of `sweep.columns` is shown."""
_OWN = "Own"
_EXAMPLE = "1e-6 1e-5 1e-4 1e-3 1e-2"


@dataclass(frozen=True)
class Settings:
    """What is to be drawn: a sweep, one of sweep.STATISTICS, whether the sources' figures are drawn too, and the data.

    `data` names what the replicates were trained and validated on.
    """

    order: Order
    statistic: str
    reported: bool
    data: str = MNIST


def choose() -> Settings:
    """The controls; where the own factors are none, the page says so and ends here."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        options = [*sweep.FACTOR_SETS, _OWN]
        which = st.segmented_control(
            "Factors", options, default="A", required=True, key="factors", bind="query-params", help=SOURCES
        )
        if which == _OWN:
            text = st.text_input("Own factors", _EXAMPLE, key="own", bind="query-params", width=230)
        count = st.number_input("Replicates", 1, sweep.MOST_SEEDS, 3, key="replicates", bind="query-params", width=80)
        epochs = st.number_input("Epochs", 1, sweep.MOST_EPOCHS, 40, key="epochs", bind="query-params", width=80)
        validation = st.segmented_control(
            "Validation data",
            list(VALIDATIONS),
            default="Test images",
            required=True,
            key="validation",
            bind="query-params",
            help="The sources used the test images. Held-out images are the last 10,000 training images, which are "
            "then not trained on.",
        )
        statistic = st.segmented_control(
            "Accuracy",
            list(sweep.STATISTICS),
            default="Final",
            required=True,
            key="statistic",
            bind="query-params",
            help=STATISTICS,
        )
        reported = st.toggle("Mark the sources' figures", key="reported", bind="query-params", help=SOURCES)
        data = _choose_data()
    try:
        factors = sweep.parse_factors(text) if which == _OWN else sweep.FACTOR_SETS[which]
        order = Order(factors, tuple(range(count)), epochs, VALIDATIONS[validation])
    except InvalidInput as error:
        st.error(str(error))
        st.stop()
    return Settings(order, statistic, reported, data)


def replicates(data: str) -> tuple[store.Replicate, ...]:
    """Every stored replicate that was trained on that data; read again as soon as one is added."""
    return _replicates(store.state(), data)


def show_missing(settings: Settings, absent: int) -> None:
    """How many trainings of the order are missing, and the button that orders them; or how its training goes on.

    Where the digits to train on are not here, a way to get MNIST is offered instead of the button.
    """
    order, data = settings.order, settings.data
    _show_refusal()
    total = len(order.factors) * len(order.seeds)
    job = next((job for job in jobs.list_jobs() if job.sweep == order and job.data == data), None)
    if job is not None and job.active:
        queue.ensure_worker()
        _follow(job.id, job.done, f"{total - absent} of {total} replicates are here")
        return
    if not absent:
        return
    if job is not None and job.error:
        st.error(job.error)
    seconds = absent * STACKED * jobs.expected_seconds(order.recipes()[0])
    told = f"{absent} of {total} replicates are missing: {queue.duration(seconds)} on this machine."
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(told, width="content")
        if trainable(data):
            st.button("Train the missing ones", key="order", type="primary", on_click=_order, args=(order, data))
    if not trainable(data):
        ui.offer_mnist()


def trainable(data: str) -> bool:
    """Whether the digits of that name are here to be trained on; generated ones are, once a page shows them."""
    digits = ui.test_digits()
    return digits is not None and digits.data == data


def chart(figure: Figure, labels: dict[str, str]) -> None:
    """The chart; a click on a replicate's dot selects its option in the list below, found by its name in `labels`."""
    alt = "Validation accuracy against the L2 factor; the table below holds the numbers"
    ui.figure(figure, key="chart", name="mnist-weight-decay", alt=alt, on_select=lambda: _open(labels))


def choice_told(choice: Choice | None, held_out: Sequence[Point], on_test: Sequence[Point]) -> str:
    """Which factor held-out images choose, and what the test images then say of it; all by final accuracy."""
    if choice is None:
        without = sum(not point.n for point in held_out)
        return (
            f"**Held-out images choose** no factor yet: {without} of {len(held_out)} factors have no replicate that "
            "was judged on them. Those are ordered with *Validation data* set to *Held-out images*."
        )
    (chosen,) = (point for point in held_out if point.factor == choice.factor)
    told = [
        f"**Held-out images choose {sweep.as_text(choice.factor)}**: mean final accuracy {_spread(chosen)}.",
        _runner_up(choice),
    ]
    (tested,) = (point for point in on_test if point.factor == choice.factor)
    if tested.n:
        told.append(f"On the **test images**, this factor's replicates then reach **{_spread(tested)}**.")
    else:
        told.append("No replicate of this factor has been judged on the test images yet.")
    return " ".join(told)


def band_told(points: Sequence[Point]) -> str:
    """How many means lie inside the binomial band, and what that says; empty where nothing is drawn."""
    drawn = [point for point in points if point.n]
    if not drawn:
        return ""
    low, high = sweep.binomial_band(drawn)
    inside = sum(low <= point.mean <= high for point in drawn)
    return (
        f"**{inside} of {len(drawn)} means lie inside the grey band**, {low:.2%} to {high:.2%}: by chance alone, an "
        "accuracy measured on 10,000 images strays that far from the true one (95%). A smaller difference is no "
        "finding without more images."
    )


def _open(labels: dict[str, str]) -> None:
    for point in st.session_state["chart"]["selection"]["points"]:
        if (name := point.get("customdata")) in labels:
            st.session_state["replicate"] = labels[name]


@st.fragment(run_every=2)
def _follow(job_id: str, done: tuple[str, ...], here: str) -> None:
    """Progress of a sweep in the queue; the whole page runs again when a replicate is finished or the job has ended."""
    try:
        job = jobs.find(job_id)
    except NotFound:
        st.rerun()
    if not job.active or job.done != done:
        st.rerun()
    _show_refusal()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(job.progress.fraction if job.progress else 0.0, f"{here}. {_progress(job)}")
        what = "The replicates that are finished stay."
        st.button("Stop", key="stop", disabled=job.stopping, help=what, on_click=_stop, args=(job_id,))
    queue.show_missing_worker()


def _progress(job: jobs.Job) -> str:
    if job.stopping:
        return "Stopping …"
    if wait := jobs.wait_of(job):
        begin = "" if wait.seconds is None else f": it begins in {queue.duration(wait.seconds)}"
        return f"The others wait in the queue, place {wait.place}{begin}"
    at = job.progress
    if not at:
        return "The training begins …"
    return f"Those missing: {at.fraction:.0%}, {queue.duration(at.seconds_left)} left"


def _order(order: Order, data: str) -> None:
    try:
        jobs.submit_sweep(order, owner=queue.owner(), data=data)
    except ExplorerError as error:
        st.session_state["refused"] = str(error)


def _stop(job_id: str) -> None:
    try:
        jobs.stop(job_id)
    except ExplorerError as error:
        st.session_state["refused"] = str(error)


def _show_refusal() -> None:
    if refusal := st.session_state.pop("refused", ""):
        st.error(refusal)


def _spread(point: Point) -> str:
    sd = "" if point.sd is None else f" ± {100 * point.sd:.2f} pp"
    return f"{point.mean:.2%}{sd} (n = {point.n})"


def _runner_up(choice: Choice) -> str:
    if choice.runner_up is None:
        return "There is no other factor to compare it with."
    start = f"The runner-up, {sweep.as_text(choice.runner_up)}, is {100 * choice.lead:.2f} pp lower"
    if choice.margin is None:
        return f"{start}; with one replicate a factor, nothing tells whether that is chance."
    verdict = "more than" if choice.clear else "no more than"
    return f"{start}: {verdict} the {100 * choice.margin:.2f} pp that seeds alone explain."


def _choose_data() -> str:
    """MNIST, or generated digits where they are used here or replicates of theirs are stored."""
    if digits.name() != GENERATED and not replicates(GENERATED):
        return MNIST
    help = "Replicates of the two are never drawn together. Those that came with the app were trained on MNIST."
    options = [MNIST, GENERATED]
    return st.segmented_control(
        "Digits", options, default=MNIST, required=True, key="data", bind="query-params", help=help
    )


@st.cache_resource(show_spinner=False, max_entries=4)
def _replicates(state: tuple, data: str) -> tuple[store.Replicate, ...]:
    return store.list_replicates(data=data)
