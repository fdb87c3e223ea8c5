/**
 * What not every browser has, and no list of types.
 * @typedef {{ detect(video: HTMLVideoElement): Promise<{ rawValue: string }[]> }} Detector
 * @typedef {{ new (options: { formats: string[] }): Detector, getSupportedFormats(): Promise<string[]> }} Detectors
 */
const { BarcodeDetector } = /** @type {{ BarcodeDetector?: Detectors }} */ (globalThis);

/** Milliseconds between two looks. */
const PAUSE = 150;

/**
 * `<qr-camera data-links data-foreign data-denied>`: where the browser can read QR codes itself, offers
 * its camera, and goes on to the question who asks. `data-links`: what our codes begin with.
 */
class QrCamera extends HTMLElement {
  /** @type {MediaStream | null} */ #stream = null;
  /** @type {Detector | null} */ #detector = null;

  connectedCallback() {
    addEventListener("pagehide", this.#stop);
    document.addEventListener("visibilitychange", this.#stop);
    this.#offer();
  }

  disconnectedCallback() {
    removeEventListener("pagehide", this.#stop);
    document.removeEventListener("visibilitychange", this.#stop);
    this.#stop();
  }

  get #button() { return /** @type {HTMLButtonElement} */ (this.querySelector("button")); }

  get #video() { return /** @type {HTMLVideoElement} */ (this.querySelector("video")); }

  async #offer() {
    const formats = await BarcodeDetector?.getSupportedFormats().catch(() => null);
    if (!BarcodeDetector || !formats?.includes("qr_code") || !navigator.mediaDevices) return;
    this.#detector = new BarcodeDetector({ formats: ["qr_code"] });
    this.hidden = false;
    this.#button.addEventListener("click", () => this.#look());
    const asked = await navigator.permissions?.query({ name: "camera" }).catch(() => null);
    if (asked?.state === "granted") this.#look();
  }

  async #look() {
    this.#stop();
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      this.#stream = this.#video.srcObject = stream;
      await this.#video.play();
    } catch {
      return this.#say(this.dataset.denied);
    }
    this.#show(true);
    this.#say("");
    await this.#search();
    this.#show(false);
  }

  async #search() {
    while (this.#stream?.active) {
      const found = (await this.#detector?.detect(this.#video).catch(() => [])) ?? [];
      const code = found.map((one) => this.#codeIn(one.rawValue)).find(Boolean);
      if (code) {
        this.#stop();
        return location.assign(`/qr-login?code=${encodeURIComponent(code)}`);
      }
      if (found.length) this.#say(this.dataset.foreign);
      await new Promise((done) => setTimeout(done, PAUSE));
    }
  }

  /** The camera is off as soon as nobody looks. */
  #stop = () => {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
  };

  /** @param {string} text */
  #codeIn(text) {
    const link = this.dataset.links?.split(" ").find((link) => text.startsWith(link));
    return link && text.slice(link.length);
  }

  /** @param {boolean} on */
  #show(on) {
    this.#video.hidden = !on;
    this.#button.hidden = on;
  }

  /** @param {string | undefined} text */
  #say(text) {
    const place = /** @type {HTMLElement} */ (this.querySelector("[role=alert]"));
    place.hidden = !text;
    /** @type {HTMLElement} */ (place.querySelector("span")).textContent = text ?? "";
  }
}

customElements.define("qr-camera", QrCamera);
