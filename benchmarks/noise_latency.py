"""How long a student waits on the noise page: from a step of the slider to the new pictures and guesses in the browser.

    python -m benchmarks.noise_latency [--steps 60] [--address http://127.0.0.1:8501]

Needs playwright, Chromium (requirements-dev.txt) and MNIST. Counted from the key's press; the new rows are in the
document, and the next frame is painted. With --address an app that already runs is measured, else one is started.
"""

import argparse
import contextlib
import shutil

import numpy as np
from playwright.sync_api import sync_playwright

from benchmarks.running_app import FLAGS, running_app

PAUSE_MS = 250
TURN = 50  # steps in one direction, from level 0.2 to 0.7 and back
WATCH = """
() => {
  const slider = document.querySelector(".st-key-level input[type=range]");
  slider.focus();
  const marks = () => [...document.querySelectorAll(".nx-row img")].map(each => each.alt + each.src).join();
  const before = marks();
  window.changed = new Promise(resolve => {
    let pressed = null;
    document.addEventListener("keydown", () => { pressed = performance.now(); }, {once: true, capture: true});
    new MutationObserver((_, observer) => {
      const now = marks();
      if (pressed && now && now !== before) {
        observer.disconnect();
        requestAnimationFrame(() => resolve(performance.now() - pressed));
      }
    }).observe(document.body, {childList: true, subtree: true, attributes: true});
  });
}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--address", default="")
    arguments = parser.parse_args()
    given = contextlib.nullcontext((arguments.address, 0))
    with given if arguments.address else running_app() as (address, _):
        taken, rows = _measure(address, arguments.steps)
    print("| steps | rows | slider step to new pictures and guesses, median ms | 95th percentile ms |")
    print("| --- | --- | --- | --- |")
    print(f"| {len(taken)} | {rows} | {np.median(taken):.0f} | {np.quantile(taken, 0.95):.0f} |")


def _measure(address: str, steps: int) -> tuple[list[float], int]:
    taken = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(address + "/")
        page.get_by_text("What to notice").wait_for()
        page.goto(address + "/noise?level=0.2")
        page.get_by_text("What to notice").wait_for()
        page.locator(".nx-row").first.wait_for()
        page.wait_for_timeout(3000)
        rows = page.locator(".nx-row").count()
        for step in range(steps):
            page.evaluate(WATCH)
            page.keyboard.press("ArrowLeft" if step // 60 % 2 else "ArrowRight")  # never beyond the slider's end
            taken.append(page.evaluate("() => window.changed"))
            page.wait_for_timeout(PAUSE_MS)
        browser.close()
    return taken, rows


if __name__ == "__main__":
    main()
