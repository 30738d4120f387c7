"""What a reader finds in a figure."""


def heading(figure) -> str:
    """Title and subtitle in one line."""
    return f"{figure.layout.title.text} {figure.layout.title.subtitle.text}".replace("<br>", " ")


def named(figure, start, kind="scatter"):
    """The one curve whose name in the legend starts so, or is that."""
    traces = [trace for trace in figure.data if trace.type == kind and trace.name.startswith(start)]
    (trace,) = [trace for trace in traces if trace.name == start] or traces
    return trace
