"""Loss and accuracy over the batches of one training."""

import plotly.graph_objects as go

from mnist_app.figures.style import COLOURS, Curve, lay_out


def batches(curve: Curve, *, first_epoch: bool = True) -> go.Figure:
    """Loss (left axis) and accuracy (right axis) of one run over its training batches.

    Without the first epoch the axes fit what comes after its steep start; a single epoch is drawn all the same.
    """
    marks = curve.history.batches
    if not first_epoch and len(curve.history.epochs) > 1:
        ends = marks[-1].batch / len(curve.history.epochs) if marks else 0
        marks = tuple(mark for mark in marks if mark.batch > ends)
    figure = go.Figure()
    for name, axis, colour, dash in (("loss", "y", COLOURS[2], "solid"), ("accuracy", "y2", COLOURS[1], "dot")):
        shape = ".2%" if name == "accuracy" else ".4f"
        figure.add_trace(
            go.Scatter(
                x=[mark.batch for mark in marks],
                y=[getattr(mark, name) for mark in marks],
                yaxis=axis,
                name=name.capitalize(),
                mode="lines+markers" if len(marks) == 1 else "lines",
                line={"color": colour, "dash": dash, "width": 1.5},
                hovertemplate=f"batch %{{x:,}}<br>{name} %{{y:{shape}}}<extra></extra>",
            )
        )
    remark = "Training images. Each point is the mean over the batches since the point before (100 at most)."
    remarks = [remark if marks else "No batches were recorded for this run."]
    lay_out(figure, f"{curve.label}: every 100th batch", remarks, entries=2, data=curve.data)
    figure.update_xaxes(title="Batch, counted from the start of training", tickformat=",d")
    figure.update_layout(
        yaxis={"title": "Loss (solid)"},
        yaxis2={
            "title": "Accuracy (dotted)",
            "tickformat": ".1~%",
            "tickmode": "auto",
            "side": "right",
            "overlaying": "y",
            "showgrid": False,
            "zeroline": False,
        },
    )
    return figure
