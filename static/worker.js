"use strict";

// Keeps the files of the pages, which are everybody's: no page, picture or answer is ever kept. What another app shares
// waits for the page of costs, which takes it from here and sends it (inbox.js).
const KEPT = "files-1";
const SHARED = "shared";
const OFFLINE = "/static/offline.html";

const keepShared = async (request) => {
  const cache = await caches.open(SHARED);
  const files = (await request.formData()).getAll("file");
  const put = (file, index) => cache.put(`/shared/${Date.now()}-${index}`, new Response(file, { headers: { "X-Name": encodeURIComponent(file.name) } }));
  await Promise.all(files.map(put));
  return Response.redirect("/costs", 303);
};

self.addEventListener("install", (event) => { event.waitUntil(caches.open(KEPT).then((cache) => cache.add(OFFLINE))); });
self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter((name) => name !== KEPT && name !== SHARED).map((name) => caches.delete(name)))));
});
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method === "POST" && url.origin === location.origin && url.pathname === "/shared") event.respondWith(keepShared(event.request));
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (event.request.mode === "navigate") {
    event.respondWith(fetch(event.request).catch(() => caches.match(OFFLINE)));
  } else if (url.pathname.startsWith("/static/") && url.searchParams.has("v")) { // an address that changes with its content
    event.respondWith(caches.match(event.request).then((kept) => kept ?? fetch(event.request).then((answer) => {
      if (answer.ok) { const copy = answer.clone(); event.waitUntil(caches.open(KEPT).then((cache) => cache.put(event.request, copy))); }
      return answer;
    })));
  }
});
