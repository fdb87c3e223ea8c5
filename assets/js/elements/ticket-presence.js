import { say } from "../live.js";
import { avatar, sentence } from "../people.js";
import { COMPOSE } from "../writing.js";

/** The server forgets who was silent for longer. */
const BEAT = 10_000;
const IDLE = 5_000;

/**
 * `<ticket-presence data-ticket data-me data-views data-view data-types data-type>`: shows which other
 * operators look at this ticket or answer it, and tells them that this one does.
 */
class TicketPresence extends HTMLElement {
  /** @type {ReturnType<typeof setInterval> | undefined} */ #beats;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #idle;
  #typing = false;

  connectedCallback() {
    this.#beats = setInterval(this.#tell, BEAT);
    document.addEventListener("live:subscribed", this.#tell);
    document.addEventListener("live:ticket:presence", this.#heard);
    document.addEventListener("visibilitychange", this.#tell);
    document.addEventListener("input", this.#typed);
    document.addEventListener("sent", this.#rest);
    this.#tell();
  }

  disconnectedCallback() {
    clearInterval(this.#beats);
    clearTimeout(this.#idle);
    document.removeEventListener("live:subscribed", this.#tell);
    document.removeEventListener("live:ticket:presence", this.#heard);
    document.removeEventListener("visibilitychange", this.#tell);
    document.removeEventListener("input", this.#typed);
    document.removeEventListener("sent", this.#rest);
  }

  #tell = () => {
    if (document.hidden) say({ type: "presence" });
    else say({ type: "presence", ticketId: Number(this.dataset.ticket), typing: this.#typing });
  };

  /** @param {Event} event */
  #typed = (event) => {
    if (!(event.target instanceof HTMLTextAreaElement) || !event.target.closest(`#${COMPOSE}`)) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(this.#rest, IDLE);
    this.#type(event.target.value !== "");
  };

  #rest = () => {
    clearTimeout(this.#idle);
    this.#type(false);
  };

  /** @param {boolean} on */
  #type(on) {
    if (this.#typing === on) return;
    this.#typing = on;
    this.#tell();
  }

  /** @param {import("../people.js").Person[]} people */
  #others(people) {
    return people.filter(({ id }) => id !== Number(this.dataset.me));
  }

  /** @param {Event} event */
  #heard = (event) => {
    const { ticketId, viewing, typing } = /** @type {CustomEvent} */ (event).detail;
    if (ticketId !== Number(this.dataset.ticket)) return;
    const typists = this.#others(typing);
    const ids = typists.map(({ id }) => id);
    const viewers = this.#others(viewing).filter(({ id }) => !ids.includes(id));
    const { types, type, views, view } = this.dataset;
    const texts = [sentence(typists, types, type), sentence(viewers, views, view)].filter(Boolean);
    this.replaceChildren(...[...typists, ...viewers].map(avatar), texts.join(" · "));
  };
}

customElements.define("ticket-presence", TicketPresence);
