import { load } from "../page.js";

/** Codes that are renewed without a click; then somebody has to be there. */
const MOST = 10;
const RETRY = 4000;

/**
 * `<qr-sign-in data-next>`: counts down (by the clock that nobody sets), shows what the phone does, renews the code while the tab is
 * in view, and signs in as soon as the phone has approved. The server makes what stands inside.
 */
class QrSignIn extends HTMLElement {
  #renewed = 0;
  #end = 0;
  #looked = "";
  #stop = new AbortController();

  connectedCallback() {
    this.#stop = new AbortController();
    const signal = this.#stop.signal;
    this.addEventListener("submit", this.#clicked, { signal });
    const ticks = setInterval(() => this.#tick(), 500);
    signal.addEventListener("abort", () => clearInterval(ticks));
    this.#began();
    this.#watch(signal);
  }

  disconnectedCallback() {
    this.#stop.abort();
  }

  get #panel() {
    return /** @type {HTMLElement} */ (this.querySelector("[data-state]"));
  }

  #began() {
    this.#end = performance.now() + Number(this.#panel.dataset.left) * 1000;
    this.#tick();
  }

  #tick() {
    const shown = this.querySelector("[data-seconds]");
    const left = Math.max(0, Math.ceil((this.#end - performance.now()) / 1000));
    if (shown) shown.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  }

  /** @param {AbortSignal} signal */
  async #watch(signal) {
    while (!signal.aborted) {
      const state = this.#panel.dataset.state;
      if (state === "confirmed") return this.querySelector("form")?.requestSubmit();
      await inView();
      if (state === "pending" || state === "scanning") await this.#load(`/login/qr?wait=25&seen=${state}`, {}, signal);
      else if (state === "ready" || (state === "expired" && this.#renewed < MOST)) {
        this.#renewed += Number(state === "expired");
        await this.#load("/login/qr/new?panel=true", { method: "POST", body: this.#next() }, signal);
      } else {
        await new Promise((done) => setTimeout(done, 1000));
        // Once: another window of this browser may have a newer code.
        if (state === "over" && this.#looked !== (this.#looked = `${this.#next()}`)) await this.#load("/login/qr?wait=0", {}, signal);
      }
    }
  }

  #next() {
    return new URLSearchParams({ next: this.dataset.next ?? "", shown: this.#panel.dataset.code ?? "" });
  }

  /** @param {SubmitEvent} event */
  #clicked = (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (form.hasAttribute("data-collect")) return;
    event.preventDefault();
    this.#renewed = 0;
    this.#load(`${form.getAttribute("action")}?panel=true`, { method: "POST", body: this.#next() }, this.#stop.signal);
  };

  /**
   * @param {string} url
   * @param {import("../page.js").Options} options
   * @param {AbortSignal} signal
   */
  async #load(url, options, signal) {
    const get = !options.method;
    const answer = await load(get ? `${url}&${this.#next()}` : url, { ...options, signal });
    if (signal.aborted) return;
    if (!answer?.ok || !answer.page) return new Promise((done) => setTimeout(done, answer?.wait || RETRY));
    this.replaceChildren(...[...answer.page.body.childNodes].map((part) => document.importNode(part, true)));
    this.#began();
  }
}

/** Resolves at once, or when the tab is looked at again. */
function inView() {
  if (!document.hidden) return Promise.resolve();
  return new Promise((done) => document.addEventListener("visibilitychange", done, { once: true }));
}

customElements.define("qr-sign-in", QrSignIn);
