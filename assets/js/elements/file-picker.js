import { chosenFile, kindOf, named, refusal } from "../files.js";

/**
 * `<file-picker data-most data-bytes data-too-many data-too-big data-wrong data-empty data-remove>`
 * around a file field: gathers files from the field, from drag and drop and from the clipboard,
 * checks them, lists them with a button to remove each, and shows how far each one is sent.
 */
class FilePicker extends HTMLElement {
  /** @type {File[]} */ #files = [];
  #stop = new AbortController();

  connectedCallback() {
    const signal = (this.#stop = new AbortController()).signal;
    this.#input.addEventListener("change", () => this.#add(this.#input.files), { signal });
    this.#form.addEventListener("sending", (event) => this.#progress(/** @type {CustomEvent} */ (event).detail), { signal });
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
    const files = [...this.#files];
    const said = new Set();
    for (const file of [...(found ?? [])].map((one) => (pasted ? named(one) : one))) {
      if (files.some((one) => kindOf(one) === kindOf(file))) continue;
      const refused = refusal(file, files.length, this.dataset, this.#input.accept);
      if (refused) said.add(refused);
      else files.push(file);
    }
    this.files = files;
    const error = this.querySelector(".error");
    if (error) error.textContent = [...said].join(" ");
  }

  /** @param {number} part how much of all is sent */
  #progress(part) {
    let sent = part * this.#files.reduce((sum, file) => sum + file.size, 0);
    this.querySelectorAll("progress").forEach((bar, at) => {
      const size = this.#files[at]?.size ?? 1;
      bar.hidden = part === 0;
      bar.value = Math.max(0, Math.min(1, sent / size));
      sent -= size;
    });
  }
}

customElements.define("file-picker", FilePicker);
