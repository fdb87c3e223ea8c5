import { announce } from "../announce.js";
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
  #request = new AbortController();

  connectedCallback() {
    this.addEventListener("change", this.#follow);
    this.addEventListener("input", this.#later);
    this.addEventListener("submit", this.#follow);
    addEventListener("popstate", this.#back);
  }

  disconnectedCallback() {
    removeEventListener("popstate", this.#back);
    this.#request.abort();
  }

  #later = () => {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#follow, WAIT);
  };

  get #form() {
    return /** @type {HTMLFormElement} */ (this.querySelector("form[role=search]"));
  }

  get #url() {
    const chosen = [...new FormData(this.#form)].filter(([, value]) => String(value).trim());
    const query = new URLSearchParams(/** @type {any} */ (chosen));
    return new URL(chosen.length ? `${this.#form.action}?${query}` : this.#form.action);
  }

  /** @param {Event} [event] what was done, or nothing after a pause in typing */
  #follow = async (event) => {
    if (event?.type === "submit") event.preventDefault();
    clearTimeout(this.#timer);
    this.#request.abort();
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
    this.#request.abort();
    const { signal } = (this.#request = new AbortController());
    this.#busy(true);
    try {
      const answer = await fetch(url, { signal, headers: { Accept: "text/html" } });
      if (answer.redirected) location.assign(url);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!answer.ok || !page.getElementById("tickets")) throw new Error(`${answer.status}`);
      swap(page, PARTS);
      return true;
    } catch {
      // The list stays as it was, and says so.
      const list = document.getElementById("tickets");
      if (list && !signal.aborted) complain(list, this.dataset.failed);
      return false;
    } finally {
      if (!signal.aborted) this.#busy(false);
    }
  }

  /** @param {boolean} on */
  #busy(on) {
    const list = document.getElementById("tickets");
    if (list) list.ariaBusy = on ? "true" : null;
  }
}

customElements.define("ticket-list", TicketList);
