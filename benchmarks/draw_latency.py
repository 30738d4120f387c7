"""How closely the guess follows the pen on the Draw page: Chromium, the server on the same machine. Prints JSON.

    python -m benchmarks.draw_latency [--strokes 20] [--url http://127.0.0.1:8501]

"following": a pen that moves all the time: answers a second that change the large card, and from each position of the
pen to the first answer that knows of it. "lifted": from the pen's lift to the card's last change. Needs playwright
and Chromium (requirements-dev.txt).
"""

import argparse
import contextlib
import json
import shutil
import time

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.running_app import FLAGS, running_app

POSITIONS, PACE = 60, 1 / 60
# What is sent to the server while the pen moves is the drawing, and nothing else.
WATCH = """
window.seen = {moved: [], lifted: [], sent: [], changed: []};
const note = (what) => window.seen[what].push(performance.now()), send = WebSocket.prototype.send;
const ask = fetch;
WebSocket.prototype.send = function (...content) { note("sent"); send.apply(this, content); };
window.fetch = (...asked) => { note("sent"); return ask(...asked); };
addEventListener("pointermove", event => { if (event.buttons) note("moved"); }, true);
addEventListener("pointerup", () => note("lifted"), true);
let before;
new MutationObserver(() => {
  const card = document.querySelector(".mx-large")?.outerHTML;
  if (card && card !== before) { before = card; note("changed"); }
}).observe(document, {childList: true, subtree: true, attributes: true, characterData: true});
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--strokes", type=int, default=20)
    parser.add_argument("--url", default="")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        address = options.url or stack.enter_context(running_app())[0]
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.add_init_script(WATCH)
        page.goto(address)
        page.get_by_text("What to notice").wait_for()
        page.wait_for_timeout(1500)
        strokes = [_draw(page, phase) for phase in np.linspace(0, 6, options.strokes)]
        browser.close()
    print(json.dumps(_summary(strokes), indent=1))


def _draw(page: Page, phase: float) -> dict[str, np.ndarray]:
    """One stroke on an empty square: when the pen moved and was lifted, and what was sent and shown, in ms."""
    box = page.locator("canvas.area").bounding_box()
    turn = np.linspace(phase, phase + 9, POSITIONS)
    curve = np.stack([0.5 + 0.29 * np.cos(turn), 0.5 + 0.36 * np.sin(0.7 * turn)], 1)
    places = box["width"] * curve + [box["x"], box["y"]]
    page.mouse.move(*places[0])
    page.mouse.down()
    page.evaluate("() => Object.values(seen).forEach(times => times.length = 0)")
    due = time.perf_counter()
    for place in places:
        page.mouse.move(*place)
        due += PACE
        time.sleep(max(0, due - time.perf_counter()))
    page.mouse.move(*places[-1] + 9)
    page.mouse.up()
    page.wait_for_timeout(500)
    seen = {what: np.array(times) for what, times in page.evaluate("() => seen").items()}
    page.get_by_role("button", name="Clear").click()
    page.wait_for_timeout(500)
    return seen


def _summary(strokes: list[dict[str, np.ndarray]]) -> dict[str, object]:
    waits, lifts, answers, positions, seconds = [], [], 0, 0, 0.0
    for seen in strokes:
        lifted, changed = seen["lifted"][-1], seen["changed"]
        moved = seen["moved"][seen["moved"] < lifted]
        while_down = (changed > moved[0]) & (changed < lifted)
        answers, positions = answers + while_down.sum(), positions + len(moved)
        seconds += (lifted - moved[0]) / 1000
        for at in moved:
            sent = seen["sent"][seen["sent"] >= at]
            known = changed[changed > sent[0]] if len(sent) else []
            waits += [known[0] - at] if len(known) else []
        lifts.append(max(0.0, changed[-1] - lifted))
    return {
        "strokes": len(strokes),
        "positions_a_second": round(positions / seconds, 1),
        "following": {"answers_a_second": round(float(answers / seconds), 1), **_quantiles(waits)},
        "lifted": _quantiles(lifts),
    }


def _quantiles(milliseconds: list[float]) -> dict[str, int]:
    p50, p95, most = np.quantile(milliseconds, [0.5, 0.95, 1]).round().astype(int).tolist()
    return {"p50_ms": p50, "p95_ms": p95, "max_ms": most}


if __name__ == "__main__":
    main()
