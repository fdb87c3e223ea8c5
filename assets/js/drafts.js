// Drafts in this browser: what is typed and not sent yet, for each account and form.

import { forget, keep, recall } from "./kept.js";

const PREFIX = "draft:";
const MONTH = 30 * 86_400_000;

/**
 * @typedef {Record<string, string>} Values
 * @param {string} key
 * @returns {Values | null}
 */
export function readDraft(key) {
  const kept = JSON.parse(recall(PREFIX + key) ?? "null");
  return kept && Date.now() - kept.at < MONTH ? kept.values : null;
}

/**
 * Whether there is a draft now.
 * @param {string} key
 * @param {Values | null} values
 */
export function writeDraft(key, values) {
  return keep(PREFIX + key, values && JSON.stringify({ at: Date.now(), values }));
}

// Whoever signs out leaves nothing behind for the next person at this computer.
document.addEventListener("submit", (event) => {
  if (/** @type {HTMLFormElement} */ (event.target).action.endsWith("/logout")) forget(PREFIX);
});
