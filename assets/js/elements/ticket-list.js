import { announce } from "../announce.js";
import { Latest, encoded, load } from "../page.js";
import { swap } from "../swap.js";
import { complain } from "../writing.js";

const WAIT = 250;
const PARTS = ["tickets-lead", "tickets-tiles", "tickets"];

/**
 * `<ticket-list data-failed>` around the form of filters and the list: the list follows what is
 * chosen and typed. The address follows too, so that it can be shared and gone back to.
 */
class TicketList extends HTMLElement {
  #timer = 0;
  #typing = false;
  #latest = new Latest();

  connectedCallback() {
    this.addEventListener("change", this.#follow);
    this.addEventListener("input", this.#later);
    this.addEventListener("submit", this.#follow);
    addEventListener("popstate", this.#back);
  }

  disconnectedCallback() {
    removeEventListener("popstate", this.#back);
    this.#latest.stop();
  }

  #later = () => {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#follow, WAIT);
  };

  get #form() {
    return /** @type {HTMLFormElement} */ (this.querySelector("form[role=search]"));
  }

  get #url() {
    const query = encoded(new FormData(this.#form));
    for (const [name, value] of [...query]) if (!value.trim()) query.delete(name, value);
    return new URL(query.size ? `${this.#form.action}?${query}` : this.#form.action);
  }

  /** @param {Event} [event] what was done, or nothing after a pause in typing */
  #follow = async (event) => {
    if (event?.type === "submit") event.preventDefault();
    clearTimeout(this.#timer);
    this.#latest.stop();
    this.#busy(false);
    const url = this.#url;
    if (url.search === location.search) return;
    if (!(await this.#load(url))) return;
    // One step back undoes a whole word, not a letter.
    history[this.#typing && !event ? "replaceState" : "pushState"](null, "", url);
    this.#typing = !event;
    announce(document.getElementById("tickets")?.dataset.found ?? "");
  };

  #back = async () => {
    const query = new URLSearchParams(location.search);
    for (const field of this.#form.elements) {
      const control = /** @type {HTMLInputElement} */ (field);
      if (control.name) control.value = query.get(control.name) ?? "";
    }
    this.#typing = false;
    await this.#load(new URL(location.href));
  };

  /** @param {URL} url */
  async #load(url) {
    const signal = this.#latest.next();
    this.#busy(true);
    const answer = await load(url, { signal });
    if (signal.aborted) return false;
    this.#busy(false);
    if (answer && answer.url.search !== url.search) location.assign(url);
    if (answer?.ok && answer.page?.getElementById("tickets")) {
      swap(answer.page, PARTS);
      return true;
    }
    // The list stays as it was, and says so.
    const list = document.getElementById("tickets");
    if (list) complain(list, this.dataset.failed);
    return false;
  }

  /** @param {boolean} on */
  #busy(on) {
    const list = document.getElementById("tickets");
    if (list) list.ariaBusy = on ? "true" : null;
  }
}

customElements.define("ticket-list", TicketList);
