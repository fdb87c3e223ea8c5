import { announce } from "../announce.js";
import { call } from "../api.js";

const PROOF = "proof_required";

/**
 * `<push-switch data-key>`: turns push messages on and off for this device. The browser is asked for
 * permission only after a click, with the reason beside the button.
 */
class PushSwitch extends HTMLElement {
  #text = document.createElement("p");
  #button = document.createElement("button");

  async connectedCallback() {
    this.#text.className = "small";
    this.#button.type = "button";
    this.#button.addEventListener("click", this.#toggle);
    this.replaceChildren(this.#text, this.#button);
    await this.#show();
  }

  #toggle = async () => {
    this.#button.ariaBusy = "true";
    try {
      const subscription = await this.#subscription();
      if (subscription) await this.#leave(subscription);
      else await this.#join();
      await this.#show();
      announce(this.#text.textContent ?? "");
    } catch (error) {
      // The password has to be given again first; then this page comes back.
      if (error === PROOF) return location.assign(`/prove?next=${encodeURIComponent(location.pathname)}`);
      await this.#show();
      if (Notification.permission !== "denied") this.#text.textContent = this.dataset.failed ?? "";
      announce(this.#text.textContent ?? "");
    }
  };

  /** Says how things stand. */
  async #show() {
    const possible = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
    const denied = possible && Notification.permission === "denied";
    const on = possible && !denied && (await this.#subscription()) !== null;
    const state = !possible ? "missing" : denied ? "denied" : on ? "on" : "off";
    this.#text.textContent = this.dataset[state] ?? "";
    this.#button.hidden = !possible || denied;
    this.#button.className = on ? "btn" : "btn primary";
    this.#button.textContent = (on ? this.dataset.leave : this.dataset.join) ?? "";
    this.#button.removeAttribute("aria-busy");
    this.dataset.state = state;
  }

  /** What this browser has, if it is for this portal's key of today. */
  async #subscription() {
    const registration = await navigator.serviceWorker.getRegistration("/");
    const subscription = await registration?.pushManager.getSubscription();
    const key = subscription?.options.applicationServerKey;
    return subscription && key && encode(key) === this.dataset.key ? subscription : null;
  }

  async #join() {
    const registration = await navigator.serviceWorker.register("/sw.js");
    await navigator.serviceWorker.ready;
    // One for another key is of no use any more, and stands in the way.
    await (await registration.pushManager.getSubscription())?.unsubscribe();
    const options = { userVisibleOnly: true, applicationServerKey: this.dataset.key };
    const subscription = await registration.pushManager.subscribe(options);
    try {
      await send("POST", "/api/notifications/subscribe-push", subscription);
    } catch (error) {
      await subscription.unsubscribe();
      throw error;
    }
  }

  /** @param {PushSubscription} subscription */
  async #leave(subscription) {
    await send("DELETE", "/api/notifications/unsubscribe-push", { endpoint: subscription.endpoint });
    await subscription.unsubscribe();
  }
}

/** @param {string} method @param {string} path @param {unknown} body */
async function send(method, path, body) {
  const answer = await call(path, { method, body });
  if (answer?.ok) return;
  throw answer?.said?.code === PROOF ? PROOF : new Error(`the server answered ${answer?.status}`);
}

/** @param {ArrayBuffer} key */
function encode(key) {
  const text = btoa(String.fromCharCode(...new Uint8Array(key)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

customElements.define("push-switch", PushSwitch);
