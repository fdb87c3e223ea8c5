/** The part of a page in which people write; the others may come and go. */
export const COMPOSE = "compose";

/**
 * While it is sent a text can be read, not changed: what is typed then would be lost.
 * @param {HTMLFormElement} form
 * @param {boolean} on
 */
export function lock(form, on) {
  form.ariaBusy = on ? "true" : null;
  for (const text of form.querySelectorAll("textarea")) text.readOnly = on;
}

/** Whether there is an answer that is not sent yet. */
export function isWriting() {
  const text = document.querySelector(`#${COMPOSE} textarea`);
  return Boolean((text instanceof HTMLTextAreaElement && text.value) || filePicker()?.files.length);
}

/** Where files are chosen that go with the answer. */
export function filePicker() {
  return /** @type {import("./elements/file-picker.js").FilePicker | null} */ (document.querySelector(`#${COMPOSE} file-picker`));
}

/**
 * Says at the top of a form or list what went wrong. Nothing in it is touched.
 * @param {HTMLElement} form
 * @param {string | undefined} text
 */
export function complain(form, text) {
  form.querySelector(":scope > .banner.bad")?.remove();
  const banner = document.createElement("p");
  banner.className = "banner bad";
  banner.role = "alert";
  banner.textContent = text ?? "";
  form.prepend(banner);
  banner.scrollIntoView({ block: "nearest" });
}

/** The ids of the answers on the page. */
export function answers() {
  return new Set([...document.querySelectorAll("article")].map((one) => one.id));
}

const ANSWER = "response-";

/**
 * The number of the last answer before any that is unseen, as they stand on the page; not before one that
 * was seen already.
 * @param {Set<string>} shown
 * @param {Set<string>} unseen
 * @param {string} seen
 */
export function lastSeen(shown, unseen, seen) {
  const all = [...shown].filter((id) => id.startsWith(ANSWER));
  const first = all.findIndex((id) => unseen.has(id));
  const last = (first < 0 ? all.length : first) - 1;
  return last > all.indexOf(ANSWER + seen) ? all[last]?.slice(ANSWER.length) ?? seen : seen;
}

/**
 * Leads to the answer that was just sent: the focus, too, or it would be nowhere.
 * @param {Set<string>} known the answers that were there before
 */
export function showOwn(known) {
  const own = [...document.querySelectorAll("article.mine")].filter((one) => !known.has(one.id)).at(-1);
  if (!(own instanceof HTMLElement)) return;
  own.focus({ preventScroll: true });
  own.scrollIntoView({ block: "nearest" });
  own.classList.add("fresh");
  setTimeout(() => own.classList.remove("fresh"), 1500);
}
