import { call } from "../api.js";

/** Longest side of a photo that is sent: enough for a code, and a tenth of what a camera makes. */
const SIDE = 2000;

/**
 * `<qr-photo data-failed><form>`: sends the photo as soon as it is taken, made smaller, and goes on to the
 * question who asks, or says what to do. Without scripts the form does the same.
 */
class QrPhoto extends HTMLElement {
  connectedCallback() {
    this.#input.addEventListener("change", () => {
      const file = this.#input.files?.[0];
      if (file) this.#send(file);
    });
  }

  get #input() {
    return /** @type {HTMLInputElement} */ (this.querySelector("[type=file]"));
  }

  /** @param {File} file */
  async #send(file) {
    const form = /** @type {HTMLFormElement} */ (this.querySelector("form"));
    const body = await smaller(file).catch(() => null);
    // What the browser cannot open the server may, or it says why not.
    if (!body) return form.submit();
    form.ariaBusy = "true";
    const answer = await call("/api/qr-auth/decode", { method: "POST", body });
    form.removeAttribute("aria-busy");
    if (answer?.ok) return location.assign(`/qr-login?code=${encodeURIComponent(answer.said.code)}`);
    this.#input.value = "";
    this.#say(answer?.said?.message ?? this.dataset.failed ?? "");
  }

  /** @param {string} text */
  #say(text) {
    const place = /** @type {HTMLElement} */ (this.querySelector("[role=alert]"));
    place.hidden = false;
    /** @type {HTMLElement} */ (place.querySelector("span")).textContent = text;
  }
}

/** @param {File} file */
async function smaller(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 });
}

customElements.define("qr-photo", QrPhoto);
