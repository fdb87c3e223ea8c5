// The one way to the API: what it answered, or nothing.

/**
 * `said` is the body, whatever the status; null when there was none or no JSON.
 * @typedef {{ ok: boolean, status: number, said: any }} Said
 */

/**
 * `null`: no answer came, or it was given up; then `signal.aborted` says so.
 * @param {string} path
 * @param {{ method?: string, body?: unknown, signal?: AbortSignal }} [options] a body goes as JSON, a file as it is
 * @returns {Promise<Said | null>}
 */
export async function call(path, { method = "GET", body, signal } = {}) {
  const isFile = body instanceof Blob;
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json", "Accept-Language": document.documentElement.lang };
  if (body !== undefined) headers["Content-Type"] = isFile ? body.type : "application/json";
  try {
    const answer = await fetch(path, { method, headers, signal, body: isFile || body === undefined ? body : JSON.stringify(body) });
    return { ok: answer.ok, status: answer.status, said: await answer.json().catch(() => null) };
  } catch {
    return null;
  }
}

/** Whether this browser is signed in no more; an upload may be cut off before the server can say so. */
export async function isSignedOut() {
  return (await call("/api/auth/me"))?.status === 401;
}
