"""A square that is clicked and dragged, by mouse, pen, finger or arrow keys: it tells where the pointer is.

Its picture is the CSS variable --map of an element around it, so that the picture is not sent again with each step.
While one position is on its way to the server and back, no other is sent: a slow line makes the digit follow later,
not jump.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

_HTML = """<div class="area" role="application" tabindex="0"
 aria-label="Map of two numbers: drag, or press the arrow keys, to move the point"><i class="point"></i>
<span class="lens"></span></div>"""

# In layers of their own (will-change), point and lens move without painting the map again.
_CSS = """
.area {position:relative; width:100%; max-width:min(36rem, 58vh); aspect-ratio:1;
  background:#000 var(--map) center/100% 100%; outline:1px solid #808080;
  touch-action:none; user-select:none; -webkit-user-select:none; cursor:crosshair}
.area:focus-visible {outline:3px solid #1b7fd4}
.point {position:absolute; width:14px; height:14px; margin:-8px 0 0 -8px; border:2px solid #fff; border-radius:50%;
  box-shadow:0 0 0 2px #000, inset 0 0 0 2px #000; pointer-events:none; will-change:transform}
.lens {position:absolute; width:68px; height:68px; border:2px solid #fff; box-shadow:0 0 0 2px #000;
  box-sizing:border-box; pointer-events:none; will-change:transform}
.lens img {display:block; width:100%; height:100%; image-rendering:pixelated; background:#000}
"""

_JS = """
const PAUSE = 40, PATIENCE = 1000, STEP = 0.01;  // ms, ms, share of a side
const known = new WeakMap();
const within = (share) => Math.min(1, Math.max(0, share));

function place(square, left, top) {
  square.left = left; square.top = top;
  const {point, lens} = square;
  point.style.left = `${100 * left}%`; point.style.top = `${100 * top}%`;
  lens.style.left = `clamp(0px, calc(${100 * left}% - 34px), calc(100% - 68px))`;
  lens.style.top = top > 0.3 ? `calc(${100 * top}% - 86px)` : `calc(${100 * top}% + 18px)`;
}

function flush(square) {
  clearTimeout(square.timer);
  if (!square.next) return;
  const wait = square.sent + (square.waiting ? PATIENCE : PAUSE) - performance.now();
  if (wait > 0) { square.timer = setTimeout(() => flush(square), wait); return; }
  square.waiting = true; square.sent = performance.now();
  const next = square.next;
  square.next = null;
  square.send(next);
}

function move(square, left, top, moving) {
  place(square, within(left), within(top));
  square.moving = moving;
  square.next = {left: square.left, top: square.top, moving};
  flush(square);
}

function listen(square) {
  const {area} = square;
  const follow = (event, moving) => {
    const box = area.getBoundingClientRect();
    move(square, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height, moving);
  };
  area.onpointerdown = (event) => {
    if (event.button) return;
    area.setPointerCapture(event.pointerId);
    square.held = true;
    follow(event, true);
  };
  area.onpointermove = (event) => { if (square.held) follow(event, true); };
  area.onpointerup = area.onpointercancel = (event) => {
    if (!square.held) return;
    square.held = false;
    if (event.type === "pointerup") follow(event, false);
    else move(square, square.left, square.top, false);
  };
  const ways = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
  area.onkeydown = (event) => {
    const way = ways[event.key];
    if (!way) return;
    event.preventDefault();
    const step = event.shiftKey ? 10 * STEP : STEP;
    move(square, square.left + step * way[0], square.top + step * way[1], true);
  };
  area.onkeyup = (event) => { if (ways[event.key]) move(square, square.left, square.top, false); };
  area.onblur = () => { if (square.moving) move(square, square.left, square.top, false); };
}

export default function ({parentElement, data, setStateValue}) {
  const area = parentElement.querySelector(".area");
  if (!known.has(area)) {
    const [point, lens] = [".point", ".lens"].map((name) => area.querySelector(name));
    known.set(area, {area, point, lens, sent: -Infinity});
    listen(known.get(area));
  }
  const square = known.get(area);
  square.send = (at) => setStateValue("at", at);
  square.waiting = false;
  square.lens.innerHTML = data.picture;
  // Where the pointer is, is known here first: an answer to an earlier position must not draw the point back.
  if (!square.moving && !square.next) place(square, data.left, data.top);
  flush(square);
}
"""


@dataclass(frozen=True)
class At:
    """Where the pointer is: shares of the square's width and height from its upper left corner, 0 to 1.

    `moving` is false once it is let go.
    """

    left: float
    top: float
    moving: bool


def square(*, key: str, left: float, top: float, picture: str, on_move: Callable[[], None]) -> None:
    """Show the square with its point at these shares of its width and height, and a picture beside the point.

    `picture` is an <img> of `html`. `on_move` is called when the pointer moves or is let go; `position` says where.
    """
    _component()(key=key, data={"left": left, "top": top, "picture": picture}, on_at_change=on_move)


def position(key: str) -> At | None:
    """Where the pointer of the square with that key was last; None where it was never used."""
    found = st.session_state.get(key)
    told = found.get("at") if found else None
    return At(float(told["left"]), float(told["top"]), bool(told["moving"])) if told else None


@functools.cache
def _component() -> Callable:
    """Registered at its first use, because that needs Streamlit's runtime."""
    return st.components.v2.component("mnist_app_latent_pointer", html=_HTML, css=_CSS, js=_JS)
