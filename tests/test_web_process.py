"""The web server's process never imports TensorFlow or Keras: every page is visited in a process of its own.

The same is asked of the real server after a browser's visit in tests/browser.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from mnist_app import jobs

ROOT = Path(__file__).resolve().parent.parent
VISIT = """
import ast, json, sys
from pathlib import Path
from streamlit.testing.v1 import AppTest
from tests import drawings

app = Path("explorer.py").resolve()
calls = [n for n in ast.walk(ast.parse(app.read_text("utf-8"))) if isinstance(n, ast.Call)]
pages = [n.args[0].value for n in calls if ast.unparse(n.func) == "st.Page"]
page = AppTest.from_file(str(app), default_timeout=60)
page.session_state["draw-canvas"] = drawings.canvas_value(drawings.SEVEN)
page.run()
guesses = sum(" guesses 7. " in element.proto.json for element in page.get("bidi_component"))
exceptions = [e.value for e in page.exception]
for path in pages:
    page.switch_page(path).run()
    exceptions += [e.value for e in page.exception]
heavy = sorted({name.split(".")[0] for name in sys.modules} & {"tensorflow", "keras", "jax", "torch"})
served = "ai_edge_litert" in sys.modules
print(json.dumps({"pages": pages, "guesses": guesses, "exceptions": exceptions, "heavy": heavy, "served": served}))
"""


def test_every_page_opens_without_tensorflow_and_a_drawing_is_guessed(tmp_path):
    environment = {**os.environ, jobs.FOLDER_VARIABLE: str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", VISIT],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    visited = json.loads(done.stdout.splitlines()[-1])
    assert {"pages/draw.py", "pages/curves.py"} <= set(visited["pages"])
    assert visited["exceptions"] == []
    assert visited["guesses"] >= 1
    assert visited["served"]
    assert visited["heavy"] == []
