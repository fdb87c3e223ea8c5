/** How often parts were swapped; tells whether something changed while one waited. */
export let swaps = 0;

/**
 * Puts parts of another page in the place of those with the same ids. What had the focus has it
 * again, and what was unfolded stays so.
 * @param {Document} page
 * @param {string[]} ids
 */
export function swap(page, ids) {
  const focused = document.activeElement?.id;
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
  if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus({ preventScroll: true });
  swaps += 1;
  document.dispatchEvent(new Event("swapped"));
}
