// Operators who are somewhere now, in words and pictures as the server draws them.

/** @typedef {{ id: number, username: string }} Person */

const list = new Intl.ListFormat(document.documentElement.lang);

/**
 * "Анна и Игорь смотрят этот тикет"; empty without people.
 * @param {Person[]} people
 * @param {string | undefined} one what one does
 * @param {string | undefined} many what several do
 */
export function sentence(people, one, many) {
  return people.length ? `${list.format(people.map((person) => person.username))} ${people.length === 1 ? one : many}` : "";
}

/** @param {Person} person */
export function avatar({ id, username }) {
  const made = document.createElement("span");
  made.className = `avatar hue-${(id * 5) % 12}`;
  made.ariaHidden = "true";
  const words = username.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  made.textContent = words.slice(0, 2).map((word) => [...word][0]?.toUpperCase()).join("") || "?";
  return made;
}
