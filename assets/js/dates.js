// Dates as the server writes them, but in the zone of this browser.

const lang = document.documentElement.lang;
const locale = lang === "en" ? "en-GB" : lang;
const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" });

/**
 * `12 ноября, 19:02`; with the year unless it is this one.
 * @param {Date} date
 */
export function dateText(date) {
  const wanted = ["day", "month"];
  if (date.getFullYear() !== new Date().getFullYear()) wanted.push("year");
  const parts = day.formatToParts(date).filter((part) => wanted.includes(part.type));
  const minutes = String(date.getMinutes()).padStart(2, "0");
  return `${parts.map((part) => part.value).join(" ")}, ${date.getHours()}:${minutes}`;
}

const units = /** @type {const} */ ([
  ["year", 365 * 86400, "always"], ["month", 30 * 86400, "always"], ["day", 86400, "auto"],
  ["hour", 3600, "always"], ["minute", 60, "always"],
]);

/**
 * `сейчас`, `5 минут назад`, `вчера`: the same words and limits as `Lang::ago` on the server.
 * @param {Date} date
 */
export function agoText(date) {
  const seconds = (Date.now() - date.getTime()) / 1000;
  if (seconds < 45) return new Intl.RelativeTimeFormat(lang, { numeric: "auto" }).format(0, "second");
  const [unit, size, numeric] = units.find((entry) => seconds >= entry[1]) ?? units[4];
  const count = Math.max(1, Math.floor(seconds / size));
  return new Intl.RelativeTimeFormat(lang, { numeric }).format(-count, unit);
}
