/**
 * The service worker. Notifications are shown through it, because they outlive a page then and Android has no others;
 * who clicks one comes to the room it tells of, in a page that is open or in a new one. That is all: it keeps nothing,
 * stands between no page and the server, and asks nobody for anything.
 */

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

// A newer one need not wait until all pages are closed: what it is told, and tells, is the same.
worker.addEventListener('install', () => void worker.skipWaiting());

worker.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(show(String(event.notification.data?.room ?? '')));
});

/** @param {string} room its id */
async function show(room) {
  // The one that was looked at last comes first. Pages of before this worker are ours too, pages beside the chat are not.
  const pages = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const page = pages.find(({ url }) => new URL(url).pathname === '/');
  if (!page) return worker.clients.openWindow(`/#/room/${encodeURIComponent(room)}`);
  page.postMessage({ open: room });
  return page.focus();
}
