import { announce } from "../announce.js";
import { call } from "../api.js";
import { load } from "../page.js";
import { settle } from "../pressed.js";
import { focusOn } from "../swap.js";

/**
 * `<end-session data-id data-done><form>`: ends a session and takes its card off the page without a
 * reload. When that fails, the form is sent as usual, and the server says what is wrong.
 */
class EndSession extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", this.#end);
  }

  /** @param {SubmitEvent} event */
  #end = async (event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (form.ariaBusy === "true") return;
    form.ariaBusy = "true";
    if (await this.#deleted()) return this.#leave();
    form.submit();
  };

  async #deleted() {
    const answer = await call(`/api/sessions/${this.dataset.id}`, { method: "DELETE" });
    // 404: it has ended in the meantime, which is what was wanted.
    return answer?.ok || answer?.status === 404;
  }

  async #leave() {
    const card = this.closest("li");
    if (!card) return;
    const next = this.#neighbour(card);
    card.classList.add("leaving");
    await Promise.allSettled(card.getAnimations().map((animation) => animation.finished));
    card.remove();
    announce(this.dataset.done ?? "");
    settle();
    focusOn(next);
    await recount();
  }

  /**
   * Where the focus goes: the next card, or the one before, or the page itself. Not to a button, for a second
   * press would end another session.
   * @param {Element} card
   */
  #neighbour(card) {
    for (const other of [card.nextElementSibling, card.previousElementSibling]) {
      if (other?.querySelector("end-session")) return other;
    }
    return document.getElementById("main");
  }
}

/** The question before ending all others names their number: takes it anew from the server. */
async function recount() {
  const answer = await load(location.href);
  if (!answer?.ok || !answer.page) return;
  for (const part of ["#end-others", '[popovertarget="end-others"]:not([popovertargetaction])']) {
    const fresh = answer.page.querySelector(part);
    // Without other sessions there is nothing left to ask.
    if (fresh) document.querySelector(part)?.replaceWith(fresh);
    else document.querySelector(part)?.remove();
  }
}

customElements.define("end-session", EndSession);
