// The service worker: shows push messages, opens what they are about, and stands in with a page that
// says so when there is no connection. Personal pages are never kept.

const ASSETS = "__ASSETS__";
const OFFLINE = "/offline";

addEventListener("install", (event) => {
  event.waitUntil(keep().then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers().then(() => clients.claim()));
});

async function keep() {
  const cache = await caches.open(ASSETS);
  // Without cookies: the page is nobody's.
  await cache.put(OFFLINE, await fetch(OFFLINE, { credentials: "omit", cache: "reload" }));
  await cache.addAll([`${ASSETS}/app.css`, `${ASSETS}/icons.svg`, `${ASSETS}/favicon.svg`]);
}

/** Each build has its own cache. */
async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== ASSETS).map((name) => caches.delete(name)));
}

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (request.method === "GET" && request.url.startsWith(location.origin + ASSETS)) event.respondWith(fromNetwork(request));
});

/** A page, or a sent form, as the server answers; what a proxy says in its place helps nobody. */
async function page(request) {
  const answer = await fetch(request).catch(() => null);
  const isOurs = answer && (answer.status < 500 || answer.type === "opaqueredirect" || answer.headers.has("x-request-id"));
  if (isOurs) return answer;
  const kept = await caches.match(OFFLINE);
  if (!kept) return answer ?? Response.error();
  return new Response(kept.body, { status: 503, headers: kept.headers });
}

async function fromNetwork(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(request);
    if (!kept) throw error;
    return kept;
  }
}

addEventListener("push", (event) => {
  const message = event.data?.json();
  if (!message) return;
  event.waitUntil(registration.showNotification(message.title, {
    body: message.body,
    lang: message.lang,
    tag: message.tag,
    renotify: true,
    icon: `${ASSETS}/icons/192.png`,
    badge: `${ASSETS}/icons/badge.png`,
    data: { url: message.url },
  }));
});

addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(new URL(event.notification.data?.url ?? "/", location.origin)));
});

/** Shows the page where it is open already, else in an open window of ours, else in a new one. */
async function open(url) {
  if (url.origin !== location.origin) return;
  const windows = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = windows.map((window) => [window, new URL(window.url)]).find(([, at]) =>
    at.pathname === url.pathname && (!url.search || at.search === url.search))?.[0];
  if (there) return there.focus();
  return clients.openWindow(url.href);
}

addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil(renew(event.oldSubscription));
});

/** The browser has given the device a new address. */
async function renew(old) {
  if (!old) return;
  const subscription = await registration.pushManager.subscribe(old.options);
  await fetch("/api/notifications/subscribe-push", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...subscription.toJSON(), replaces: old.endpoint }),
  });
}
