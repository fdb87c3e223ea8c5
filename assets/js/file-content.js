// What a chosen file holds, as far as it matters before it is sent; the server looks closer.

/**
 * Text has no zeros, but for UTF-16 with its mark and a stray one in a log.
 * @param {File} file
 */
export async function isBinary(file) {
  const head = new Uint8Array(await file.slice(0, 8192).arrayBuffer());
  const zeros = head.filter((byte) => byte === 0).length;
  const marked = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  const wide = head.every((byte, at) => byte !== 0 || at % 2 === 0) || head.every((byte, at) => byte !== 0 || at % 2 === 1);
  return zeros * 1000 > head.length && !marked && !wide;
}

/**
 * Whoever reads a private key can pass for its owner.
 * @param {File} file
 */
async function holdsKey(file) {
  const text = await file.slice(0, 1 << 20).text();
  return /-----BEGIN [A-Z ]*PRIVATE KEY|PuTTY-User-Key-File-/.test(text.replaceAll("\0", ""));
}

/**
 * Shows the question that is asked before a private key is sent, if there is one.
 * @param {HTMLElement | null} question around a box to tick
 * @param {File[]} files
 */
export async function askOfKeys(question, files) {
  const box = question?.querySelector("input");
  if (!question || !box) return;
  const keys = await Promise.all(files.map(holdsKey));
  box.required = keys.includes(true);
  question.hidden = !box.required;
}
