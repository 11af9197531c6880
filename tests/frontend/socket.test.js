import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { offline } from '../../frontend/src/errors.js';
import { LiveSocket } from '../../frontend/src/socket.js';

/** A Socket.IO client: `server.isUp` says what comes of its attempts. */
class FakeSocket {
  constructor(server) {
    this.server = server;
    this.listeners = {};
    this.connected = false;
    server.sockets.push(this);
  }

  on(event, listener) { this.listeners[event] = listener; }
  onAny() { return this; }

  connect() {
    this.server.attempts.push(Date.now());
    if (!this.server.isUp) return setTimeout(() => this.listeners.connect_error(new Error('refused')), 0);
    this.connected = true;
    return setTimeout(() => this.listeners.connect(), 0);
  }

  disconnect() {
    const was = this.connected;
    this.connected = false;
    if (was) this.listeners.disconnect();
  }
}

/** `count` people who are connected, and the states each was told of, with their times. */
function connected(count) {
  const server = { isUp: true, sockets: [], attempts: [] };
  const people = Array.from({ length: count }, () => {
    const told = [];
    const socket = new LiveSocket({
      url: '', token: () => null, onEvent: () => undefined, connect: () => new FakeSocket(server),
      onStatus: ({ status }) => told.push([status, Date.now()]),
    });
    socket.open();
    return { socket, told };
  });
  mock.timers.tick(1);
  server.attempts.length = 0;
  return { server, people };
}

function percentile(values, share) {
  return values.sort((one, other) => one - other)[Math.min(values.length - 1, Math.floor(values.length * share))];
}

test('200 people are soon back after a restart, and not all at once', (context) => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
  context.after(() => mock.timers.reset());
  for (const away of [100, 1000, 2000, 6000, 20_000]) {
    const { server, people } = connected(200);
    server.isUp = false;
    for (const socket of server.sockets) socket.disconnect();
    mock.timers.tick(away);
    server.isUp = true;
    const returned = Date.now();
    for (let step = 0; step < 500; step += 1) mock.timers.tick(10);
    const waits = people.map(({ told }) => told.find(([status, at]) => status === 'online' && at >= returned)?.[1] - returned);
    const most = Math.max(...waits.map((wait) => waits.filter((other) => other >= wait && other < wait + 250).length));
    assert.ok(percentile(waits, 0.5) < 1500, `half are back after ${percentile(waits, 0.5)} ms when it was away for ${away} ms`);
    assert.ok(percentile(waits, 0.99) < 3000, `nearly all are back after ${percentile(waits, 0.99)} ms`);
    assert.ok(most <= 110, `${most} came within a quarter of a second`);
  }
});

test('a connection that does not answer is given up for a new one', async (context) => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
  context.after(() => mock.timers.reset());
  const { server, people: [{ socket }] } = connected(1);
  socket.verify(() => new Promise(() => undefined));
  mock.timers.tick(1999);
  await Promise.resolve();
  assert.deepEqual(server.attempts, []);
  mock.timers.tick(1);
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  assert.equal(server.attempts.length, 1);
  mock.timers.tick(1);
  assert.equal(socket.isConnected, true);
});

test('one that answers is kept, whatever the answer', async (context) => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
  context.after(() => mock.timers.reset());
  const { server, people: [{ socket }] } = connected(1);
  socket.verify(async () => undefined);
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  socket.verify(async () => { throw Object.assign(offline(), { code: 'rate_limited' }); });
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  mock.timers.tick(5000);
  assert.deepEqual([server.attempts, socket.isConnected], [[], true]);
});

test('a page that was left comes back with a new connection', (context) => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
  context.after(() => mock.timers.reset());
  const { server, people: [{ socket, told }] } = connected(1);
  socket.leave();
  mock.timers.tick(60_000);
  assert.deepEqual([server.attempts, told.at(-1)[0]], [[], 'offline']);
  socket.verify(() => Promise.reject(offline()));
  mock.timers.tick(1);
  assert.equal(socket.isConnected, true);
});

test('who has signed out stays away', (context) => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
  context.after(() => mock.timers.reset());
  const { server, people: [{ socket }] } = connected(1);
  socket.close();
  socket.leave();
  socket.verify(() => Promise.reject(offline()));
  mock.timers.tick(60_000);
  assert.deepEqual(server.attempts, []);
});
