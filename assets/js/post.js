/**
 * What came back: the page, its status and its address after redirects.
 * @typedef {{ page: Document | null, status: number, path: string, url: string }} Answer
 */

/**
 * Sends a form as the browser would, but stays on the page and tells how far the upload is.
 * `null`: no answer came.
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} button which was pressed
 * @param {(sent: number, total: number) => void} [progress]
 * @returns {Promise<Answer | null>}
 */
export function post(form, button, progress) {
  const fields = new FormData(form, button);
  const multipart = form.enctype === "multipart/form-data";
  const body = multipart ? fields : new URLSearchParams(/** @type {any} */ (fields));
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.responseType = "document";
    request.setRequestHeader("Accept", "text/html");
    request.upload.addEventListener("progress", (event) => progress?.(event.loaded, event.total));
    request.addEventListener("load", () => {
      const url = new URL(request.responseURL);
      done({ page: request.responseXML, status: request.status, path: url.pathname, url: url.href });
    });
    for (const kind of ["error", "abort", "timeout"]) request.addEventListener(kind, () => done(null));
    request.send(body);
  });
}

/** Whether this browser is signed in; an upload may be cut off before the server can say so. */
export async function isSignedOut() {
  const answer = await fetch("/api/auth/me").catch(() => null);
  return answer?.status === 401;
}
