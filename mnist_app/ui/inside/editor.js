// 28 × 28 pixels under a brush. They are held here; the server is sent all of them, one picture at a time while the
// brush moves, and at once when it is lifted.
const SIDE = 28, REACH = 1.6, PATIENCE = 1000;  // pixels, pixels, ms until an answer counts as lost
const known = new WeakMap();

function paint(square) {
  const pen = square.area.getContext("2d"), picture = pen.createImageData(SIDE, SIDE);
  square.pixels.forEach((grey, at) => picture.data.set([grey, grey, grey, 255], 4 * at));
  pen.putImageData(picture, 0, 0);
  if (square.byKeys) {
    pen.strokeStyle = square.erases ? "#d55e00" : "#1b7fd4";
    pen.strokeRect(Math.floor(square.x) - 0.5, Math.floor(square.y) - 0.5, 2, 2);
  }
}

function flush(square, lifted) {
  clearTimeout(square.timer);
  if (!square.changed) return;
  const wait = lifted || !square.waiting ? 0 : square.sent + PATIENCE - performance.now();
  if (wait > 0) { square.timer = setTimeout(() => flush(square), wait); return; }
  square.changed = false; square.waiting = true; square.sent = performance.now();
  square.send([...square.pixels].map((grey) => grey.toString(16).padStart(2, "0")).join(""));
}

function dab(square, x, y) {
  square.x = x; square.y = y;
  square.pixels = square.pixels.map((grey, at) => {
    const distance = Math.hypot(at % SIDE + 0.5 - x, Math.floor(at / SIDE) + 0.5 - y);
    const ink = 255 * Math.min(1, Math.max(0, REACH - distance));
    return square.erases ? Math.min(grey, 255 - ink) : Math.max(grey, ink);
  });
  square.changed = true;
}

// From where the brush was to where it is, half a pixel at a time.
function drag(square, x, y) {
  const {x: fromX, y: fromY} = square, steps = Math.ceil(2 * Math.hypot(x - fromX, y - fromY));
  for (let step = 1; step <= steps; step++) dab(square, fromX + (x - fromX) * step / steps, fromY + (y - fromY) * step / steps);
  paint(square); flush(square);
}

function listen(square, modes) {
  const {area} = square;
  const place = (event) => {
    const box = area.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width * SIDE, (event.clientY - box.top) / box.height * SIDE];
  };
  area.onpointerdown = (event) => {
    if (event.button) return;
    area.setPointerCapture(event.pointerId);
    square.held = true; square.byKeys = false;
    dab(square, ...place(event)); paint(square); flush(square);
  };
  area.onpointermove = (event) => { if (square.held) drag(square, ...place(event)); };
  area.onlostpointercapture = () => { square.held = false; flush(square, true); };
  const ways = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
  area.onkeydown = (event) => {
    const way = ways[event.key], inside = (at) => Math.min(SIDE - 0.5, Math.max(0.5, Math.floor(at) + 0.5));
    if (!way && event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    square.byKeys = true;
    if (way) { square.x = inside(square.x + way[0]); square.y = inside(square.y + way[1]); }
    else { dab(square, square.x, square.y); flush(square); }
    paint(square);
  };
  area.onblur = () => { square.byKeys = false; paint(square); };
  modes.forEach((mode, at) => {
    mode.onclick = () => {
      square.erases = at === 1;
      modes.forEach((each) => each.setAttribute("aria-pressed", each === mode));
    };
  });
  modes[0].click();
}

export default function ({parentElement, data, setStateValue}) {
  const area = parentElement.querySelector(".area");
  if (!known.has(area)) {
    const pixels = Uint8Array.from(data.pixels.match(/../g), (pair) => parseInt(pair, 16));
    const square = {area, pixels, x: 14.5, y: 14.5, sent: -Infinity};
    known.set(area, square);
    listen(square, [...parentElement.querySelectorAll("button")]);
    paint(square);
  }
  const square = known.get(area);
  square.send = (pixels) => setStateValue("pixels", pixels);
  square.waiting = false;
  flush(square);
}
