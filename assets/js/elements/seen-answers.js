import { announce } from "../announce.js";
import { COMPOSE, answers, lastSeen } from "../writing.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * `<seen-answers data-new><button>` after a conversation: what comes while one reads is highlighted and
 * said aloud. Whoever is at its end stays there; for others there is a button. An answer counts as seen
 * (`lastSeen` of the form) when it was in the window, and nothing unseen stands before it.
 */
class SeenAnswers extends HTMLElement {
  #known = answers();
  /** @type {Set<string>} */ #unseen = new Set();
  #watch = new IntersectionObserver((entries) => entries.forEach(this.#moved), { threshold: [0, 0.25, 0.5, 0.75, 1] });
  /** Where the form was, when it is to stay there. @type {number | null} */ #place = null;

  connectedCallback() {
    document.addEventListener("swapping", this.#before);
    document.addEventListener("swapped", this.#after);
    this.#button.addEventListener("click", this.#lead);
  }

  disconnectedCallback() {
    document.removeEventListener("swapping", this.#before);
    document.removeEventListener("swapped", this.#after);
    this.#watch.disconnect();
  }

  get #button() {
    return /** @type {HTMLButtonElement} */ (this.querySelector("button"));
  }

  #before = () => {
    const end = document.getElementById("thread")?.getBoundingClientRect().bottom ?? Infinity;
    this.#place = end <= innerHeight ? formTop() : null;
  };

  #after = () => {
    const fresh = [...document.querySelectorAll("article[id]")].filter((one) => !this.#known.has(one.id));
    this.#known = answers();
    if (this.#place !== null) scrollBy({ top: formTop() - this.#place, behavior: "instant" });
    this.#place = null;
    const others = fresh.filter((one) => !one.matches(".mine"));
    for (const one of others) {
      this.#unseen.add(one.id);
      highlight(one);
    }
    // What the form quotes is read there.
    const quoted = document.querySelector(`#${COMPOSE} .stale .text`)?.textContent;
    // A swap makes new elements of the same answers.
    this.#watch.disconnect();
    for (const id of this.#unseen) {
      const answer = document.getElementById(id);
      if (answer && answer.querySelector(".text")?.textContent !== quoted) this.#watch.observe(answer);
      else this.#unseen.delete(id);
    }
    this.#count();
    if (others.length) announce(`${this.dataset.new}: ${others.at(-1)?.querySelector(".text")?.textContent?.trim() ?? ""}`);
  };

  /** @param {IntersectionObserverEntry} entry */
  #moved = ({ target, isIntersecting, intersectionRatio, intersectionRect, boundingClientRect }) => {
    if (isIntersecting && (intersectionRatio >= 0.5 || intersectionRect.height >= innerHeight / 2)) {
      this.#unseen.delete(target.id);
      this.#watch.unobserve(target);
    }
    this.#button.classList.toggle("up", boundingClientRect.top < 0);
    this.#button.hidden = !this.#unseen.size;
    this.#count();
  };

  /** How far everything was seen. */
  #count() {
    if (!this.#unseen.size) this.#button.hidden = true;
    const seen = /** @type {HTMLInputElement | null} */ (document.querySelector(`#${COMPOSE} [name=lastSeen]`));
    if (seen) seen.value = lastSeen(this.#known, this.#unseen, seen.value);
  }

  #lead = () => {
    const first = document.getElementById([...this.#unseen][0] ?? "");
    first?.scrollIntoView({ block: "center", behavior: calm.matches ? "instant" : "smooth" });
    first?.focus({ preventScroll: true });
  };
}

function formTop() {
  return document.getElementById(COMPOSE)?.getBoundingClientRect().top ?? 0;
}

/** @param {Element} answer */
function highlight(answer) {
  if (calm.matches) return;
  const from = { borderColor: "var(--accent)", boxShadow: "inset 0 0 0 1px var(--accent)" };
  answer.querySelector(".card")?.animate([from, { ...from, offset: 0.6 }, {}], 2_500);
}

customElements.define("seen-answers", SeenAnswers);
