"""Imports go one way. Read from the sources, so that an import inside a function counts as well."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

EVERYWHERE = {"results"}
"""The frozen results that modules hand to each other."""

ALLOWED = {
    # module or package of mnist_app, or pages: what it may import of mnist_app besides ExplorerError and results
    "results": set(),
    "data": set(),
    "ink": set(),
    "noise": set(),
    "recipes": set(),
    "augmentation": set(),
    "layers": {"recipes"},
    "architectures": {"layers", "recipes"},
    "training": {"architectures", "augmentation", "data", "layers", "noise", "recipes"},
    "nondigits": {"ink"},
    "calibration": set(),
    "judgement": {"calibration", "evaluation", "novelty"},
    "novelty": set(),
    "store": {"calibration", "judgement", "novelty", "recipes"},
    "serving": {"store"},
    "generated": {"data", "latent", "serving", "store"},
    "digits": {"data", "generated"},
    "evaluation": set(),
    "figures": {"calibration", "evaluation", "sweep"},
    "comparison": {"recipes"},
    "denoisers": {"noise", "recipes", "serving", "store"},
    "game": set(),
    "latent": set(),
    "costs": {"layers", "recipes"},
    "keras_script": {"layers", "recipes"},
    "sweep": {"recipes"},
    "jobs": {"costs", "layers", "recipes", "store", "sweep"},
    "worker": {
        "costs",
        "data",
        "digits",
        "evaluation",
        "jobs",
        "layers",
        "recipes",
        "serving",
        "store",
        "sweep",
        "training",
    },
    "ui": {
        "augmentation",
        "comparison",
        "costs",
        "data",
        "denoisers",
        "digits",
        "evaluation",
        "generated",
        "ink",
        "jobs",
        "judgement",
        "latent",
        "layers",
        "recipes",
        "serving",
        "store",
        "sweep",
    },
    "pages": {
        "comparison",
        "costs",
        "evaluation",
        "figures",
        "game",
        "ink",
        "jobs",
        "keras_script",
        "latent",
        "layers",
        "noise",
        "recipes",
        "sweep",
        "ui",
    },
}
ALLOWED["app"] = ALLOWED["pages"]
ALLOWED["commands"] = ALLOWED["__main__"] = set(ALLOWED) - {"ui", "pages", "app"} | {"commands"}

WITH_KERAS = {"architectures", "training"}
WITH_STREAMLIT = {"app", "pages", "ui"}
KERAS, STREAMLIT = ("keras", "tensorflow", "tf_keras"), ("streamlit", "streamlit_drawable_canvas")


def sources():
    """The project's own files, without tests and benchmarks, which may import what they like."""
    return [ROOT / "app.py", *sorted(ROOT.glob("pages/**/*.py")), *sorted(ROOT.glob("mnist_app/**/*.py"))]


def module_of(path):
    """What the table calls the module: a file of mnist_app/, a package there, "pages" or "app"."""
    first, *rest = path.relative_to(ROOT).with_suffix("").parts
    return rest[0] if first == "mnist_app" else first


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
    module = module_of(path)
    if module == "__init__":
        known, allowed = True, set()
    else:
        known, allowed = module in ALLOWED, ALLOWED.get(module, set()) | EVERYWHERE | {module}
    file = path.relative_to(ROOT)
    if not known:
        yield f"{file}: mnist_app.{module} is not in the table of allowed imports: add it to the table"
        return
    for line, name in imports(path, text):
        top, *rest = name.split(".")
        where = f"{file}:{line}: {name} is imported, but"
        if top == "mnist_app":
            part = rest[0] if rest else "ExplorerError"
            if part != "ExplorerError" and part not in allowed:
                choice = ", ".join(sorted(allowed - {module})) or "nothing"
                yield f"{where} {module} may import only {choice} of mnist_app"
        elif top in ("pages", "app", "tests", "benchmarks"):
            yield f"{where} nothing imports {top}"
        elif top in KERAS and module not in WITH_KERAS:
            yield f"{where} only {' and '.join(sorted(WITH_KERAS))} import Keras and TensorFlow"
        elif top in STREAMLIT and module not in WITH_STREAMLIT:
            yield f"{where} only {', '.join(sorted(WITH_STREAMLIT))} import Streamlit"


