// The worker of the enrolment station: when there is no connection, its page without one. It keeps no page of a person:
// what it stores is the same for everybody. `SALA` is put before this by the server.

const SHELF = "sala-station-" + [SALA.away, ...SALA.files].join("|");
const fresh = (address) => new Request(address, { credentials: "omit", cache: "reload" });
const path = (request) => new URL(request.url).pathname;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(SHELF)
      .then((shelf) => shelf.addAll([SALA.away, ...SALA.files].map(fresh)))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  const former = (name) => name.startsWith("sala-station-") && name !== SHELF;
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter(former).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(SALA.away)));
  } else if (request.method === "GET" && SALA.files.includes(path(request))) {
    event.respondWith(fetch(request).catch(() => caches.match(path(request))));
  }
});
