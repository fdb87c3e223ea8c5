/**
 * Says a text to screen readers, through the one live region of the page.
 * @param {string} text
 */
export function announce(text) {
  const region = document.getElementById("live");
  if (!region) return;
  region.textContent = "";
  // A separate change, or the same text twice would be said once.
  setTimeout(() => { region.textContent = text; }, 50);
}
