// What a press unfolds to be written in takes the focus: "rename", "change the subject".

const UNFOLDS = "details:is(.rename, .retitle)";

/** @param {Event} event */
function unfolded(event) {
  const { target } = event;
  if (!(target instanceof HTMLDetailsElement) || !target.open || !target.matches(UNFOLDS)) return;
  const field = /** @type {HTMLInputElement | null} */ (target.querySelector("input.input, textarea.input"));
  field?.focus();
  field?.select();
}

// It does not bubble.
document.addEventListener("toggle", unfolded, true);
