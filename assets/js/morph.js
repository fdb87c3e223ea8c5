/**
 * Makes one element like another and leaves alone whatever is alike already: what is focused,
 * selected, unfolded, typed or played stays so. Children with an id are found again by it.
 * @param {Element} old
 * @param {Element} fresh of another document
 */
export function morph(old, fresh) {
  if (old.isEqualNode(fresh) || isSameTime(old, fresh)) return;
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !isOurs(old, name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !isOurs(old, name)) old.setAttribute(name, value);
  }
  children(old, fresh);
}

/** What the reader or a script did to it is no matter of the server's. @param {Element} element @param {string} name */
function isOurs(element, name) {
  return name === "aria-busy" || (name === "open" && element.matches("details, dialog"));
}

/** Dates keep themselves up to date. @param {Element} old @param {Element} fresh */
function isSameTime(old, fresh) {
  if (!old.matches("relative-time, local-time")) return false;
  return old.querySelector("time")?.dateTime === fresh.querySelector("time")?.dateTime;
}

/** @param {Element} old @param {Element} fresh */
function children(old, fresh) {
  const wanted = new Set([...fresh.children].map((one) => one.id).filter(Boolean));
  const known = new Map();
  for (const one of [...old.children]) {
    if (wanted.has(one.id)) known.set(one.id, one);
    else if (one.id) one.remove();
  }
  let at = old.firstChild;
  for (const next of fresh.childNodes) {
    const { id } = /** @type {Element} */ (next);
    const found = id ? known.get(id) : at;
    if (!found || !isSameKind(found, next)) {
      // Imported, not adopted: elements of a page without a window would stay plain.
      old.insertBefore(document.importNode(next, true), at);
    } else {
      if (found === at) at = at?.nextSibling ?? null;
      else move(old, found, at);
      become(found, next);
    }
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

/** Whether one can become the other. @param {Node} old @param {Node} fresh */
function isSameKind(old, fresh) {
  if (old.nodeName.toLowerCase() !== fresh.nodeName.toLowerCase()) return false;
  if (!(old instanceof Element)) return true;
  const { id } = /** @type {Element} */ (fresh);
  // Dates write over their text, so another date is another element.
  return old.id === id && (!old.matches("relative-time, local-time") || isSameTime(old, /** @type {Element} */ (fresh)));
}

/** @param {Node} old @param {Node} fresh */
function become(old, fresh) {
  if (old instanceof Element) morph(old, /** @type {Element} */ (fresh));
  else if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
}

/** Without losing its state where the browser can do that. @param {any} parent @param {Node} child @param {Node | null} before */
function move(parent, child, before) {
  if (parent.moveBefore) parent.moveBefore(child, before);
  else parent.insertBefore(child, before);
}
