// Answers a crew's browser with the empty form where there is no connection. It keeps nothing
// itself, and shows nothing of what the service answered before.
(() => {
  "use strict";
  addEventListener("install", (event) => event.waitUntil(skipWaiting()));
  addEventListener("activate", (event) => event.waitUntil(clients.claim()));
  addEventListener("fetch", (event) => {
    const { request } = event;
    if (request.method !== "GET") return;
    if (request.mode === "navigate") {
      const empty = async () => (await caches.match("/handoffs/offline")) || Response.error();
      event.respondWith(fetch(request).catch(empty));
    } else if (new URL(request.url).pathname.startsWith("/static/")) {
      event.respondWith(caches.match(request).then((kept) => kept || fetch(request)));
    }
  });
})();
