import { call } from "../api.js";
import { Latest } from "../page.js";

const WAIT = 600;

/**
 * `<text-tools data-failed>` in the form of a message: makes the chosen lines a block of code, and shows how
 * the message will look while it is written. Without scripts the second button sends the form.
 */
class TextTools extends HTMLElement {
  /** @type {number | undefined} */ #timer;
  #latest = new Latest();
  /** @type {HTMLFormElement | null} */ #form = null;

  connectedCallback() {
    this.#form = this.closest("form");
    this.addEventListener("click", this.#clicked);
    this.#form?.addEventListener("input", this.#later);
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#form?.removeEventListener("input", this.#later);
  }

  get #text() {
    return /** @type {HTMLTextAreaElement} */ (this.#form?.elements.namedItem("message"));
  }

  get #preview() {
    return /** @type {HTMLElement} */ (this.#form?.querySelector(".preview"));
  }

  /** @param {MouseEvent} event */
  #clicked = (event) => {
    const button = /** @type {Element} */ (event.target).closest("button");
    if (!button) return;
    event.preventDefault();
    if (button.type === "button") return this.#code();
    this.#preview.hidden = !this.#preview.hidden;
    button.ariaExpanded = String(!this.#preview.hidden);
    this.#show();
  };

  #later = () => {
    clearTimeout(this.#timer);
    if (!this.#preview.hidden) this.#timer = setTimeout(this.#show, WAIT);
  };

  #show = async () => {
    const message = this.#text.value;
    const shown = /** @type {HTMLElement} */ (this.#preview.querySelector(".text"));
    this.#latest.stop();
    if (this.#preview.hidden || !message.trim()) return shown.replaceChildren();
    const signal = this.#latest.next();
    const answer = await call("/api/ticket/preview", { method: "POST", body: { message }, signal });
    if (signal.aborted) return;
    // The server has escaped all that is not an element of its own.
    if (answer?.ok && answer.said) shown.innerHTML = answer.said.html;
    else shown.textContent = answer?.said?.error ?? this.dataset.failed ?? "";
  };

  #code() {
    const text = this.#text;
    const from = text.value.lastIndexOf("\n", text.selectionStart - 1) + 1;
    const end = text.value.indexOf("\n", text.selectionEnd);
    const to = end < 0 ? text.value.length : end;
    const lines = text.value.slice(from, to);
    const longest = Math.max(2, ...[...lines.matchAll(/`+/g)].map(([marks]) => marks.length));
    const fence = "`".repeat(longest + 1);
    text.focus();
    text.setSelectionRange(from, to);
    const block = `${fence}\n${lines}\n${fence}`;
    // The one way that can be undone by Ctrl+Z.
    if (!document.execCommand("insertText", false, block)) text.setRangeText(block, from, to);
    const inside = from + fence.length + 1;
    text.setSelectionRange(inside, inside + lines.length);
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

customElements.define("text-tools", TextTools);
