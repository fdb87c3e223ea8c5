// The service worker: shows push messages, opens what they are about, and stands in with a page that
// says so when there is no connection. Personal pages are never kept.

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const ASSETS = "__ASSETS__";
/** Empty when the brand has none. */
const LOGO = "__LOGO__";
const OFFLINE = "/offline";

worker.addEventListener("install", (event) => {
  event.waitUntil(keep().then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers().then(() => worker.clients.claim()));
});

async function keep() {
  const cache = await caches.open(ASSETS);
  // Without cookies: the page is nobody's.
  await cache.put(OFFLINE, await fetch(OFFLINE, { credentials: "omit", cache: "reload" }));
  await cache.addAll([`${ASSETS}/door.css`, `${ASSETS}/icons.svg`, `${ASSETS}/favicon.svg`, ...(LOGO ? [LOGO] : [])]);
}

/** Each build has its own cache. */
async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== ASSETS).map((name) => caches.delete(name)));
}

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (request.method === "GET" && request.url.startsWith(location.origin + ASSETS)) event.respondWith(fromNetwork(request));
});

/** A page, or a sent form, as the server answers; what a proxy says in its place helps nobody. @param {Request} request */
async function page(request) {
  const answer = await fetch(request).catch(() => null);
  const isOurs = answer && (answer.status < 500 || answer.type === "opaqueredirect" || answer.headers.has("x-request-id"));
  if (isOurs) return answer;
  const kept = await caches.match(OFFLINE);
  if (!kept) return answer ?? Response.error();
  return new Response(kept.body, { status: 503, headers: kept.headers });
}

/** @param {Request} request */
async function fromNetwork(request) {
  return fetch(request).catch(async (error) => {
    const kept = await caches.match(request);
    return kept ?? Promise.reject(error);
  });
}

worker.addEventListener("push", (event) => {
  const message = event.data?.json();
  if (!message) return;
  // The lists of types do not know `renotify` yet.
  const options = /** @type {NotificationOptions} */ ({
    body: message.body,
    lang: message.lang,
    tag: message.tag,
    renotify: true,
    icon: `${ASSETS}/icons/192.png`,
    badge: `${ASSETS}/icons/badge.png`,
    data: { url: message.url },
  });
  event.waitUntil(worker.registration.showNotification(message.title, options));
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(new URL(event.notification.data?.url ?? "/", location.origin)));
});

/** Shows the page where it is open already, else in an open window of ours, else in a new one. @param {URL} url */
async function open(url) {
  if (url.origin !== location.origin) return;
  const windows = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const isThere = (/** @type {URL} */ at) => at.pathname === url.pathname && (!url.search || at.search === url.search);
  const there = windows.find((window) => isThere(new URL(window.url)));
  if (there) return there.focus();
  return worker.clients.openWindow(url.href);
}

worker.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil(renew(event.oldSubscription));
});

/** The browser has given the device a new address. @param {PushSubscription | null} old */
async function renew(old) {
  if (!old) return;
  const subscription = await worker.registration.pushManager.subscribe(old.options);
  await fetch("/api/notifications/subscribe-push", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...subscription.toJSON(), replaces: old.endpoint }),
  });
}
