/** `<send-at-once><form>`: sends its form when the page is shown; without scripts there is the button. */
class SendAtOnce extends HTMLElement {
  connectedCallback() {
    this.querySelector("form")?.requestSubmit();
  }
}

customElements.define("send-at-once", SendAtOnce);
