// The worker of the pages below /id/: a page for when there is no net, and the notices by push.
// It keeps no page of a person: what it stores is the same for everybody. `SALA` is put before this by the server.

const SHELF = "sala-id-" + SALA.files.join("|");

self.addEventListener("install", (event) => {
  const kept = [SALA.offline, ...SALA.files];
  event.waitUntil(
    caches
      .open(SHELF)
      .then((shelf) => shelf.addAll(kept.map((address) => new Request(address, { credentials: "omit", cache: "reload" }))))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith("sala-id-") && name !== SHELF).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

const path = (request) => new URL(request.url).pathname;

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(SALA.offline)));
  } else if (SALA.files.includes(path(request))) {
    event.respondWith(fetch(request).catch(() => caches.match(path(request))));
  }
});

// The notice says that something waits, never what: it may be read over a shoulder, on a locked screen.
self.addEventListener("push", (event) => {
  const { id } = event.data ? event.data.json() : {};
  event.waitUntil(
    self.registration.showNotification("ศาลา · Sala", {
      body: "มีคำขอรอให้ท่านอนุมัติ\nA request waits for you to approve it",
      icon: SALA.icon,
      tag: id || "sala",
      requireInteraction: true,
      data: { address: id ? `${SALA.request}${encodeURIComponent(id)}/` : SALA.home },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { address } = event.notification.data;
  event.waitUntil(
    self.clients.matchAll({ type: "window" }).then((open) => {
      const mine = open.find((client) => path(client).startsWith(SALA.home));
      return mine ? mine.focus().then((client) => client.navigate(address)) : self.clients.openWindow(address);
    }),
  );
});
