"""Which L2 factor gives the best network, and how much of the difference is chance?"""

import msgspec
import streamlit as st

from mnist_app import figures, store
from mnist_app.evaluation import differences, sweep
from mnist_app.ui import page, weight_decay


def points_of(validation: str, statistic: str = "Final") -> tuple[sweep.Point, ...]:
    """The order's points, measured on those images."""
    return sweep.points(msgspec.structs.replace(order, validation=validation), replicates, statistic=statistic)


def show_chart() -> None:
    """The chart; a click on a dot, or the list below it, opens that replicate's curves."""
    names = {
        f"{sweep.as_text(point.factor)}, seed {seed}": name
        for point in points
        for name, seed in zip(point.names, point.seeds, strict=True)
    }

    def open_clicked() -> None:
        for point in st.session_state["chart"]["selection"]["points"]:
            for label, name in names.items():
                if point.get("customdata") == name:
                    st.session_state["replicate"] = label

    above, opened = st.container(), None
    if names:
        opened = st.selectbox(
            "Curves of one replicate", names, index=None,
            placeholder="Click a dot, or choose one", key="replicate", bind="query-params", width=300,
        )  # fmt: skip
    figure = figures.weight_decay(
        points,
        epochs=order.epochs,
        validation=order.validation,
        statistic=statistic,
        choice=choice.factor if choice else None,
        reported=reported,
        marked=names.get(opened, ""),
        ours=differences.ours(replicates, validation=order.validation, statistic=statistic),
        data=data,
    )
    with above:
        alt = "Validation accuracy against the L2 factor; the table below holds the numbers"
        page.figure(figure, key="chart", name="mnist-weight-decay", alt=alt, on_select=open_clicked)
        st.markdown(weight_decay.band_in_words(points))
        st.markdown(weight_decay.choice_in_words(choice, held_out, points_of("test")))
    if opened:
        show_curves(opened, names[opened])


@st.fragment
def show_curves(label: str, name: str) -> None:
    (replicate,) = (each for each in replicates if each.name == name)
    view = page.choice("Show", figures.VIEWS, default="Close-up", key="view")
    curve = figures.Curve(f"L2 {label}", replicate.history, style=1, data=data)
    page.figure(figures.epochs([curve], view=view), key="curves", name=f"mnist-{name}-{view.lower()}")


page.heading("How much weight decay?")
order, statistic, reported, data = weight_decay.choose()
replicates = weight_decay.replicates(store.state(), data)
held_out = points_of("held-out")
choice = differences.chosen(held_out)
points = points_of(order.validation, statistic)

weight_decay.show_missing(order, data, len(sweep.missing(order, replicates)))
show_chart()
weight_decay.show_table(points, order, statistic, data)
weight_decay.show_changes(differences.changes(replicates))
page.notes(__file__)
