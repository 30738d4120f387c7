"""Made-up digits and networks whose answers are known, and what a test reads off a page."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from mnist_app import noise, store
from mnist_app.evaluation.results import MNIST, NoiseCurve

APP = Path(__file__).resolve().parents[2] / "explorer.py"
TITLES = {"none": "No denoising", "median-3": "Median 3×3", "median-5": "Median 5×5", "autoencoder": "Autoencoder"}


def visit(path, *, drawn=None, **query):
    """The page as a link with that query opens it; `drawn` is the drawing of an earlier visit to the Draw page."""
    page = AppTest.from_file(str(APP), default_timeout=20).run()
    if drawn is not None:
        page.session_state["drawn"] = drawn
    for name, value in query.items():
        page.query_params[name] = value
    return shown(page.switch_page(path).run())


def shown(page):
    """The page, which shows no exception."""
    assert not page.exception
    return page


def press(page, key):
    return shown(page.button(key=key).click().run())


def forge(page, id):
    """Press a button as a client's message can, whether or not it is on the page."""
    states = page._tree.get_widget_states()
    states.widgets.append(WidgetState(id=id, trigger_value=True))
    return shown(page._run(states))


def keys(page):
    return {button.key for button in page.button}


def markup(page):
    found = [element.proto.body for element in page.get("html")]
    for element in page.get("bidi_component"):
        data = json.loads(element.proto.json)
        found += [data.get("html", ""), *(data.get("live") or {"answer": {}})["answer"].values()]
    return "\n".join(found)


def text_of(page):
    """All that the page says in words outside HTML."""
    kinds = (page.info, page.markdown, page.caption, page.error, page.warning, page.success, page.code, page.header)
    bars = [element.proto.text for element in page.get("progress")]
    said = "\n".join([*(element.value for kind in kinds for element in kind), *bars])
    return re.sub(r"\\([!-/:-@[-`{-~])", r"\1", said)  # as the browser shows escaped marks


def chart(page, place=0):
    return json.loads(page.get("plotly_chart")[place].proto.spec)


def legend(page, place=0):
    return [trace["name"] for trace in chart(page, place)["data"] if trace.get("showlegend", True)]


def digit_image(digit):
    """Two white rows whose place says which digit it is."""
    image = np.zeros((28, 28, 1), np.float32)
    image[4 + 2 * digit : 6 + 2 * digit] = 1
    return image


def read_rows(images):
    """Probabilities: the digit whose two rows are brightest."""
    rows = images[:, 4:24].reshape(len(images), 10, -1).mean(2)
    powers = np.exp(20 * rows.astype(np.float64))
    return powers / powers.sum(1, keepdims=True)


def classifier(name, run=read_rows):
    recipe = SimpleNamespace(key=name.lower(), title=name)
    facts = {"recipe": recipe, "as_declared": True, "seed": 0, "data": MNIST, "files": {store.SERVING_FILE: name}}
    card = SimpleNamespace(**facts, parameters=10, test=SimpleNamespace(value=0.9))
    model = SimpleNamespace(name=f"{name}-1-0", card=card)
    return SimpleNamespace(model=model, label=name, network=SimpleNamespace(run=run))


def noise_curve(key, classifier):
    rows = tuple((100 - 10 * step,) * 10 for step in range(11))
    psnr = (None, *(float(20 - step) for step in range(10)))
    return NoiseCurve(key, classifier, "salt-and-pepper", 0, noise.LEVELS, rows, (100,) * 10, psnr)
