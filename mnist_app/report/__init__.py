"""The report that the assignment asks for, as one HTML file: texts in `report.html`, computed figures from `contents`.

The file opens without a network, because plotly's own code is in it (4.8 of at most 6 MB), and prints on A4.
"""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from plotly.offline import get_plotlyjs

from mnist_app import store
from mnist_app.report import contents
from mnist_app.store.cards import versions

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def make(chosen: Sequence[store.StoredModel]) -> str:
    """The report of these trained classifiers, and of what else is stored here, as HTML.

    It takes about two seconds: the networks read the test images. What is missing on this machine is named in its place
    with the command that makes it. Raises Damaged.
    """
    return _TEMPLATES.get_template("report.html").render(
        **contents.collect(chosen), plotlyjs=get_plotlyjs(), versions=versions()
    )
