import { keep, recall } from "../kept.js";

const OFF = "keys-off";
const LIST = "tickets-query";

/**
 * `<ticket-keys><dialog>`: single keys for those who work here all day, and the list of them. Not
 * while somebody types, and they can be switched off (WCAG 2.1.4). Letters by their place on the
 * keyboard, so that they work in the Russian layout too.
 */
class TicketKeys extends HTMLElement {
  connectedCallback() {
    document.addEventListener("keydown", this.#pressed);
    document.addEventListener("click", this.#clicked);
    this.querySelector("[data-help]")?.addEventListener("click", () => this.#dialog.showModal());
    this.#switch.checked = !recall(OFF);
    this.#switch.addEventListener("change", () => keep(OFF, this.#switch.checked ? null : "1"));
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.#pressed);
    document.removeEventListener("click", this.#clicked);
  }

  get #dialog() {
    return /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  }

  get #switch() {
    return /** @type {HTMLInputElement} */ (this.querySelector("[data-switch]"));
  }

  /** @param {KeyboardEvent} event */
  #pressed = (event) => {
    const from = /** @type {HTMLElement} */ (event.target);
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      if (from instanceof HTMLTextAreaElement) from.form?.requestSubmit();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !this.#switch.checked) return;
    if (from.matches("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]")) return;
    if (this.#act(event)) event.preventDefault();
  };

  /**
   * Whether the key means something here.
   * @param {KeyboardEvent} event
   */
  #act({ key, code, shiftKey }) {
    if (key === "?" || (code === "Slash" && shiftKey)) return this.#dialog.showModal() ?? true;
    if (key === "/" || code === "Slash") return focus("#search");
    if (shiftKey) return false;
    if (code === "KeyJ") return move(1);
    if (code === "KeyK") return move(-1);
    if (code === "KeyR") return write("reply");
    if (code === "KeyN") return write("note");
    const back = document.querySelector("a[data-list]");
    if (code !== "KeyU" || !(back instanceof HTMLElement)) return false;
    back.click();
    return true;
  }

  /** Back to the list as it was narrowed down, not to all of it. @param {MouseEvent} event */
  #clicked = (event) => {
    const link = /** @type {Element} */ (event.target).closest("a");
    if (link?.matches("#tickets a")) keep(LIST, location.search);
    else if (link?.matches("a[data-list]")) link.search = recall(LIST) ?? "";
  };
}

/** The next or previous card: its link takes the focus, so Enter opens it. @param {number} step */
function move(step) {
  const links = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("#tickets .ticket h2 a"))];
  const at = links.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const next = links[at < 0 && step < 0 ? links.length - 1 : Math.min(Math.max(at + step, 0), links.length - 1)];
  next?.focus({ preventScroll: true });
  next?.closest("li")?.scrollIntoView({ block: "nearest" });
  return Boolean(next);
}

/** @param {string} kind */
function write(kind) {
  const choice = document.querySelector(`#compose [name=kind][value=${kind}]`);
  if (choice instanceof HTMLInputElement) choice.click();
  else if (kind === "note") return false;
  return focus("#message");
}

/** @param {string} selector */
function focus(selector) {
  const found = document.querySelector(selector);
  if (!(found instanceof HTMLElement)) return false;
  found.focus();
  return true;
}

customElements.define("ticket-keys", TicketKeys);
