import assert from 'node:assert/strict';
import { test } from 'node:test';

/** The worker as its browser sees it: what it listens to, and pages of these addresses. */
async function newWorker(...urls) {
  const events = new Map();
  const done = [];
  const pages = urls.map((url) => ({ url, postMessage: (told) => done.push([url, told]), focus: () => done.push([url, 'focus']) }));
  globalThis.self = {
    addEventListener: (name, listener) => events.set(name, listener),
    skipWaiting: async () => void done.push('skipWaiting'),
    clients: {
      matchAll: async (wanted) => {
        assert.deepEqual(wanted, { type: 'window', includeUncontrolled: true });
        return pages;
      },
      openWindow: async (url) => void done.push(['open', url]),
    },
  };
  await import(`../../frontend/src/worker.js?${crypto.randomUUID()}`);
  const click = async (room) => {
    let ending;
    const notification = { data: { room }, close: () => done.push('close') };
    events.get('notificationclick')({ notification, waitUntil: (promise) => { ending = promise; } });
    await ending;
  };
  return { events, done, click };
}

test('a click leads to the page of the chat that was looked at last', async () => {
  const [beside, last, other] = ['http://h/trust', 'http://h/#/room/tech', 'http://h/'];
  const { done, click } = await newWorker(beside, last, other);
  await click('general');
  assert.deepEqual(done, ['close', [last, { open: 'general' }], [last, 'focus']]);
});

test('a click opens a page at the room when none is open', async () => {
  const { done, click } = await newWorker('http://h/api/docs');
  await click('a/b');
  assert.deepEqual(done, ['close', ['open', '/#/room/a%2Fb']]);
});

test('the worker stands between no page and the server, and a newer one takes its place at once', async () => {
  const { events, done } = await newWorker();
  assert.deepEqual([...events.keys()], ['install', 'notificationclick']);
  events.get('install')();
  assert.deepEqual(done, ['skipWaiting']);
});
