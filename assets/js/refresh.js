// Parts of the page that show what may change (`data-live`, by topic or ticket): one request for the
// page as it is now brings them all up to date. Nothing that somebody is at is touched.

import { morph } from "./morph.js";
import { pageNow } from "./page.js";
import { swaps } from "./swap.js";

/** Between two requests; a burst is one. */
const PAUSE = 300;
/** One thing that happens is several messages. */
const SOON = 30;
const RETRY = 3_000;
const WRITING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

/** The ids of parts that are to be refreshed. @type {Set<string>} */ const wanted = new Set();
let timer = 0;
let busy = false;
let done = 0;

/** @param {(name: string) => boolean} isAbout */
function refresh(isAbout) {
  for (const part of document.querySelectorAll("[data-live]")) {
    if (isAbout(part.getAttribute("data-live") ?? "")) wanted.add(part.id);
  }
  soon();
}

function soon(wait = Math.max(SOON, done + PAUSE - Date.now())) {
  // Who comes back to a page that was hidden gets all at once.
  if (!busy && !timer && parts(wanted).length && !document.hidden) timer = setTimeout(run, wait);
}

/** Which of them may be touched now. @param {Iterable<string>} ids */
function parts(ids) {
  return [...ids].map((id) => document.getElementById(id)).filter((part) => part !== null).filter((part) => !isWritingIn(part));
}

/** @param {Element} part */
function isWritingIn(part) {
  const at = document.activeElement;
  return part.contains(at) && Boolean(at?.matches(WRITING));
}

async function run() {
  timer = 0;
  busy = true;
  const failed = await renew();
  busy = false;
  done = Date.now();
  soon(failed ? RETRY : PAUSE);
}

/** Whether one's own form is on its way: its answer is newer than what we would bring. */
function isSending() {
  return Boolean(document.querySelector('form[aria-busy="true"]'));
}

/** Whether there was no answer. */
async function renew() {
  const [asked, before, url] = [new Set(wanted), swaps(), location.href];
  // What happens from now on may not be in the answer yet.
  wanted.clear();
  const fresh = isSending() ? undefined : await pageNow(url);
  if (fresh && before === swaps() && url === location.href && !isSending()) bring(fresh, asked);
  // What somebody writes in waits until they are done.
  for (const id of asked) wanted.add(id);
  return fresh === null;
}

/** @param {Document} page @param {Set<string>} asked */
function bring(page, asked) {
  const focused = document.activeElement;
  document.dispatchEvent(new Event("swapping"));
  for (const part of parts(asked)) {
    const fresh = page.getElementById(part.id);
    if (fresh) morph(part, fresh);
    asked.delete(part.id);
  }
  // The numbers of the sidebar come along; the bell's is told, and newer than this page.
  for (const count of document.querySelectorAll('[data-count]:not([data-count$="/notifications"])')) {
    const fresh = page.querySelector(`[data-count="${count.getAttribute("data-count")}"]`);
    if (fresh) morph(count, fresh);
  }
  if (focused !== document.activeElement) /** @type {HTMLElement} */ (focused).focus({ preventScroll: true });
  document.dispatchEvent(new Event("swapped"));
}

/** @param {Event} event */
function ticketChanged(event) {
  const { ticketId, ticket } = /** @type {CustomEvent} */ (event).detail;
  refresh((name) => name === "tickets" || name === `ticket-${ticketId ?? ticket.id}`);
}

for (const kind of ["new", "response", "status", "updated"]) document.addEventListener(`live:ticket:${kind}`, ticketChanged);
for (const kind of ["new", "read", "deleted"]) {
  document.addEventListener(`live:notification:${kind}`, () => refresh((name) => name === "notifications"));
}
document.addEventListener("live:resync", () => refresh(() => true));
document.addEventListener("visibilitychange", () => soon());
document.addEventListener("focusout", () => soon());
