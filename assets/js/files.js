// Files that were chosen but not sent yet.
import { isBinary } from "./file-content.js";

const lang = document.documentElement.lang;
const KB = 1024;

/**
 * `240 КБ`, `1,4 МБ`; the server says the same, and browsers write the first otherwise.
 * @param {number} bytes
 */
export function sizeText(bytes) {
  const small = bytes < KB * KB;
  const unit = small ? "kilobyte" : "megabyte";
  const value = small ? Math.ceil(bytes / KB) : Math.floor((bytes * 10) / KB / KB) / 10;
  return new Intl.NumberFormat(lang, { style: "unit", unit, useGrouping: false, minimumFractionDigits: small ? 0 : 1 }).format(value).replace("\u043a\u0411", "\u041a\u0411");
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
 * @param {string} accept empty: other files than those of `endings` must be text
 */
export async function refusal(file, count, rules, accept) {
  const known = (accept || rules.endings || "").split(",").some((type) => file.name.toLowerCase().endsWith(type));
  if (!known && (accept || (await isBinary(file)))) return `${rules.wrong} ${file.name}`;
  if (file.size > Number(rules.bytes)) return `${rules.tooBig} ${file.name}, ${sizeText(file.size)}`;
  if (!file.size) return `${rules.empty} ${file.name}`;
  return count < Number(rules.most) ? null : rules.tooMany;
}
