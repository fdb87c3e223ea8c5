import { settle } from "./pressed.js";

let count = 0;

/** How often parts were swapped; tells whether something changed while one waited. */
export function swaps() {
  return count;
}

/**
 * Puts parts of another page in the place of those with the same ids. What had the focus has it again,
 * or else the part itself: a key that is pressed twice presses nothing else. What was unfolded stays so.
 * @param {Document} page
 * @param {string[]} ids
 */
export function swap(page, ids) {
  const focused = document.activeElement?.id ?? "";
  const part = ids.find((id) => document.getElementById(id)?.contains(document.activeElement));
  for (const id of ids) {
    const old = document.getElementById(id);
    const fresh = page.getElementById(id);
    if (!old || !fresh) continue;
    const folds = [...old.querySelectorAll("details")].map((one) => one.open);
    // Imported, not adopted: elements of a page without a window would stay plain.
    const copy = document.importNode(fresh, true);
    copy.querySelectorAll("details").forEach((one, at) => { one.open ||= folds[at] ?? false; });
    old.replaceWith(copy);
  }
  count += 1;
  settle();
  document.dispatchEvent(new Event("swapped"));
  if (!part || document.activeElement !== document.body) return;
  focusOn(document.getElementById(focused) ?? document.getElementById(part));
}

/** Gives the focus to something that may be no control. @param {Element | null | undefined} target */
export function focusOn(target) {
  if (!(target instanceof HTMLElement)) return;
  if (!target.matches("a, button, input, select, textarea, summary")) target.tabIndex = -1;
  target.focus({ preventScroll: true });
}
