// The second click of one hand: what comes into the place of a control that was just pressed is not pressed
// along with it.

const REST = 1_000;
const CONTROL = "button, a, summary, label, input, select";
/** Where the last press was. @type {DOMRect | undefined} */ let place;
let until = 0;

/** Something was pressed, and what stands there now is something else. */
export function settle() {
  until = performance.now() + REST;
}

/** @param {MouseEvent} event */
function pressed(event) {
  const control = /** @type {Element} */ (event.target).closest(CONTROL);
  if (!control) return;
  if (performance.now() < until && isThere(event)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  place = control.getBoundingClientRect();
}

/** Whether this is where the last press was. @param {MouseEvent} event */
function isThere({ detail, clientX: x, clientY: y }) {
  // A key says no place: it presses what has the focus, which goes to no other control.
  if (!place || detail === 0) return false;
  return x >= place.left && x <= place.right && y >= place.top && y <= place.bottom;
}

addEventListener("click", pressed, true);
