import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChatError } from '../../frontend/src/errors.js';
import { Host } from '../../frontend/src/host.js';
import { Patience } from '../../frontend/src/lib/patience.js';
import { formatBytes } from '../../frontend/src/lib/size.js';
import { Store } from '../../frontend/src/store.js';
import { takeHostCode } from '../../frontend/src/views/routes.js';

const ADA = { user_id: '1', username: 'Ada', role: 'member' };
const OVERVIEW = { version: '1', name: 'Chat', is_set_up: false, addresses: [], fixed: [] };

/** Everything that has been begun comes to its end. */
const settled = () => new Promise((resolve) => { setImmediate(resolve); });

function newHost(answers = {}) {
  const asked = [];
  const answer = async (name, fallback) => {
    asked.push(name);
    const given = answers[name] ?? fallback;
    if (given instanceof Error) throw given;
    return given;
  };
  const api = {
    claimHost: (code) => answer(`claim ${code}`, { ...ADA, role: 'host' }),
    overview: () => answer('overview', OVERVIEW),
    choose: (choice) => answer('choose', { ...OVERVIEW, ...choice }),
    quit: () => answer('quit', {}),
  };
  const socket = { isOpen: true, close() { this.isOpen = false; } };
  const store = new Store({ limits: { max_message_length: 10, typing_timeout: 1 } });
  const notices = [];
  store.addEventListener('notice', ({ detail }) => notices.push(detail.key));
  const waits = [];
  const host = new Host({ store, api, socket, patience: new Patience((task) => waits.push(task)) });
  return { host, store, socket, answers, asked, notices, waits };
}

test('who opens the link without a name becomes the host once there is one', async () => {
  const { host, store, asked, notices } = newHost();
  store.apply('session', { session: 'none' });
  host.arrive('c');
  await settled();
  assert.equal(host.isExpected, true);
  assert.deepEqual(asked, []);
  store.apply('session', { session: 'active', me: ADA });
  assert.equal(host.phase, 'arriving');
  await settled();
  assert.deepEqual(asked, ['claim c', 'overview']);
  assert.equal(store.me.role, 'host');
  assert.equal(host.phase, 'setting_up');
  await host.choose({ is_set_up: true });
  assert.equal(host.phase, 'none');
  assert.deepEqual(notices, []);
});

test('of a used link is told, after the page is there to tell it, and a host is told nothing', async () => {
  const used = new ChatError({ code: 'not_found', message: 'used' });
  const { host, store, notices, asked } = newHost({ 'claim c': used });
  const phases = [];
  store.addEventListener('notice', () => phases.push(host.phase));
  store.apply('session', { session: 'active', me: ADA });
  host.arrive('c');
  await settled();
  assert.deepEqual(notices, ['host_link_used']);
  assert.deepEqual(phases, ['none']);
  assert.deepEqual(asked, ['claim c']);

  const again = newHost({ 'claim c': used, overview: { ...OVERVIEW, is_set_up: true } });
  again.host.arrive('c');
  again.store.apply('session', { session: 'active', me: { ...ADA, role: 'host' } });
  await settled();
  assert.deepEqual(again.notices, []);
  assert.equal(again.host.phase, 'none');
});

test('a link is not lost while the server cannot be reached, nor while the session has ended', async () => {
  const offline = new ChatError({ code: 'offline', message: '' });
  const { host, store, answers, asked, notices, waits } = newHost({ 'claim c': offline });
  host.arrive('c');
  store.apply('session', { session: 'active', me: ADA });
  await settled();
  assert.equal(waits.length, 1);
  answers['claim c'] = new ChatError({ code: 'not_identified', message: '' });
  store.apply('connection', { status: 'online' });
  await settled();
  store.apply('session', { session: 'expired' });
  delete answers['claim c'];
  store.apply('session', { session: 'active', me: ADA });
  await settled();
  assert.deepEqual(asked, ['claim c', 'claim c', 'claim c', 'overview']);
  assert.equal(store.me.role, 'host');
  assert.deepEqual(notices, []);
});

test('a guest asks for nothing, and the next person sees nothing of the last one', async () => {
  const { host, store, asked } = newHost({ overview: { ...OVERVIEW, is_set_up: true } });
  store.apply('session', { session: 'active', me: ADA });
  await settled();
  assert.deepEqual(asked, []);
  store.apply('session', { session: 'active', me: { ...ADA, role: 'host' } });
  await settled();
  assert.deepEqual(asked, ['overview']);
  assert.equal(host.overview.is_set_up, true);
  store.apply('session', { session: 'none', me: null });
  assert.equal(host.overview, null);
});

test('who is no host any more loses the overview', async () => {
  const { host, store, answers } = newHost();
  store.apply('session', { session: 'active', me: { ...ADA, role: 'host' } });
  await settled();
  assert.equal(host.phase, 'setting_up');
  answers.overview = new ChatError({ code: 'not_found', message: '' });
  await assert.rejects(host.look(), { code: 'not_found' });
  assert.equal(host.phase, 'none');
});

test('the chat has ended only when the server has agreed', async () => {
  const { host, socket, answers } = newHost({ quit: new ChatError({ code: 'offline', message: '' }) });
  await assert.rejects(host.quit(), { code: 'offline' });
  assert.equal(host.phase, 'none');
  assert.equal(socket.isOpen, true);
  delete answers.quit;
  await host.quit();
  assert.equal(host.phase, 'ended');
  assert.equal(socket.isOpen, false);
});

test('the code leaves the address as it is read, and no other address is touched', () => {
  const at = (hash) => {
    const replaced = [];
    Object.assign(globalThis, { location: { hash, pathname: '/', search: '?a' }, history: { replaceState: (...args) => replaced.push(args) } });
    return [takeHostCode(), replaced];
  };
  try {
    assert.deepEqual(at('#/host/aB_-9'), ['aB_-9', [[null, '', '/?a']]]);
    for (const other of ['', '#/', '#/room/general', '#/host/', '#/host/a/b', '#/host/a%20b']) assert.deepEqual(at(other), [null, []]);
  } finally {
    delete globalThis.location;
    delete globalThis.history;
  }
});

test('sizes are told in the largest unit that leaves a whole', () => {
  assert.equal(formatBytes(0, 'en'), '0 bytes');
  assert.equal(formatBytes(999, 'en'), '999 bytes');
  assert.equal(formatBytes(155_648, 'en'), '155.6 kB');
  assert.equal(formatBytes(2_500_000_000, 'en'), '2.5 GB');
});