def reachable(starts):
    """All that the table lets these modules import, directly or not."""
    found, left = set(), set(starts)
    while left:
        found |= left
        left = set().union(*(ALLOWED[module] | EVERYWHERE for module in left)) - found
    return found


def test_imports_go_one_way():
    found = [sentence for path in sources() for sentence in violations(path, path.read_text("utf-8"))]
    assert not found, "\n".join(found)


def test_the_table_has_no_circles():
    for module in set(ALLOWED) - {"commands", "__main__"}:
        assert module not in reachable(ALLOWED[module]), f"{module} may come to import itself"


def test_the_table_keeps_keras_out_of_the_web_servers_process():
    assert not reachable(["app", "pages"]) & WITH_KERAS


@pytest.mark.parametrize(
    ("file", "text", "found"),
    [
        ("mnist_app/noise.py", "import os\n\nfrom mnist_app import recipes", "noise.py:3: mnist_app.recipes is"),
        ("mnist_app/noise.py", "from mnist_app.recipes import Recipe", "may import only results of mnist_app"),
        ("mnist_app/noise.py", "from . import recipes", "mnist_app.recipes is imported"),
        ("mnist_app/ink/pictures.py", "from .. import recipes", "mnist_app.recipes is imported"),
        ("mnist_app/ink/pictures.py", "from ..recipes import get", "mnist_app.recipes.get is imported"),
        (
            "mnist_app/store.py",
            "def load():\n    import keras",
            "store.py:2: keras is imported, but only architectures",
        ),
        ("mnist_app/ui/pictures.py", "import tensorflow.lite", "only architectures and training import Keras"),
        ("mnist_app/serving.py", "__import__('keras')", "only architectures and training import Keras"),
        ("mnist_app/serving.py", "import importlib\nimportlib.import_module('keras')", "serving.py:2: keras"),
        ("mnist_app/figures.py", "import streamlit as st", "only app, pages, ui import Streamlit"),
        ("mnist_app/commands.py", "from mnist_app.ui import tables", "mnist_app.ui.tables is imported"),
        ("mnist_app/figures.py", "from pages import draw", "nothing imports pages"),
        ("mnist_app/__init__.py", "from mnist_app import data", "__init__ may import only nothing of mnist_app"),
        ("mnist_app/oddness.py", "import os", "mnist_app.oddness is not in the table of allowed imports: add it to"),
        ("pages/train.py", "from mnist_app import training", "mnist_app.training is imported, but pages may import"),
        ("mnist_app/results.py", "from mnist_app import *", "mnist_app.* is imported"),
    ],
)
def test_a_wrong_import_is_named_with_file_line_and_rule(file, text, found):
    (sentence,) = violations(ROOT / file, text)
    assert found in sentence


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("mnist_app/noise.py", "import numpy as np\nfrom mnist_app import ExplorerError\nimport mnist_app"),
        ("mnist_app/store.py", "from mnist_app import ExplorerError, recipes\nfrom mnist_app.results import History"),
        ("mnist_app/ink/__init__.py", "from mnist_app.ink.strokes import Stroke\nfrom .errors import NotAnImage"),
        ("mnist_app/training.py", "import keras\nimport tensorflow as tf"),
        ("mnist_app/commands.py", "def train():\n    from mnist_app import training"),
        ("pages/noise.py", "import streamlit as st\nfrom mnist_app import figures, noise, ui"),
    ],
)
def test_a_right_import_passes(file, text):
    assert not list(violations(ROOT / file, text))


def test_nothing_that_a_page_imports_brings_keras_or_tensorflow_along():
    names = {module_of(path) for path in sources()} & reachable(["pages"]) - {"app", "pages"}
    assert {"ui", "ink", "noise", "recipes", "serving", "store", "data", "evaluation"} <= names
    files = [path.relative_to(ROOT).with_suffix("") for path in sources() if module_of(path) in names]
    modules = sorted({".".join(file.parts).removesuffix(".__init__") for file in files})
    script = (
        "import importlib, sys\n"
        f"for name in {modules}: importlib.import_module(name)\n"
        f"print(sorted({{name.split('.')[0] for name in sys.modules}} & {set(KERAS)}))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().splitlines()[-1] == "[]"
