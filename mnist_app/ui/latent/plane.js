// The square of the map: it sends where the pointer is, one position at a time, and shows the digit beside the point.
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
