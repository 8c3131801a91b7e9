// Serves the page without a network, once it was there. offline_plugin.js fills in the two
// constants; a new version is fetched whole beside the old one and takes over when no tab uses the
// old one any more, or when the page says so.

const version = "VERSION";
const files = ["FILES"];
const prefix = "myelin-playground-";
const current = prefix + version;

async function install() {
  const cache = await caches.open(current);
  // Past the HTTP cache: it may hold files of another version under the same name.
  await cache.addAll(files.map((file) => new Request(file, { cache: "reload" })));
}

async function forgetOldVersions() {
  for (const name of await caches.keys()) {
    if (name.startsWith(prefix) && name !== current) await caches.delete(name);
  }
  await self.clients.claim();
}

const known = new Set(files.map((file) => new URL(file, self.registration.scope).pathname));

async function answer(request) {
  const cache = await caches.open(current);
  return (await cache.match(request, { ignoreSearch: true })) ?? fetch(request);
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(forgetOldVersions()));
self.addEventListener("message", (event) => {
  if (event.data === "take over") self.skipWaiting();
});
self.addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  const isOurs = origin === self.location.origin && known.has(pathname);
  if (isOurs && event.request.method === "GET") event.respondWith(answer(event.request));
});
