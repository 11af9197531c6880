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
  const session = {
    async arrive(code) {
      await answer(`arrive ${code}`, {});
      store.apply('session', { session: 'active', me: { ...ADA, user_id: '2', role: 'host' } });
    },
  };
  const host = new Host({ store, api, socket, session, patience: new Patience((task) => waits.push(task)) });
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

/** Ada, the host of a chat that is set up, has restored a backup, and the server is away. */
async function restored(answers) {
  const made = newHost({ overview: { ...OVERVIEW, is_set_up: true }, ...answers });
  made.store.apply('connection', { status: 'online' });
  made.store.apply('session', { session: 'active', me: { ...ADA, role: 'host' } });
  await settled();
  await made.host.restore(Promise.resolve({ code: 'r' }));
  assert.equal(made.host.phase, 'restoring');
  made.store.apply('connection', { status: 'offline' });
  return made;
}

test('who restores a backup goes on in it, known to it or not', async () => {
  const known = await restored();
  known.store.apply('connection', { status: 'online' });
  await settled();
  assert.deepEqual(known.notices, ['restored']);
  assert.equal(known.host.phase, 'none');
  known.store.apply('session', { session: 'expired' });
  await settled();
  assert.ok(!known.asked.includes('arrive r'));

  const unknown = await restored();
  const phases = [];
  unknown.answers.overview = new ChatError({ code: 'not_found', message: '' });
  unknown.store.addEventListener('me', () => phases.push(unknown.host.phase));
  unknown.store.apply('connection', { status: 'online' });
  await settled();
  unknown.answers.overview = { ...OVERVIEW, is_set_up: true };
  unknown.store.apply('session', { session: 'expired' });
  await settled();
  assert.deepEqual(unknown.notices, ['restored']);
  assert.deepEqual(phases, ['restoring', 'restoring']);
  assert.equal(unknown.host.phase, 'none');
  assert.equal(unknown.store.me.user_id, '2');
});

test('where the way back into a restored chat is closed, the page asks for a name', async () => {
  const { host, store, notices } = await restored({ 'arrive r': new ChatError({ code: 'not_found', message: '' }) });
  store.apply('session', { session: 'expired' });
  await settled();
  assert.equal(host.phase, 'none');
  assert.deepEqual(notices, []);
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

test('a host knows from the start what is wrong, then as it is told, and nobody else does', async () => {
  const full = { kind: 'full', since: '2026-01-01T00:00:00Z' };
  const { host, store } = newHost({ overview: { ...OVERVIEW, is_set_up: true, trouble: [full] } });
  store.apply('session', { session: 'active', me: { ...ADA, role: 'host' } });
  await settled();
  assert.deepEqual(store.trouble, [full]);
  const looking = host.look();
  store.apply('trouble_changed', { trouble: [] });
  await looking;
  assert.deepEqual(store.trouble, [], 'what was told while the overview was asked for is newer');
  await host.look();
  assert.deepEqual(store.trouble, [full]);
  store.apply('session', { session: 'active', me: ADA });
  assert.deepEqual(store.trouble, [], 'a host no more');
  store.apply('session', { session: 'active', me: { ...ADA, role: 'host' } });
  await host.look();
  assert.deepEqual(store.trouble, [full]);
  store.apply('session', { session: 'none', me: null });
  assert.deepEqual(store.trouble, []);
});
