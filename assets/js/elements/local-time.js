import { dateText } from "../dates.js";

/** `<local-time><time datetime>`: a date in the zone of this browser. */
class LocalTime extends HTMLElement {
  connectedCallback() {
    const time = this.querySelector("time");
    const date = new Date(time?.dateTime ?? "");
    if (time && !Number.isNaN(date.getTime())) time.textContent = dateText(date);
  }
}

customElements.define("local-time", LocalTime);
