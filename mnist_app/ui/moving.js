// HTML whose elements stay where they are when only their numbers change, by `renew` of renew.js.
// What has data-press can be pressed; in a table, the arrow keys go from one such cell to the next.
const WAYS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

function walk(event) {
  const way = WAYS[event.key], cell = event.target.closest("td"), rows = cell?.closest("table").rows;
  if (!way || !cell) return;
  event.preventDefault();
  let across = cell.cellIndex, down = cell.parentElement.rowIndex, next;
  do {
    across += way[0]; down += way[1];
    next = rows[down]?.cells[across];
  } while (next && !next.querySelector("[data-press]"));
  next?.querySelector("[data-press]").focus();
}

export default function ({parentElement, data, setTriggerValue}) {
  const place = parentElement.querySelector(".mx-moving"), fresh = place.cloneNode();
  fresh.innerHTML = data.html;
  renew(place, fresh);
  parentElement.onkeydown = walk;
  parentElement.onclick = (event) => {
    const pressed = event.target.closest("[data-press]");
    if (pressed) setTriggerValue("press", pressed.dataset.press);
  };
}
