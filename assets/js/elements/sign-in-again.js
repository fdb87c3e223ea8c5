import { send } from "../page.js";

/**
 * `<sign-in-again><dialog><form action="/login">`: lets somebody whose session has ended sign in
 * without leaving the page. `ask()` resolves to whether they have.
 */
export class SignInAgain extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", this.#submit);
    this.querySelector("[data-cancel]")?.addEventListener("click", () => this.#dialog.close());
  }

  get #dialog() {
    return /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  }

  /** @returns {Promise<boolean>} */
  ask() {
    this.#say("");
    this.#dialog.returnValue = "";
    this.#dialog.showModal();
    return new Promise((done) => {
      this.#dialog.addEventListener("close", () => done(this.#dialog.returnValue === "in"), { once: true });
    });
  }

  /** @param {SubmitEvent} event */
  #submit = async (event) => {
    event.preventDefault();
    event.stopPropagation();
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (form.ariaBusy === "true") return;
    form.ariaBusy = "true";
    const answer = await send(form);
    form.ariaBusy = null;
    if (answer && answer.url.pathname !== "/login") {
      this.#password.value = "";
      return this.#dialog.close("in");
    }
    this.#say(answer?.page?.querySelector(".banner.bad, .oops .lead")?.textContent ?? this.#dialog.dataset.failed ?? "");
    this.#password.select();
  };

  get #password() {
    return /** @type {HTMLInputElement} */ (this.querySelector("[name=password]"));
  }

  /** @param {string} text */
  #say(text) {
    const error = this.querySelector(".error");
    if (error) error.textContent = text;
  }
}

customElements.define("sign-in-again", SignInAgain);
