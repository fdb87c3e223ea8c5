// What holds for every form. Pages work without it.

// A form is sent once: the second click while the answer is on its way does nothing.
// Fields and buttons stay enabled, so that what they hold is sent and nothing typed is lost.
document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.ariaBusy === "true") event.preventDefault();
  else form.ariaBusy = "true";
});

// Back from the history: the page is as it was left, so the form may be sent again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[aria-busy]")) form.removeAttribute("aria-busy");
});

// The first field with an error takes the focus, wherever it is on the page.
/** @type {HTMLElement | null} */ (document.querySelector("[aria-invalid]"))?.focus();
