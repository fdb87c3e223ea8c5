import { askOfKeys } from "../file-content.js";
import { chosenFile, showProgress } from "../file-row.js";
import { kindOf, named, refusal } from "../files.js";

/**
 * `<file-picker data-most data-bytes data-endings data-too-many …>` around a file field: gathers files from the field, from drag and drop and from the clipboard, checks
 * and lists them, shows how far each one is sent, and warns before a private key is.
 */
export class FilePicker extends HTMLElement {
  /** @type {File[]} */ #files = [];
  #stop = new AbortController();
  #looking = Promise.resolve();

  connectedCallback() {
    const signal = (this.#stop = new AbortController()).signal;
    this.#input.addEventListener("change", () => this.#add(this.#input.files), { signal });
    this.#form.addEventListener("sending", (event) => showProgress(this.querySelectorAll("progress"), this.#files, /** @type {CustomEvent} */ (event).detail), { signal });
    // Anywhere on the page: a file that misses the form would else be opened instead of it.
    document.addEventListener("paste", (event) => this.#take(event, event.clipboardData), { signal });
    document.addEventListener("drop", (event) => this.#take(event, event.dataTransfer), { signal });
    document.addEventListener("dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      this.#form.classList.add("dropping");
    }, { signal });
    document.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) this.#form.classList.remove("dropping");
    }, { signal });
  }

  disconnectedCallback() {
    this.#stop.abort();
  }

  get #input() {
    return /** @type {HTMLInputElement} */ (this.querySelector("input[type=file]"));
  }

  get #form() {
    return /** @type {HTMLFormElement} */ (this.#input.form);
  }

  get files() { return this.#files; }

  set files(files) {
    this.#files = files;
    const kept = new DataTransfer();
    for (const file of files) kept.items.add(file);
    this.#input.files = kept.files;
    void askOfKeys(this.querySelector(".secret"), files);
    this.querySelector(".chosen")?.replaceChildren(...files.map((file) => chosenFile(file, this.dataset.remove ?? "", () => this.#remove(file))));
  }

  /** @param {File} file */
  #remove(file) {
    this.files = this.#files.filter((one) => one !== file);
    this.#input.focus();
  }

  /**
   * @param {Event} event
   * @param {DataTransfer | null} data
   */
  #take(event, data) {
    this.#form.classList.remove("dropping");
    if (!data?.files.length) return;
    event.preventDefault();
    this.#add(data.files, event.type === "paste");
    for (const part of [this.#form, ...this.querySelectorAll(".chosen, .error")]) part.scrollIntoView({ block: "nearest" });
  }

  /**
   * @param {Iterable<File> | null} found
   * @param {boolean} [pasted]
   */
  #add(found, pasted) {
    const given = [...(found ?? [])];
    this.#looking = this.#looking.then(() => this.#look(given, pasted));
  }

  /**
   * @param {File[]} given
   * @param {boolean} [pasted]
   */
  async #look(given, pasted) {
    const files = [...this.#files];
    const said = new Set();
    for (const file of given.map((one) => (pasted ? named(one) : one))) {
      if (files.some((one) => kindOf(one) === kindOf(file))) continue;
      const refused = await refusal(file, files.length, this.dataset, this.#input.accept);
      if (refused) said.add(refused);
      else files.push(file);
    }
    this.files = files;
    const error = this.querySelector(".error");
    if (error) error.textContent = [...said].join(" ");
  }
}

customElements.define("file-picker", FilePicker);
