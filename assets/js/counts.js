// The number at the bell, which stands before the title of the page too.

const PLACE = '[data-count="/dashboard/notifications"]';

/** What fits beside an entry; the server says the same. @param {number} count */
function countText(count) {
  return count > 99 ? "99+" : String(count);
}

/** @param {string} text `0` for none */
function showInTitle(text) {
  const title = document.title.replace(/^\(\d+\+?\) /, "");
  document.title = text === "0" ? title : `(${text}) ${title}`;
}

document.addEventListener("live:notification:count", (event) => {
  const { count } = /** @type {CustomEvent} */ (event).detail;
  for (const place of document.querySelectorAll(PLACE)) {
    place.textContent = countText(count);
    place.toggleAttribute("hidden", count === 0);
  }
  showInTitle(countText(count));
});

showInTitle(document.querySelector(PLACE)?.textContent ?? "0");
