"""How did each network learn? Accuracy and loss per epoch and per 100th batch, beside the sources' figures."""

import streamlit as st

from mnist_app import figures, report
from mnist_app.evaluation import comparison
from mnist_app.ui import curves as tables
from mnist_app.ui import models, page

ABOUT_SOURCES = ". ".join(f"{letter}: {source}" for letter, source in figures.SOURCES.items())


@st.fragment
def show_epochs(curves: list[figures.Curve]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        view = page.choice("Show", figures.VIEWS, default="Accuracy", key="view")
        reported = st.toggle("Mark the sources' figures", key="reported", bind="query-params", help=ABOUT_SOURCES)
    figure = figures.epochs(curves, view=view, reported=reported)
    page.figure(figure, key="epochs", name=f"mnist-{view.lower()}", image_format=image_format)


@st.fragment
def show_batches(labels: list[str]) -> None:
    run = runs[st.selectbox("Run", labels, key="batches_of", bind="query-params")]
    first_epoch = not st.toggle("Leave out the first epoch", key="later_batches", bind="query-params")
    name = f"mnist-batches-{run.recipe.key}"
    figure = figures.batches(figures.Curve(run.label, run.history, data=run.data), first_epoch=first_epoch)
    page.figure(figure, key="batches", name=name, image_format=image_format)
    save("Batches as CSV", lambda: comparison.batches_csv(run), name=f"{name}.csv", key="batches_csv")


@st.fragment
def show_reliability() -> None:
    if rule := tables.choose_rule():
        figure = figures.reliability(rule.calibration, data=rule.data)
        page.figure(figure, key="reliability", name=f"mnist-reliability-{rule.model}", image_format=image_format)
        tables.show_rates(rule)


def save(label: str, text, *, name: str, key: str) -> None:
    st.download_button(label, text, file_name=name, mime="text/csv", key=key, on_click="ignore")


page.heading("How did each network learn?", digits=False)
served = models.served()
page.show_damaged(served.damaged)
runs = comparison.arrange(model.run for model in served.models)
if not runs:
    page.offer_first_training()

left, right = st.columns([5, 1], vertical_alignment="bottom")
chosen = left.multiselect(
    "Runs", list(runs), default=comparison.readable(runs), key="runs", bind="query-params", wrap=True
)
image_format = right.segmented_control(
    "Save figures as", ["png", "svg"], default="png", required=True, format_func=str.upper, key="image_format"
)
if not chosen:
    st.info("Choose one or more runs above. Their curves are drawn in one figure.")
    st.stop()
styles = comparison.styles(runs)
selected = [runs[label] for label in chosen]

show_epochs([figures.Curve(run.label, run.history, styles[run.label], run.reported, run.data) for run in selected])

page.section("Side by side")
columns = comparison.columns(selected)
st.dataframe(columns, hide_index=True, key="table", column_config=tables.RUNS, alt="The selected runs")
with st.container(horizontal=True):
    save("Table as CSV", lambda: comparison.table_csv(selected), name="mnist-runs.csv", key="table_csv")
    save("Epochs as CSV", lambda: comparison.epochs_csv(selected), name="mnist-epochs.csv", key="epochs_csv")
    st.download_button(
        "Report to hand in",
        lambda: report.make([model for model in served.models if model.run.label in chosen]),
        "mnist-report.html",
        "text/html",
        key="report",
        on_click="ignore",
        icon=":material/description:",
        help="One HTML file in the order of the assignment, with these runs, the weight-decay chart and the noise "
        "curves. Open it in a browser, fill in your own words, and print it.",
    )

page.section("Every 100th batch")
show_batches(chosen)

show_reliability()

page.notes(__file__)
