// Elements stay where they are when only their numbers change, so that a bar moves and is not made anew.
function renew(old, fresh) {
  if (old.nodeName !== fresh.nodeName) { old.replaceWith(fresh); return; }
  if (old.nodeType === Node.TEXT_NODE) { if (old.data !== fresh.data) old.data = fresh.data; return; }
  for (const name of old.getAttributeNames()) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const {name, value} of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const parts = [...fresh.childNodes], same = old.childNodes.length === parts.length;
  if (same) [...old.childNodes].forEach((child, at) => renew(child, parts[at])); else old.replaceChildren(...parts);
}
