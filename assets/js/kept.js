// What this browser keeps between pages. There may be no room, or it may be forbidden: then nothing is
// kept, and nothing breaks.

/** @param {string} key @returns {string | null} */
export function recall(key) {
  try { return localStorage.getItem(key); } catch { return null; }
}

/**
 * Whether it is kept; `null` removes it.
 * @param {string} key
 * @param {string | null} value
 */
export function keep(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
    return value !== null;
  } catch {
    return false;
  }
}

/** @param {string} start of the keys that are forgotten */
export function forget(start) {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(start)) localStorage.removeItem(key);
  } catch {
    // Then there is nothing to forget.
  }
}
