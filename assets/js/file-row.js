// The line of a chosen file.
import { sizeText } from "./files.js";

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
  const ending = /\.([a-z0-9]{1,5})$/i.exec(file.name)?.[1]?.toLowerCase() ?? "";
  if (!/^image\/(jpeg|png|gif|webp)$/.test(file.type)) return ending;
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

/**
 * Shows in each line how far its file is sent.
 * @param {NodeListOf<HTMLProgressElement>} bars
 * @param {File[]} files
 * @param {number} part how much of all is sent
 */
export function showProgress(bars, files, part) {
  let sent = part * files.reduce((sum, file) => sum + file.size, 0);
  bars.forEach((bar, at) => {
    const size = files[at]?.size ?? 1;
    bar.hidden = part === 0;
    bar.value = Math.max(0, Math.min(1, sent / size));
    sent -= size;
  });
}
