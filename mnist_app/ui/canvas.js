// The drawing square. The drawing is held here, and in the tab's storage, so that a reload keeps it. The server is sent
// all of it at once when the pen is lifted, so that nothing that is clicked then overtakes the stroke; if it is live,
// also while the pen moves, one drawing at a time. The answer's HTML goes into the page's places of the same names.
const PATIENCE = 1000, STEP = 2;  // ms until an answer counts as lost; least distance of two points
// After an answer that took longer than QUICK ms a growing stroke rests, for 100 times the delay: a class can draw.
const QUICK = 100;
const known = new WeakMap();

function paint({area, size, objects}) {
  const pen = area.getContext("2d"), scale = area.width / size;
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, size, size);
  pen.strokeStyle = "#fff";
  pen.lineCap = pen.lineJoin = "round";
  const draw = {M: "moveTo", L: "lineTo", Q: "quadraticCurveTo"};
  for (const {path, strokeWidth} of objects) {
    pen.lineWidth = strokeWidth;
    pen.beginPath();
    for (const [kind, ...numbers] of path) pen[draw[kind]](...numbers);
    pen.stroke();
  }
}

function flush(square, lifted) {
  clearTimeout(square.timer);
  if (!square.changed || !(square.live || lifted)) return;
  const until = square.waiting ? square.sent + PATIENCE : square.rest;
  const wait = lifted ? 0 : until - performance.now();
  if (wait > 0) { square.timer = setTimeout(() => flush(square), wait); return; }
  square.changed = false; square.waiting = true; square.sent = performance.now();
  square.send({objects: square.objects, meant: square.meant, grows: !!square.stroke});
}

function change(square, objects, lifted) {
  square.objects = objects;
  if (!objects.length) square.meant = null;
  square.changed = true;
  square.undo.disabled = square.clear.disabled = !objects.length;
  if (lifted) store(square);
  paint(square);
  flush(square, lifted);
}

function store({name, objects, meant}) {
  try { sessionStorage.setItem(name, JSON.stringify({objects, meant})); } catch { /* full, or forbidden */ }
}

function stored(name) {
  const nothing = {objects: [], meant: null};
  try { return JSON.parse(sessionStorage.getItem(name)) ?? nothing; } catch { return nothing; }
}

// The pen has come to a point: the last straight piece becomes a curve that ends in the middle of the way there.
function follow(square, x, y) {
  const {path} = square.stroke, [, fromX, fromY] = path.at(-1);
  if (Math.hypot(x - fromX, y - fromY) < STEP) return;
  path.splice(-1, 1, ["Q", fromX, fromY, (fromX + x) / 2, (fromY + y) / 2], ["L", x, y]);
  change(square, square.objects);
}

function isDot({path, strokeWidth}) {
  const extent = (at) => Math.max(...path.map((part) => part.at(at))) - Math.min(...path.map((part) => part.at(at)));
  return Math.max(extent(-1), extent(-2)) < 0.7 * strokeWidth;
}

function listen(square) {
  const {area} = square;
  const place = (event) => {
    const box = area.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top].map((at) => Math.round(10 * at * square.size / box.width) / 10);
  };
  const begin = (event) => {
    area.setPointerCapture(event.pointerId);
    const [x, y] = place(event);
    square.stroke = {path: [["M", x, y], ["L", x + 0.01, y]], strokeWidth: square.brush};
    square.pointer = event.pointerId;
    change(square, [...square.objects, square.stroke]);
  };
  area.onpointerdown = (event) => { if (!event.button && !square.stroke) begin(event); };
  area.onpointermove = (event) => {
    if (square.stroke && square.pointer === event.pointerId) {
      // A busy browser gives several moves as one event.
      const moves = event.getCoalescedEvents?.() ?? [];
      for (const move of moves.length ? moves : [event]) follow(square, ...place(move));
    }
    // A mouse or a pen that comes in pressed; a finger that does so scrolls the page.
    else if (!square.stroke && event.buttons === 1 && event.pointerType !== "touch") begin(event);
  };
  area.onlostpointercapture = (event) => {
    if (!square.stroke || square.pointer !== event.pointerId) return;
    // To the networks a dot alone is no ink.
    const none = square.objects.length === 1 && isDot(square.stroke);
    square.stroke = null;
    change(square, none ? [] : square.objects, true);
  };
  square.undo.onclick = () => change(square, square.objects.slice(0, -1), true);
  square.clear.onclick = () => change(square, [], true);
  new ResizeObserver(() => {
    area.width = area.height = Math.round(area.clientWidth * devicePixelRatio);
    paint(square);
  }).observe(area);
}

function answer(square) {
  for (const [name, html] of Object.entries(square.live)) {
    const place = document.querySelector(`[data-live="${name}"]`);
    // The page may still be loading what shows the place.
    if (!place) { if (square.area.isConnected) setTimeout(() => answer(square), 50); return; }
    const fresh = place.cloneNode();
    fresh.innerHTML = html;
    renew(place, fresh);
    place.onclick = ({target}) => {
      const digit = target.closest("[data-meant]")?.dataset.meant;
      if (digit === undefined) return;
      square.meant = square.meant === +digit ? null : +digit;
      change(square, square.objects, true);
    };
  }
}

export default function ({parentElement, data, setStateValue}) {
  const area = parentElement.querySelector(".area");
  if (!known.has(area)) {
    const [undo, clear] = parentElement.querySelectorAll("button");
    const square = {area, undo, clear, size: data.size, name: data.name, sent: -Infinity, rest: 0, ...stored(data.name)};
    known.set(area, square);
    area.style.maxWidth = `var(--square, ${data.size}px)`;
    // After a reload the server knows nothing; of a stroke that was on its way when the page was left, only a part.
    square.changed = square.objects.length !== data.known;
    undo.disabled = clear.disabled = !square.objects.length;
    listen(square);
  }
  const square = known.get(area);
  square.send = (drawing) => setStateValue("drawing", drawing);
  square.brush = data.brush; square.live = data.live;
  if (square.waiting) {
    const now = performance.now();
    square.rest = now + 100 * Math.max(0, now - square.sent - QUICK);
  }
  square.waiting = false;
  if (square.live) answer(square);
  flush(square, !square.stroke);
}
