"""The table of what single changes bring to a training, beside the weight-decay chart."""

from collections.abc import Sequence

import streamlit as st

from mnist_app.evaluation import sweep

COLUMNS = {
    "n": st.column_config.NumberColumn(help="Number of replicates"),
    "Mean": st.column_config.NumberColumn(format="%.3f%%"),
    "SD": st.column_config.NumberColumn(format="%.3f pp", help="Standard deviation, in percentage points"),
}
"""How columns of these names are shown in every table of replicates."""
_POINTS = "%+.3f pp"
_FORMATS = {
    "Training": st.column_config.TextColumn(pinned=True),
    **COLUMNS,
    "Difference": st.column_config.NumberColumn(format=_POINTS, help="From the first row, in percentage points"),
    "± (95%)": st.column_config.NumberColumn(format="%.3f pp", help="Welch's t with the scatter over seeds"),
}


def show_changes(rows: Sequence[sweep.Change]) -> None:
    """What each change brings, where there is a replicate of one."""
    if not any(row.point.n for row in rows[1:]):
        return
    st.subheader("What momentum, schedule and L2 bring")
    st.dataframe(sweep.change_columns(rows), hide_index=True, key="changes", column_config=_FORMATS)
    st.markdown(
        f"The same network and epochs, one change at a time, with the same {len(sweep.SEEDS)} seeds. Rate and factor "
        "of the fourth row were chosen on held-out training images; the figures are accuracies on the test images. "
        "`python -m benchmarks.momentum` trains what is missing and prints this table."
    )
