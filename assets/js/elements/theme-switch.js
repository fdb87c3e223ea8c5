import { encoded } from "../page.js";

/** `<theme-switch><form>`: changes the theme at once and keeps it on the server, without a reload. */
class ThemeSwitch extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", this.#change);
  }

  /** @param {SubmitEvent} event */
  #change = async (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
    if (!button) return;
    event.preventDefault();
    document.documentElement.dataset.theme = button.value;
    for (const other of document.querySelectorAll("theme-switch button")) {
      other.ariaPressed = String(/** @type {HTMLButtonElement} */ (other).value === button.value);
    }
    const body = encoded(new FormData(form, button));
    try {
      await fetch(form.action, { method: "POST", body, redirect: "manual", keepalive: true });
    } catch {
      // Offline: it holds for this page, and the next choice is kept.
    }
  };
}

customElements.define("theme-switch", ThemeSwitch);
