// Lists that write at once (`select[data-now]`). Browsers change the value of a closed list with each arrow
// key; it is written when somebody has chosen: with Enter, or in the open list. Leaving it chooses nothing.

/** Lists that keys have moved through, with the place before. @type {Map<HTMLSelectElement, number>} */
const moved = new Map();
const PASSING = ["Tab", "Shift", "Control", "Alt", "Meta", " ", "F4"];

/** Whether keys are on their way through it. @param {Element} list */
export const isMoving = (list) => moved.has(/** @type {HTMLSelectElement} */ (list));

/** @param {Event} event */
function listOf({ target }) {
  return target instanceof HTMLSelectElement && target.matches("[data-now]") ? target : null;
}

/** @param {HTMLSelectElement} list @param {boolean} back */
function end(list, back) {
  const before = moved.get(list);
  moved.delete(list);
  delete list.dataset.moved;
  if (back && before !== undefined) list.selectedIndex = before;
}

/** @param {KeyboardEvent} event */
function key(event) {
  const list = listOf(event);
  if (!list || event.altKey || event.ctrlKey || event.metaKey || PASSING.includes(event.key)) return;
  if (event.key === "Enter") return chosen(event, list);
  if (event.key === "Escape") return end(list, true);
  if (moved.has(list)) return;
  moved.set(list, list.selectedIndex);
  list.dataset.moved = "";
}

/** @param {KeyboardEvent} event @param {HTMLSelectElement} list */
function chosen(event, list) {
  const before = moved.get(list);
  end(list, false);
  if (before === undefined || before === list.selectedIndex) return;
  event.preventDefault();
  list.form?.requestSubmit();
}

document.addEventListener("keydown", key);
for (const kind of ["focusout", "pointerdown"]) {
  document.addEventListener(kind, (event) => {
    const list = listOf(event);
    if (list) end(list, true);
  });
}
