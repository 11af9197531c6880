import assert from 'node:assert/strict';
import { test } from 'node:test';

const WHAT = { title: 'Grace in General', body: 'Hello', tag: '7', room: 'general' };

class Shown extends EventTarget {
  static permission = 'granted';

  constructor(title, options) {
    super();
    Shown.last = this;
    Object.assign(this, { title, ...options });
  }

  close() {
    this.isClosed = true;
  }
}

class Forbidden {
  static permission = 'granted';

  constructor() {
    throw new TypeError('Illegal constructor. Use ServiceWorkerRegistration.showNotification() instead.');
  }
}

/** The module in a browser that has these, with the addresses that it asked a worker from. */
async function inBrowser({ isSecureContext = true, Notification = Shown, register }) {
  const asked = [];
  const registration = { shown: [], showNotification: async (...given) => void registration.shown.push(given) };
  const workers = new EventTarget();
  workers.ready = Promise.resolve(registration);
  workers.register = async (url) => {
    asked.push(url);
    await register?.();
  };
  Shown.last = undefined;
  Object.assign(globalThis, { isSecureContext, Notification, window: { focus() {} } });
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: register === null ? {} : { serviceWorker: workers } });
  const platform = await import(`../../frontend/src/platform.js?${crypto.randomUUID()}`);
  return { ...platform, asked, registration, workers };
}

const refuse = async () => { throw new TypeError('Failed to register a ServiceWorker'); };

test('notifications go through the worker, which is asked for once', async () => {
  const { showNotification, startWorker, asked, registration } = await inBrowser({ Notification: Forbidden });
  await startWorker();
  assert.equal(await showNotification(WHAT), true);
  assert.deepEqual(registration.shown, [['Grace in General', { body: 'Hello', tag: '7', data: { room: 'general' } }]]);
  assert.deepEqual(asked, ['/worker.js']);
});

test('what the worker tells of a click opens the room', async () => {
  const { hearClicks, workers } = await inBrowser({});
  const opened = [];
  hearClicks((room) => opened.push(room));
  for (const data of [{ open: 'tech' }, null, { other: 1 }]) workers.dispatchEvent(new MessageEvent('message', { data }));
  assert.deepEqual(opened, ['tech']);
});

test('where there is no worker the page shows them itself', async () => {
  for (const register of [null, refuse]) {
    const { showNotification, hearClicks } = await inBrowser({ register });
    const opened = [];
    hearClicks((room) => opened.push(room));
    assert.equal(await showNotification({ ...WHAT, openRoom: (room) => opened.push(room) }), true);
    assert.deepEqual([Shown.last.title, Shown.last.body, Shown.last.tag], ['Grace in General', 'Hello', '7']);
    Shown.last.dispatchEvent(new Event('click'));
    assert.deepEqual([opened, Shown.last.isClosed], [['general'], true]);
  }
});

test('where a page may not show them either, nothing is shown', async () => {
  const { showNotification } = await inBrowser({ Notification: Forbidden, register: refuse });
  assert.equal(await showNotification(WHAT), false);
});

test('on plain http nothing of it is touched', async () => {
  const { canNotify, showNotification, startWorker, asked } = await inBrowser({ isSecureContext: false });
  assert.equal(canNotify, false);
  assert.equal(await showNotification(WHAT), false);
  assert.equal(await startWorker(), null);
  assert.deepEqual([asked, Shown.last], [[], undefined]);
});
