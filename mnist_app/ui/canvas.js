// The drawing square. The drawing is held here, and in the tab's storage, so that a reload keeps it. Streamlit gets all
// of it at once when the pen is lifted, so that nothing that is clicked then overtakes the stroke. If the square is
// live, the server is also asked while the pen moves, one drawing at a time, without Streamlit, which would render the
// page anew. The answer's HTML goes into the page's places of the same names.
const STEP = 2;  // least distance of two points
const PACE = 33;  // ms between two drawings of a growing stroke
const REST = 500;  // ms more the first time that the server is busy; twice as many each time that it still is
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

async function ask(square) {
  clearTimeout(square.timer);
  if (!square.live || !square.stroke || !square.changed || square.asking) return;
  const wait = square.rest - performance.now();
  if (wait > 0) { square.timer = setTimeout(() => ask(square), wait); return; }
  const {stroke, objects, meant, live: {networks, plain}} = square;
  square.changed = false; square.asking = true; square.rest = performance.now() + PACE;
  const body = JSON.stringify({objects, meant, networks, plain});
  const answer = await fetch("guess", {method: "POST", body}).then((response) => response.json()).catch(() => null);
  square.asking = false;
  square.busy = answer ? 0 : square.busy + 1;
  if (!answer) square.rest += REST * 2 ** (square.busy - 1);
  else if (square.stroke === stroke) { square.followed = stroke; put(square, answer); }
  ask(square);
}

function change(square, objects, lifted) {
  square.objects = objects;
  if (!objects.length) square.meant = null;
  square.changed = true;
  square.undo.disabled = square.clear.disabled = !objects.length;
  paint(square);
  if (lifted) send(square); else ask(square);
}

function send(square) {
  const {name, objects, meant} = square;
  try { sessionStorage.setItem(name, JSON.stringify({objects, meant})); } catch { /* full, or forbidden */ }
  square.submit({objects, meant});
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

function put(square, answer) {
  for (const [name, html] of Object.entries(answer)) {
    const place = document.querySelector(`[data-live="${name}"]`);
    // The page may still be loading what shows the place.
    if (!place) { if (square.area.isConnected) setTimeout(() => put(square, answer), 50); return; }
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
  const isNew = !known.has(area);
  if (isNew) {
    const [undo, clear] = parentElement.querySelectorAll("button");
    known.set(area, {area, undo, clear, size: data.size, name: data.name, rest: 0, busy: 0, ...stored(data.name)});
  }
  const square = known.get(area);
  square.submit = (drawing) => setStateValue("drawing", drawing);
  square.brush = data.brush; square.live = data.live;
  if (isNew) {
    area.style.maxWidth = `var(--square, ${data.size}px)`;
    square.undo.disabled = square.clear.disabled = !square.objects.length;
    listen(square);
    if (square.objects.length !== data.known) send(square);  // after a reload the server knows nothing
  }
  if (square.live && !(square.stroke && square.stroke === square.followed)) put(square, square.live.answer);
}
