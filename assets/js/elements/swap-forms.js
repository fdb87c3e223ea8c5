import { announce } from "../announce.js";
import { isMoving } from "../choosing.js";
import { isSignedOut } from "../api.js";
import { send } from "../page.js";
import { swap } from "../swap.js";
import { COMPOSE, answers, complain, filePicker, isWriting, lock, showOwn } from "../writing.js";

/**
 * `<swap-forms data-parts data-sent data-saved data-offline data-failed data-signed-out>`: sends the forms inside without
 * leaving the page, and takes the parts of the answer that have the ids in `data-parts`. Whatever
 * goes wrong, what was written stays. Lists with `data-now` send their form when something is chosen.
 */
class SwapForms extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", this.#submit);
    this.addEventListener("change", this.#change);
  }

  /** @param {Event} event */
  #change = (event) => {
    const control = /** @type {HTMLSelectElement} */ (event.target);
    if (control.matches("[data-now]") && !isMoving(control)) control.form?.requestSubmit();
  };

  /** @param {SubmitEvent} event */
  #submit = (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (event.defaultPrevented || form.method !== "post") return;
    event.preventDefault();
    if (form.ariaBusy !== "true") this.#send(form, event.submitter);
  };

  /**
   * @param {HTMLFormElement} form
   * @param {HTMLElement | null} button
   * @returns {Promise<void>}
   */
  async #send(form, button) {
    lock(form, true);
    const sent = (/** @type {number} */ part) => form.dispatchEvent(new CustomEvent("sending", { detail: part }));
    const answer = await send(form, button, sent);
    lock(form, false);
    sent(0);
    if (answer?.url.pathname === "/login" || (!answer && await isSignedOut())) {
      const dialog = /** @type {import("./sign-in-again.js").SignInAgain | null} */ (document.querySelector("sign-in-again"));
      if (await dialog?.ask()) return this.#send(form, button);
      return this.#failed(form, this.dataset.signedOut);
    }
    if (!answer) return this.#failed(form, this.dataset.offline);
    if (answer.ok) return this.#done(form, answer);
    if (answer.page?.getElementById(COMPOSE)) return this.#refused(form, answer.page);
    this.#failed(form, answer.page?.querySelector(".oops .lead")?.textContent ?? this.dataset.failed);
  }

  /** A text stays as written, a list shows what is saved. @param {HTMLFormElement} form @param {string | undefined} text */
  #failed(form, text) {
    if (form.querySelector("[data-now]")) form.reset();
    complain(form, text);
  }

  /**
   * @param {HTMLFormElement} form
   * @param {import("../page.js").Answer} answer
   */
  #done(form, answer) {
    const wrote = Boolean(form.closest(`#${COMPOSE}`));
    if (wrote) form.dispatchEvent(new CustomEvent("sent", { bubbles: true }));
    if (!answer.page || answer.url.pathname !== location.pathname) return location.assign(answer.url);
    const known = answers();
    swap(answer.page, this.#parts(wrote || !isWriting()));
    const notice = document.querySelector("#notice")?.textContent?.trim();
    announce((notice || (wrote ? this.dataset.sent : this.dataset.saved)) ?? "");
    if (wrote) showOwn(known);
  }

  /**
   * The server says what is wrong: shows it, with the files that were chosen.
   * @param {HTMLFormElement} form
   * @param {Document} page
   */
  #refused(form, page) {
    const wrote = Boolean(form.closest(`#${COMPOSE}`));
    const files = /** @type {import("./file-picker.js").FilePicker | null} */ (form.querySelector("file-picker"))?.files;
    swap(page, this.#parts(wrote));
    const picker = filePicker();
    if (wrote && picker && files) picker.files = files;
    const wrong = document.querySelector(".stale, [aria-invalid]");
    if (!(wrong instanceof HTMLElement)) return;
    // Not its button: a second Enter would send over what nobody has read yet.
    if (wrong.matches(".stale")) wrong.tabIndex = -1;
    wrong.focus();
  }

  /** @param {boolean} all */
  #parts(all) {
    return (this.dataset.parts ?? "").split(" ").filter((id) => all || id !== COMPOSE);
  }
}

customElements.define("swap-forms", SwapForms);
