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

const [MINUTE, HOUR, DAY] = [60, 3600, 86400];
/** So long ago it is hours, even when midnight lies between. */
const LATELY = 6 * HOUR;
/** @param {Date} date */
const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
/** @param {number} count @param {Intl.RelativeTimeFormatUnit} unit @param {"always" | "auto"} [numeric] */
const say = (count, unit, numeric = "always") => new Intl.RelativeTimeFormat(lang, { numeric }).format(-count, unit);

/**
 * `сейчас`, `5 минут назад`, `вчера`, which is the day before this one: as `Lang::ago` on the server.
 * @param {Date} date
 */
export function agoText(date) {
  const seconds = (Date.now() - date.getTime()) / 1000;
  const days = Math.round((midnight(new Date()) - midnight(date)) / (DAY * 1000));
  if (seconds < 45) return say(0, "second", "auto");
  if (seconds < HOUR) return say(Math.max(1, Math.floor(seconds / MINUTE)), "minute");
  if (seconds < LATELY || (seconds < DAY && days === 0)) return say(Math.floor(seconds / HOUR), "hour");
  if (seconds < 30 * DAY) return say(Math.max(1, days), "day", "auto");
  if (seconds < 365 * DAY) return say(Math.floor(seconds / (30 * DAY)), "month");
  return say(Math.floor(seconds / (365 * DAY)), "year");
}
