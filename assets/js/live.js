// Live updates: the only file that knows the socket. What is heard is told to the page as events on
// `document`: `live:<type>` with the message as their detail. `src/platform/live` is the other end.

const TOPICS = ["tickets", "notifications"];
const FIRST = 500;
const LONGEST = 30_000;
const PING = 25_000;
const ANSWER = 5_000;
/** Close codes (RFC 6455 and our own). */
const CHANGED = 1012;
const ENDED = 4401;
const TOO_MANY = 4429;

const meta = /** @type {HTMLMetaElement | null} */ (document.querySelector("meta[name=live]"));
/** How far in the log each topic was heard; at first, how far the page has come. */
const last = new Map(TOPICS.map((topic) => [topic, Number(meta?.content)]));
/** @type {WebSocket | null} */ let socket = null;
/** @type {Record<string, ReturnType<typeof setTimeout> | undefined>} */ const timers = {};
let failures = 0;

/** One timer of each name. @param {string} name @param {number} [wait] none: stops it @param {() => void} [act] */
function after(name, wait, act) {
  clearTimeout(timers[name]);
  timers[name] = act && setTimeout(act, wait);
}

/** Says something, if there is anybody to hear it. @param {object} message */
export function say(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function connect() {
  after("again");
  if (socket) return;
  const opened = socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`);
  after("silence", ANSWER * 2, drop);
  opened.addEventListener("open", () => TOPICS.forEach((topic) => say({ type: `subscribe:${topic}`, lastEventId: last.get(topic) })));
  opened.addEventListener("message", (event) => socket === opened && heard(JSON.parse(event.data)));
  opened.addEventListener("close", (event) => socket === opened && closed(event.code));
}

/** @param {{ type: string, topic?: string, eventId?: number }} message */
function heard(message) {
  after("silence");
  after("ping", PING, ping);
  const topic = message.topic ?? `${message.type.split(":")[0]}s`;
  const before = message.type === "resync" ? 0 : last.get(topic) ?? 0;
  if (message.eventId !== undefined && last.has(topic)) last.set(topic, Math.max(message.eventId, before));
  if (message.type === "subscribed") failures = 0;
  document.dispatchEvent(new CustomEvent(`live:${message.type}`, { detail: message }));
}

/** Whether anybody is there; who does not answer is left. A machine that slept has sockets that hang. */
function ping() {
  if (socket?.readyState !== WebSocket.OPEN) return;
  say({ type: "ping" });
  after("silence", ANSWER, drop);
}

/** Does not wait for the other side: it may be gone. */
function drop() {
  socket?.close();
  closed(0);
}

/** @param {number} code */
function closed(code) {
  socket = null;
  for (const name of ["silence", "ping"]) after(name);
  document.dispatchEvent(new Event("live:lost"));
  // A form on its way leads somewhere itself, and may be why this happens.
  const soon = document.querySelector('form[aria-busy="true"]') ? ANSWER : 0;
  if (code === ENDED) return after("again", soon, signIn);
  if (code === CHANGED) return after("again", soon, () => location.reload());
  if (code === TOO_MANY) failures += 6;
  const wait = Math.min(LONGEST, FIRST * 2 ** failures++);
  // Not all at the same moment: a thousand pages may have lost the same server.
  after("again", wait * (0.5 + Math.random() / 2), connect);
}

const signIn = () => location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);

function wake() {
  if (document.hidden) return;
  if (socket) ping();
  else connect();
}

if (meta) {
  connect();
  document.addEventListener("visibilitychange", wake);
  for (const kind of ["online", "pageshow"]) addEventListener(kind, wake);
  // A page in the history keeps no socket, and comes back as it was left.
  addEventListener("pagehide", () => {
    const left = socket;
    socket = null;
    left?.close();
    Object.keys(timers).forEach((name) => after(name));
  });
}
