"""Which L2 factor gives the best network, and how much of the difference is chance?"""

import msgspec
import streamlit as st

from mnist_app import figures, ui
from mnist_app.evaluation import sweep
from mnist_app.evaluation.results import MNIST
from mnist_app.ui import changes, weight_decay


def read(validation: str, statistic: str = "Final") -> tuple[sweep.Point, ...]:
    """The order's points, judged on those images."""
    return sweep.points(msgspec.structs.replace(order, validation=validation), replicates, statistic=statistic)


def show_chart() -> None:
    """The chart; a click on a dot, or the list below it, opens that replicate's curves."""
    labels = {
        name: f"{sweep.as_text(point.factor)}, seed {seed}"
        for point in points
        for name, seed in zip(point.names, point.seeds, strict=True)
    }
    by_label = {label: name for name, label in labels.items()}
    figure = figures.weight_decay(
        points,
        epochs=order.epochs,
        validation=order.validation,
        statistic=settings.statistic,
        choice=choice.factor if choice else None,
        reported=settings.reported,
        marked=by_label.get(st.session_state.get("replicate"), ""),
        ours=sweep.ours(replicates, validation=order.validation, statistic=settings.statistic),
        data=settings.data,
    )
    weight_decay.chart(figure, labels)
    st.markdown(weight_decay.band_told(points))
    st.markdown(weight_decay.choice_told(choice, held_out, read("test")))
    if labels:
        opened = st.selectbox(
            "Curves of one replicate", list(by_label), index=None, placeholder="Click a dot, or choose one",
            key="replicate", bind="query-params", width=300,
        )  # fmt: skip
        if opened:
            show_curves(opened, by_label[opened])


@st.fragment
def show_curves(label: str, name: str) -> None:
    (replicate,) = (each for each in replicates if each.name == name)
    view = st.segmented_control(
        "Show", list(figures.VIEWS), default="Close-up", required=True, key="view", bind="query-params"
    )
    curve = figures.Curve(f"L2 {label}", replicate.history, style=1, data=settings.data)
    ui.figure(figures.epochs([curve], view=view), key="curves", name=f"mnist-{name}-{view.lower()}")


def show_table() -> None:
    with st.expander("Table"):
        st.dataframe(sweep.columns(points), hide_index=True, key="table", column_config=weight_decay.FORMATS)
        how = {"validation": order.validation, "statistic": settings.statistic, "data": settings.data}
        csv = sweep.table_csv(points, epochs=order.epochs, **how)
        st.download_button("Replicates as CSV", csv, "mnist-weight-decay.csv", "text/csv", key="csv", on_click="ignore")


ui.heading("How much weight decay?")
settings = weight_decay.choose()
order = settings.order
replicates = weight_decay.replicates(settings.data)
if not replicates:
    (st.info if weight_decay.trainable(settings.data) else st.markdown)(
        "No replicate is here yet. Order them below, or train them by the first of these commands; the second trains a "
        "small network in seconds."
    )
    variable = "" if settings.data == MNIST else "MNIST_APP_DATA=generated "
    st.code(
        f"{variable}python -m mnist_app sweep --resume\n{variable}python -m mnist_app train mlp-64-64", language="bash"
    )
held_out = read("held-out")
choice = sweep.chosen(held_out)
points = read(order.validation, settings.statistic)

weight_decay.show_missing(settings, len(sweep.missing(order, replicates)))
show_chart()
show_table()
changes.show_changes(sweep.changes(replicates))
ui.notes("""
- **How close do you get to 98.47%?** None of the sources reached it; C's best single run has 98.33%. With momentum and
  a rate that falls to zero the same network does. Which change brings most, and is it more than chance? The claim names
  the network and the number. It leaves open the learning rate and its schedule, momentum, the number of epochs, the
  first weights, the factor, which images chose it, and the preprocessing. Which of these would you try first?
- **Smaller than the band.** An accuracy near 98% that is measured on 10,000 images is uncertain by about ±0.27
  percentage points. Which of your differences are larger? All dots of a chart are measured on the same images, so part
  of this chance is common to them: it moves them up or down together. The rest shows in the scatter over seeds.
- **How sure is an error bar?** From three replicates, the true standard deviation lies anywhere between 0.52 and 6.3
  times the one that is drawn (95% interval, by chi-square). Source B's five range from 0.03 to 0.16: if all five were
  equal in truth, so wide a range would still come up in about 3 of 10 such sweeps.
- **Final, maximum, mean.** Switch to *Maximum*: every dot rises. By how much? On the test images that gain is not
  earned: the best of 40 epochs is picked with the very images that are to judge it.
- **Why held-out images choose.** Whoever takes the factor with the highest test accuracy reports the luckiest of
  several draws. Held-out images choose without looking at the test images, which then judge once. The price: 10,000
  fewer images to learn from. Do they choose the factor that the test images favour?
- **What does the factor do?** The loss is the cross-entropy plus the factor times the sum of the squared weights of the
  hidden layers. Open a dot's *Loss* at 1e-6 and at 1e-3: where do training and validation part? Enter own factors up to
  0.1: from where on does the network learn less?
- **Evenly spaced, or in powers of ten?** Of source B's evenly spaced factors, four crowd into the last decade. What
  does such a set say of factors between 1e-6 and 1e-4?
""")
