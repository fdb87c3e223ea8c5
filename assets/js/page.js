// The one way to a page that is not gone to: asks for it or sends a form, says how that ended, and lets only the
// last of several questions count. Its parts are put into this page by `swap` and `morph`.

/**
 * What came back, after redirects. `page` is null when it was no page.
 * @typedef {{ page: Document | null, status: number, ok: boolean, url: URL, wait: number }} Answer
 * `wait`: milliseconds until one may ask again, 0 when nothing was said.
 *
 * @typedef {object} Options
 * @property {"GET" | "POST"} [method]
 * @property {FormData | URLSearchParams} [body]
 * @property {AbortSignal} [signal] gives it up
 * @property {(part: number) => void} [progress] how much of the body is sent, 0 to 1
 */

/**
 * `null`: no answer came, or it was given up; then `signal.aborted` says so.
 * @param {string | URL} url
 * @param {Options} [options]
 * @returns {Promise<Answer | null>}
 */
export function load(url, { method = "GET", body, signal, progress } = {}) {
  return new Promise((done) => {
    if (signal?.aborted) return done(null);
    // `fetch` cannot tell how far an upload is.
    const request = new XMLHttpRequest();
    request.open(method, url);
    request.responseType = "document";
    request.setRequestHeader("Accept", "text/html");
    if (progress) request.upload.addEventListener("progress", ({ loaded, total }) => progress(loaded / total));
    request.addEventListener("load", () => done(answerOf(request)));
    for (const kind of ["error", "abort", "timeout"]) request.addEventListener(kind, () => done(null));
    signal?.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}

/** @param {XMLHttpRequest} request @returns {Answer} */
function answerOf(request) {
  const { responseXML: page, status, responseURL } = request;
  const wait = Number(request.getResponseHeader("Retry-After")) * 1000;
  return { page, status, ok: status < 400, url: new URL(responseURL), wait };
}

/**
 * Sends a form as the browser would.
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} [button] which was pressed
 * @param {(part: number) => void} [progress]
 */
export function send(form, button, progress) {
  const fields = new FormData(form, button);
  return load(form.action, { method: "POST", body: form.enctype === "multipart/form-data" ? fields : encoded(fields), progress });
}

/**
 * A page as it is now; an empty one when it is not there for this reader any more; `null` when there is no answer.
 * @param {string} url
 */
export async function pageNow(url) {
  const answer = await load(url);
  if (!answer || answer.status >= 500) return null;
  // A list that became shorter leads to its last page. Signed out, or gone: the reader is told when they do something next.
  const isThere = answer.ok && answer.url.pathname === new URL(url).pathname;
  return (isThere && answer.page) || new Document();
}

/** Fields as a plain form sends them. @param {FormData} fields */
export function encoded(fields) {
  return new URLSearchParams([...fields].map(([name, value]) => [name, String(value)]));
}

/** Questions of which only the last one counts: asking again gives up the one before. */
export class Latest {
  #asked = new AbortController();

  /** For the question that is asked now. */
  next() {
    this.stop();
    this.#asked = new AbortController();
    return this.#asked.signal;
  }

  stop() {
    this.#asked.abort();
  }
}
