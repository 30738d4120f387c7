"""Imports go one way. Read from the sources, so that an import inside a function counts as well.

test_web_process.py shows that no page brings Keras along."""

import ast
import itertools
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

FLOORS = (
    {"recipes", "ink", "noise", "augmentation"},
    {"evaluation"},
    {"figures", "store"},
    {"serving"},
    {"data"},
    {"training", "report"},
    {"jobs"},
    {"ui", "cli"},
    {"pages", "app", "explorer", "__main__"},
)
"""Rooms of mnist_app, pages and the two files beside them, from the ground up: each imports only from those below."""

WITH_KERAS = {"training"}
WITH_STREAMLIT = {"app", "explorer", "pages", "ui"}
KERAS, STREAMLIT = ("keras", "tensorflow", "tf_keras"), ("streamlit",)


def sources():
    """The project's own files, without tests and benchmarks, which may import what they like."""
    rooms = (sorted(ROOT.glob(f"{room}/**/*.py")) for room in ("pages", "mnist_app"))
    return [ROOT / "app.py", ROOT / "explorer.py", *itertools.chain(*rooms)]


def room_of(path):
    """A room of mnist_app, "pages", "app" or "explorer"."""
    first, *rest = path.relative_to(ROOT).with_suffix("").parts
    return rest[0] if first == "mnist_app" else first


def below(room):
    """The rooms that a room may import besides itself."""
    for number, floor in enumerate(FLOORS):
        if room in floor:
            return set().union(*FLOORS[:number])
    return set()


def imports(path, text):
    """(line, dotted name) of every import; `from a import b` gives a.b, and relative ones their full name."""
    inside = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(text, str(path))):
        match node:
            case ast.Import():
                yield from ((node.lineno, alias.name) for alias in node.names)
            case ast.ImportFrom():
                start = inside[: len(inside) - node.level + 1] if node.level else ()
                base = ".".join([*start, *([node.module] if node.module else [])])
                yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
            case ast.Call(
                func=ast.Name(id="__import__") | ast.Attribute(attr="import_module"), args=[ast.Constant(name)]
            ):
                yield node.lineno, name


def violations(path, text):
    """Sentences that name file, line and rule."""
    room = room_of(path)
    file = path.relative_to(ROOT)
    if room != "__init__" and not any(room in floor for floor in FLOORS):
        yield f"{file}: {room} stands on no floor: add it to FLOORS"
        return
    allowed = below(room) | {room}
    for line, name in imports(path, text):
        top, *rest = name.split(".")
        where = f"{file}:{line}: {name} is imported, but"
        if top == "mnist_app":
            if rest and not rest[0][0].isupper() and rest[0] not in allowed:
                choice = ", ".join(sorted(allowed - {room})) or "nothing"
                yield f"{where} {room} may import only {choice} of mnist_app"
        elif top in ("pages", "app", "explorer", "tests", "benchmarks"):
            yield f"{where} nothing imports {top}"
        elif top in KERAS and room not in WITH_KERAS:
            yield f"{where} only {' and '.join(sorted(WITH_KERAS))} imports Keras and TensorFlow"
        elif top in STREAMLIT and room not in WITH_STREAMLIT:
            yield f"{where} only {', '.join(sorted(WITH_STREAMLIT))} import Streamlit"


def test_imports_go_one_way():
    found = [sentence for path in sources() for sentence in violations(path, path.read_text("utf-8"))]
    assert not found, "\n".join(found)


def test_every_module_has_a_room():
    loose = {path.stem for path in (ROOT / "mnist_app").glob("*.py")}
    assert loose == {"__init__", "__main__"}


@pytest.mark.parametrize(
    ("file", "text", "found"),
    [
        ("mnist_app/noise/field.py", "import os\n\nfrom mnist_app import recipes", "field.py:3: mnist_app.recipes is"),
        ("mnist_app/noise/field.py", "from mnist_app.recipes import Recipe", "may import only nothing of mnist_app"),
        ("mnist_app/ink/pictures.py", "from .. import recipes", "mnist_app.recipes is imported"),
        (
            "mnist_app/store/cards.py",
            "def load():\n    import keras",
            "cards.py:2: keras is imported, but only training",
        ),
        ("mnist_app/ui/html.py", "import tensorflow.lite", "only training imports Keras"),
        ("mnist_app/serving/latent.py", "__import__('keras')", "only training imports Keras"),
        ("mnist_app/figures/style.py", "import streamlit as st", "only app, explorer, pages, ui import Streamlit"),
        ("mnist_app/cli/listing.py", "from mnist_app.ui import tables", "mnist_app.ui.tables is imported"),
        ("mnist_app/figures/style.py", "from pages import draw", "nothing imports pages"),
        ("mnist_app/oddness/__init__.py", "import os", "oddness stands on no floor"),
    ],
)
def test_a_wrong_import_is_named_with_file_line_and_rule(file, text, found):
    (sentence,) = violations(ROOT / file, text)
    assert found in sentence


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("mnist_app/noise/field.py", "import numpy as np\nfrom mnist_app import ExplorerError\nimport mnist_app"),
        ("mnist_app/store/cards.py", "from mnist_app import recipes\nfrom mnist_app.evaluation.results import History"),
        ("mnist_app/training/batches.py", "import keras\nimport tensorflow as tf"),
        ("mnist_app/cli/making.py", "def train():\n    from mnist_app import training"),
        ("pages/noise.py", "import streamlit as st\nfrom mnist_app import figures, noise, ui"),
    ],
)
def test_a_right_import_passes(file, text):
    assert not list(violations(ROOT / file, text))
