"""Made-up digits, networks whose answers are known, and what a test reads off the noise and game pages."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from streamlit.testing.v1 import AppTest

from mnist_app import noise
from mnist_app.evaluation.results import MNIST, NoiseCurve

APP = Path(__file__).resolve().parents[2] / "app.py"
TITLES = {"none": "No denoising", "median-3": "Median 3×3", "median-5": "Median 5×5", "autoencoder": "Autoencoder"}


def digit_image(digit):
    """Two white rows whose place says which digit it is."""
    image = np.zeros((28, 28, 1), np.float32)
    image[4 + 2 * digit : 6 + 2 * digit] = 1
    return image


def read(images):
    """The digit whose two rows are brightest."""
    rows = images[:, 4:24].reshape(len(images), 10, -1).mean(2)
    powers = np.exp(20 * rows.astype(np.float64))
    return powers / powers.sum(1, keepdims=True)


def fake_judge(name, run=read):
    recipe = SimpleNamespace(key=name.lower(), title=name)
    about = {"recipe": recipe, "as_declared": True, "seed": 0, "data": MNIST}
    card = SimpleNamespace(**about, parameters=10, test=SimpleNamespace(value=0.9))
    model = SimpleNamespace(name=f"{name}-1-0", card=card)
    return SimpleNamespace(model=model, label=name, network=SimpleNamespace(run=run))


def curve(key, classifier):
    rows = tuple((100 - 10 * step,) * 10 for step in range(11))
    psnr = (None, *(float(20 - step) for step in range(10)))
    return NoiseCurve(key, classifier, "salt-and-pepper", 0, noise.LEVELS, rows, (100,) * 10, psnr)


def visit(path="pages/noise.py", *, drawn=None, **query):
    page = AppTest.from_file(str(APP), default_timeout=20).run()
    if drawn is not None:
        page.session_state["drawn"] = drawn
    for name, value in query.items():
        page.query_params[name] = value
    page.switch_page(path).run()
    assert not page.exception
    return page


def markup(page):
    return "\n".join(element.proto.body for element in page.get("html"))


def said(page):
    return "\n".join(element.value for element in [*page.info, *page.markdown, *page.code])


def legend(page, place):
    return [trace["name"] for trace in chart(page, place)["data"] if trace.get("showlegend", True)]


def chart(page, place):
    return json.loads(page.get("plotly_chart")[place].proto.spec)
