import { send } from "../page.js";
import { focusOn, swap } from "../swap.js";

/**
 * `<swap-part data-part>`: sends the forms inside it without a reload and takes the part with that id,
 * and the numbers of the sidebar, from the page that answers. When that fails, the form is sent as
 * usual.
 */
class SwapPart extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", this.#send);
  }

  /** @param {SubmitEvent} event */
  #send = async (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (form.method !== "post") return;
    event.preventDefault();
    if (form.ariaBusy === "true") return;
    form.ariaBusy = "true";
    const answer = await send(form);
    const page = answer?.ok ? answer.page : null;
    const part = page?.getElementById(this.dataset.part ?? "");
    if (!page || !part) return form.submit();
    const place = this.#place(form);
    swap(page, [part.id]);
    place();
    for (const count of page.querySelectorAll("[data-count]")) {
      const href = /** @type {HTMLElement} */ (count).dataset.count;
      document.querySelector(`[data-count="${href}"]`)?.replaceWith(count);
    }
  };

  /**
   * The focus goes to the row; when that is gone, to the one that takes its place. Not to its buttons, for a
   * second press would reach them.
   * @param {HTMLFormElement} form
   */
  #place(form) {
    const row = form.closest("li[id]");
    const rows = [...this.querySelectorAll("li[id]")];
    const index = row ? rows.indexOf(row) : -1;
    return () => {
      const now = [...this.querySelectorAll("li[id]")];
      const next = (row && document.getElementById(row.id)) ?? now[Math.min(index, now.length - 1)];
      focusOn(next ?? document.getElementById("main"));
    };
  }
}

customElements.define("swap-part", SwapPart);
