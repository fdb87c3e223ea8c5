import { agoText, dateText } from "../dates.js";

/** `<relative-time><time datetime>`: keeps "5 minutes ago" true while the page is open. */
class RelativeTime extends HTMLElement {
  /** @type {number | undefined} */ #timer;

  connectedCallback() {
    this.#show();
    this.#timer = setInterval(() => this.#show(), 30_000);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  #show() {
    const time = this.querySelector("time");
    const date = new Date(time?.dateTime ?? "");
    if (!time || Number.isNaN(date.getTime())) return;
    const text = agoText(date);
    if (time.textContent !== text) time.textContent = text;
    time.title = dateText(date);
  }
}

customElements.define("relative-time", RelativeTime);
