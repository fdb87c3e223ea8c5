/**
 * The page at an address; an empty one when it is not there for this reader any more; `null` when there
 * is no answer.
 * @param {string} url
 */
export async function page(url) {
  try {
    const answer = await fetch(url, { headers: { Accept: "text/html" }, cache: "no-store" });
    if (answer.status >= 500) return null;
    // A list that became shorter leads to its last page. Signed out, or gone: the reader is told when they do something next.
    const moved = answer.redirected && new URL(answer.url).pathname !== new URL(url, location.href).pathname;
    const text = answer.ok && !moved ? await answer.text() : "";
    return new DOMParser().parseFromString(text, "text/html");
  } catch {
    return null;
  }
}
