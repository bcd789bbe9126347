"use strict";

// Keeps the files of the pages, which are everybody's, and nothing else: no page, picture or answer is ever kept.
const KEPT = "files-1";
const OFFLINE = "/static/offline.html";

self.addEventListener("install", (event) => { event.waitUntil(caches.open(KEPT).then((cache) => cache.add(OFFLINE))); });
self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name)))));
});
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
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
