"""How long a student waits on the draw page: from mouse-up to the new guesses in the browser.

    python -m benchmarks.draw_latency [--strokes 20]

Needs playwright and Chromium (requirements-dev.txt). The canvas component itself waits 200 ms after a stroke before it
reports; that part is subtracted in the last column.
"""

import argparse
import shutil

import numpy as np
from playwright.sync_api import sync_playwright

from benchmarks.running_app import FLAGS, running_app

COMPONENT_MS = 200
WATCH = """
() => {
  window.changed = new Promise(resolve => {
    let released = null;
    document.addEventListener("mouseup", () => { released = performance.now(); }, {once: true, capture: true});
    new MutationObserver((_, observer) => {
      const card = document.querySelector(".mx-large");
      if (released && card && card.getAttribute("aria-label") !== window.before) {
        observer.disconnect();
        resolve(performance.now() - released);
      }
    }).observe(document.body, {childList: true, subtree: true, attributes: true});
    window.before = document.querySelector(".mx-large")?.getAttribute("aria-label");
  });
}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--strokes", type=int, default=20)
    strokes = parser.parse_args().strokes
    with running_app() as (address, _):
        taken = np.array(_measure(address, strokes))
    print(
        "| strokes | mouse-up to new guesses, median ms | 95th percentile ms | median less the component's own ms |"
    )
    print("| --- | --- | --- | --- |")
    median, late = np.median(taken), np.quantile(taken, 0.95)
    print(f"| {len(taken)} | {median:.0f} | {late:.0f} | {median - COMPONENT_MS:.0f} |")


def _measure(address: str, strokes: int) -> list[float]:
    rng, taken = np.random.default_rng(0), []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(address)
        page.locator(".upper-canvas").wait_for()
        page.wait_for_timeout(1500)
        box = page.locator(".upper-canvas").bounding_box()
        for _ in range(strokes):
            page.evaluate(WATCH)
            for number, (x, y) in enumerate(rng.uniform(40, 240, (3, 2))):
                page.mouse.move(box["x"] + x, box["y"] + y, steps=4)
                if not number:
                    page.mouse.down()
            page.mouse.up()
            taken.append(page.evaluate("() => window.changed"))
            page.wait_for_timeout(600)
            if len(taken) % 5 == 0:
                page.get_by_role("button", name="Clear").click()
                page.wait_for_timeout(800)
        browser.close()
    return taken


if __name__ == "__main__":
    main()
