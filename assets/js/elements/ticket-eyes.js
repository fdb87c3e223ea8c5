import { sentence } from "../people.js";

/**
 * `<ticket-eyes data-me data-views data-view data-types data-type><template>` beside a list: a small
 * mark at the tickets that other operators look at or answer.
 */
class TicketEyes extends HTMLElement {
  /** By ticket. @type {Map<number, { viewing: import("../people.js").Person[], typing: import("../people.js").Person[] }>} */
  #here = new Map();

  connectedCallback() {
    document.addEventListener("live:ticket:presence", this.#heard);
    document.addEventListener("live:subscribed", this.#forget);
    document.addEventListener("swapped", this.#mark);
  }

  disconnectedCallback() {
    document.removeEventListener("live:ticket:presence", this.#heard);
    document.removeEventListener("live:subscribed", this.#forget);
    document.removeEventListener("swapped", this.#mark);
  }

  /** Who is anywhere is told anew after that. @param {Event} event */
  #forget = (event) => {
    if (/** @type {CustomEvent} */ (event).detail.topic !== "tickets") return;
    this.#here.clear();
    this.#mark();
  };

  /** @param {Event} event */
  #heard = (event) => {
    const { ticketId, viewing, typing } = /** @type {CustomEvent} */ (event).detail;
    this.#here.set(ticketId, { viewing, typing });
    this.#mark();
  };

  #mark = () => {
    document.querySelectorAll("#tickets .eye").forEach((mark) => mark.remove());
    for (const [ticket, { viewing, typing }] of this.#here) {
      const others = viewing.filter((person) => person.id !== Number(this.dataset.me));
      const place = document.querySelector(`#ticket-${ticket} .meta`);
      if (others.length && place) place.append(this.#eye(others, typing.some((person) => others.some(({ id }) => id === person.id))));
    }
  };

  /**
   * @param {import("../people.js").Person[]} people
   * @param {boolean} typing
   */
  #eye(people, typing) {
    const mark = document.createElement("span");
    const { types, type, views, view } = this.dataset;
    mark.className = typing ? "tag eye typing" : "tag eye";
    mark.title = typing ? sentence(people, types, type) : sentence(people, views, view);
    const text = document.createElement("span");
    text.className = "sr-only";
    text.textContent = mark.title;
    const icon = this.querySelector("template")?.content.cloneNode(true);
    mark.append(...(icon ? [icon] : []), people.map((person) => person.username).join(", "), text);
    return mark;
  }
}

customElements.define("ticket-eyes", TicketEyes);
