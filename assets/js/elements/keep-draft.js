import { readDraft, writeDraft } from "../drafts.js";

const WAIT = 300;

/**
 * `<keep-draft data-key data-saved><form>`: keeps what is typed in this browser until it is sent, so
 * that it survives a reload, a crash and an expired session. Text and choices only, no files. The
 * choice matters: an internal note must not come back as an answer to the customer.
 */
class KeepDraft extends HTMLElement {
  /** @type {number | undefined} */ #timer;

  connectedCallback() {
    this.#restore();
    this.addEventListener("input", this.#later);
    this.addEventListener("sent", this.#forget);
    addEventListener("pagehide", this.#save);
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    removeEventListener("pagehide", this.#save);
  }

  get #key() {
    return this.dataset.key ?? "";
  }

  get #form() {
    return /** @type {HTMLFormElement} */ (this.querySelector("form"));
  }

  #later = () => {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#save, WAIT);
  };

  #save = () => {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const values = Object.fromEntries([...texts(this.#form), ...choices(this.#form)].map((field) => [field.name, field.value]));
    const written = texts(this.#form).some((field) => field.value.trim());
    this.#say(writeDraft(this.#key, written ? values : null) ? this.dataset.saved : "");
  };

  #forget = () => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    writeDraft(this.#key, null);
  };

  /** Only into an untouched form: what the server has sent back is newer. */
  #restore() {
    const values = readDraft(this.#key);
    if (!values || texts(this.#form).some((field) => field.value)) return;
    for (const field of texts(this.#form)) field.value = values[field.name] ?? "";
    for (const field of this.#form.querySelectorAll("input[type=radio]")) {
      const radio = /** @type {HTMLInputElement} */ (field);
      if (values[radio.name] === radio.value) radio.checked = true;
    }
    this.#say(this.dataset.saved);
  }

  /** @param {string | undefined} text */
  #say(text) {
    const shown = this.querySelector("[data-draft]");
    if (shown && shown.textContent !== text) shown.textContent = text ?? "";
  }
}

/** @param {HTMLFormElement} form @returns {HTMLInputElement[]} */
function texts(form) {
  return [...form.querySelectorAll("textarea, input[type=text]")].map((field) => /** @type {HTMLInputElement} */ (field));
}

/** @param {HTMLFormElement} form @returns {HTMLInputElement[]} */
function choices(form) {
  return [...form.querySelectorAll("input[type=radio]:checked")].map((field) => /** @type {HTMLInputElement} */ (field));
}

customElements.define("keep-draft", KeepDraft);
