"""How did each network learn? Accuracy and loss per epoch and per 100th batch, beside the sources' figures."""

import streamlit as st

from mnist_app import figures, ui
from mnist_app.evaluation import comparison
from mnist_app.ui import rejection

SOURCES = (
    "A, B and C: reports of a university assignment (2022, 2023). D: solution sheet of a deep-learning course (2020). "
    "H: what Hinton claimed, without a description of the training."
)


@st.fragment
def show_epochs(curves: list[figures.Curve], image_format: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        view = st.segmented_control(
            "Show", list(figures.VIEWS), default="Accuracy", required=True, key="view", bind="query-params"
        )
        reported = st.toggle("Mark the sources' figures", key="reported", bind="query-params", help=SOURCES)
    figure = figures.epochs(curves, view=view, reported=reported)
    ui.figure(figure, key="epochs", name=f"mnist-{view.lower()}", image_format=image_format)


@st.fragment
def show_batches(labels: list[str], image_format: str) -> None:
    run = runs[st.selectbox("Run", labels, key="batches_of", bind="query-params")]
    first_epoch = not st.toggle("Leave out the first epoch", key="later_batches", bind="query-params")
    name = f"mnist-batches-{run.recipe.key}"
    figure = figures.batches(figures.Curve(run.label, run.history, data=run.data), first_epoch=first_epoch)
    ui.figure(figure, key="batches", name=name, image_format=image_format)
    save("Batches as CSV", lambda: comparison.batches_csv(run), name=f"{name}.csv", key="batches_csv")


@st.fragment
def show_reliability(image_format: str) -> None:
    if rule := rejection.choose(listing.models):
        figure, name = figures.reliability(rule.calibration, data=rule.data), rule.model
        ui.figure(figure, key="reliability", name=f"mnist-reliability-{name}", image_format=image_format)
        rejection.show_rejection_rates(rule)


def show_table() -> None:
    text, number = st.column_config.TextColumn, st.column_config.NumberColumn
    share, points = "%.2f%%", "%+.2f pp"
    formats = {
        "Run": text(pinned=True),
        "Parameters": number(format="%,d"),
        "Seconds": number(format="%,d", help="Training time by the clock"),
        "Final validation": number(format=share),
        "Best validation": number(format=share, help="The highest of all epochs"),
        "Gap": number(format=points, help="Final training minus final validation accuracy, in percentage points"),
        "Test": number(format=share, help="Share of the 10,000 test images that are classified correctly"),
        "95% interval": text(help="Wilson's interval of the test accuracy, in percent"),
        "Source": text(help="Who reported the next column's figure"),
        "Reported": number(format=share, help="The source's final accuracy on the test images"),
        "Digits": text(help="What the run was trained, validated and tested on"),
        "Test − reported": number(format=points, help="In percentage points"),
    }
    st.dataframe(
        comparison.columns(selected), hide_index=True, key="table", column_config=formats, alt="The selected runs"
    )


def save(label: str, text, *, name: str, key: str) -> None:
    st.download_button(label, text, file_name=name, mime="text/csv", key=key, on_click="ignore")


ui.heading("How did each network learn?")
listing = ui.listing()
ui.show_damaged(listing.damaged)
runs = comparison.arrange(ui.run_of(model) for model in listing.models)
if not runs:
    st.info("There is no trained network here yet. This trains one in less than a minute:")
    st.code("python -m mnist_app train mlp-64-64", language="bash")
    st.stop()

left, right = st.columns([5, 1], vertical_alignment="bottom")
chosen = left.multiselect(
    "Runs", list(runs), default=comparison.readable(runs), key="runs", bind="query-params", wrap=True
)
image_format = right.segmented_control(
    "Save figures as", ["png", "svg"], default="png", required=True, format_func=str.upper, key="image_format"
)
if not chosen:
    st.info("No run is selected. Choose one or more above: their curves are drawn over one another.")
    st.stop()
styles = comparison.styles(runs)
curves = [
    figures.Curve(label, runs[label].history, styles[label], runs[label].reported, runs[label].data) for label in chosen
]
selected = [runs[label] for label in chosen]

show_epochs(curves, image_format)

st.subheader("Side by side")
show_table()
with st.container(horizontal=True):
    save("Table as CSV", lambda: comparison.table_csv(selected), name="mnist-runs.csv", key="table_csv")
    save("Epochs as CSV", lambda: comparison.epochs_csv(selected), name="mnist-epochs.csv", key="epochs_csv")

st.subheader("Every 100th batch")
show_batches(chosen, image_format)

show_reliability(image_format)

ui.notes("""
- **Dashed below solid.** Training accuracy is the mean over a whole epoch, during which the weights still change, and
  with dropout at work. Validation accuracy is measured at the end of the epoch, without dropout. So at first, and with
  dropout to the end, training can lie below validation. For which runs does it?
- **The gap.** Where does training accuracy go on rising while validation stays level? That is overfitting. Which run
  has the largest gap in the table? Switch to *Loss*: does the validation loss rise although the accuracy does not fall?
  (With L2 weight decay, the loss includes the penalty on the weights.)
- **The linear network levels off** near 92%, however long it is trained: two layers without a non-linearity between
  them can do no more than one.
- **How much is chance?** Measured on 10,000 images, an accuracy of 92% is uncertain by about ±0.5 percentage points,
  98% by ±0.3 and 99% by ±0.2 (95% intervals). Which differences, between runs or from the sources' figures, are larger?
- **Scatter from batch to batch.** Each point of the lower figure is measured on other images than the one before.
  Which of its ups and downs would you take for learning, and which for chance?
- **Sure and wrong.** Which network's points lie below the dashed diagonal: is it surer than it is right?
""")
