// Files that were chosen but not sent yet.

const lang = document.documentElement.lang;
const KB = 1024;

/**
 * `240 кБ`, `1,4 МБ`; the server says the same.
 * @param {number} bytes
 */
export function sizeText(bytes) {
  const small = bytes < KB * KB;
  const unit = small ? "kilobyte" : "megabyte";
  const value = small ? Math.ceil(bytes / KB) : Math.floor((bytes * 10) / KB / KB) / 10;
  return new Intl.NumberFormat(lang, { style: "unit", unit, useGrouping: false, minimumFractionDigits: small ? 0 : 1 }).format(value);
}

/**
 * What tells one file from another.
 * @param {File} file
 */
export function kindOf(file) {
  return `${file.name}/${file.size}/${file.lastModified}`;
}

/**
 * Every pasted picture is called "image.png"; with the time they can be told apart.
 * @param {File} file
 */
export function named(file) {
  if (file.name !== "image.png") return file;
  const now = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString();
  return new File([file], `screenshot-${now.slice(0, 19).replace(/[T:]/g, "-")}.png`, { type: file.type });
}

/**
 * Why a file may not come along, in words; the server looks closer.
 * @param {File} file
 * @param {number} count of those that are chosen
 * @param {DOMStringMap} rules limits and words
 * @param {string} accept
 */
export function refusal(file, count, rules, accept) {
  if (!accept.split(",").some((type) => file.name.toLowerCase().endsWith(type))) return `${rules.wrong} ${file.name}`;
  if (file.size > Number(rules.bytes)) return `${rules.tooBig} ${file.name}, ${sizeText(file.size)}`;
  if (!file.size) return `${rules.empty} ${file.name}`;
  return count < Number(rules.most) ? null : rules.tooMany;
}

/**
 * A line of the list: picture or icon, name, size, how far it is sent, a button to remove it.
 * @param {File} file
 * @param {string} label
 * @param {() => void} remove
 */
export function chosenFile(file, label, remove) {
  const line = document.createElement("li");
  const about = element("span", "who", element("span", "", file.name), element("small", "", sizeText(file.size)));
  const button = element("button", "", "×");
  button.setAttribute("type", "button");
  button.ariaLabel = button.title = `${label}: ${file.name}`;
  button.addEventListener("click", remove);
  const bar = document.createElement("progress");
  bar.hidden = true;
  bar.ariaLabel = file.name;
  line.append(element("span", "thumb", preview(file)), about, button, bar);
  return line;
}

/** @param {File} file */
function preview(file) {
  const ending = file.name.split(".").pop()?.toLowerCase() ?? "";
  if (!/^image\/(jpeg|png|gif)$/.test(file.type)) return ending;
  const image = document.createElement("img");
  image.alt = "";
  image.src = URL.createObjectURL(file);
  image.addEventListener("load", () => URL.revokeObjectURL(image.src));
  image.addEventListener("error", () => image.replaceWith(ending));
  return image;
}

/**
 * @param {string} tag
 * @param {string} name class
 * @param {(string | Node)[]} inside
 */
function element(tag, name, ...inside) {
  const made = document.createElement(tag);
  made.className = name;
  made.append(...inside);
  return made;
}
