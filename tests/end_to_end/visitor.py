"""The app and its visitors without a browser, as a process of its own: `python -m tests.end_to_end.visitor`.

Each line of standard input is a visit, as JSON: the `page` by its path, `query` for its address, `set` with the values
of widgets by their labels, and `press`, the label of a button. Each is answered by one line: what is then seen.
"""

import json
import sys
from pathlib import Path

from streamlit.testing.v1 import AppTest

from mnist_app import jobs

ASKED = ("number_input", "text_input", "selectbox", "toggle")
SAID = ("title", "header", "subheader", "markdown", "caption", "info", "warning", "error", "success", "code")


def with_label(elements, label):
    return next((element for element in elements if element.label == label), None)


def visit(page="", query=(), set=(), press=""):
    """Open a page as a new visitor, use it, and return what is seen in the end."""
    app = AppTest.from_file(str(Path("explorer.py").resolve()), default_timeout=60).run()
    for name, value in dict(query).items():
        app.query_params[name] = value
    if page:
        app.switch_page(page).run()
    for label, value in dict(set).items():
        with_label((widget for kind in ASKED for widget in app.get(kind)), label).set_value(value).run()
    if press:
        with_label(app.button, press).click().run()
    bars = [bar.proto.text for bar in app.get("progress")]
    return {
        "title": [title.value for title in app.title],
        "text": "\n".join([*(element.value for kind in SAID for element in app.get(kind)), *bars]),
        "metrics": {metric.label: metric.value for metric in app.metric},
        "tables": [table.value.to_dict("list") for table in app.dataframe],
        "exceptions": [exception.value for exception in app.exception],
        "modules": sorted({name.partition(".")[0] for name in sys.modules}),
    }


if __name__ == "__main__":
    jobs.supervise()  # as the server does
    answers, sys.stdout = sys.stdout, sys.stderr  # where Streamlit prints what goes wrong on a page
    for line in sys.stdin:
        print(json.dumps(visit(**json.loads(line)), default=str), file=answers, flush=True)
