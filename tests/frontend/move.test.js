import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Drafts } from '../../frontend/src/drafts.js';
import { MOST_CHARACTERS, pack, unpack } from '../../frontend/src/lib/parcel.js';
import { Move } from '../../frontend/src/move.js';
import { KeptValues } from '../../frontend/src/storage.js';
import { FakeStorage, HISTORY, openStore } from './people.js';

const FIRST = 'http://10.0.0.1:5000';
const SECOND = 'http://10.0.0.2:5000';
const THIRD = 'http://10.0.0.3:5000';
const WEEK = 7 * 24 * 3600 * 1000;

/** Lets promises that are ready run. */
const settle = () => new Promise((resolve) => { setImmediate(resolve); });

/** A page at `at`, whose server has the addresses `known` and answers at those in `there`, by origin. */
function pageAt(at, { known = [FIRST, SECOND, THIRD], secure = [], https = 'off', local_name, isGuest = true, me } = {}) {
  const { store, clock } = openStore();
  if (me === null) store.apply('session', { session: 'none', me: null });
  const server = { installation_id: 'inst', history_id: HISTORY, addresses: known, secure_addresses: secure, https, local_name };
  const state = { asked: [], gone: [], timers: [], there: {}, carries: 0, server };
  const api = {
    identity: async () => server,
    carry: async () => {
      state.carries += 1;
      return { code: `code-${state.carries}`, nonce: 'nonce', proof: 'proof', expires_at: clock.now + WEEK };
    },
    identityAt: async (origin, nonce) => {
      state.asked.push(origin);
      const answer = state.there[origin];
      return answer === undefined ? null : { ...server, ...(nonce === undefined ? {} : { proof: 'proof' }), ...answer };
    },
  };
  const { origin, protocol, hostname, port } = new URL(at);
  const move = new Move({
    store, api, isGuest, place: { origin, protocol, hostname, port, hash: '#/room/tech' }, go: (url) => state.gone.push(url),
    gather: () => ({ drafts: [], outbox: [{ client_id: 'a' }], changes: [], edits: [], replies: [], preferences: [] }),
    later: (task, delay) => { state.timers.push({ task, delay }); }, now: () => clock.now, random: () => 0.5,
  });
  /** Lets pass what waits no longer than so. */
  const pass = async (most) => {
    const due = state.timers.filter(({ delay }) => delay <= most);
    state.timers = state.timers.filter(({ delay }) => delay > most);
    for (const { task } of due) task();
    await settle();
  };
  const connection = (status) => store.apply('connection', { status, retryAt: null });
  return { move, store, state, clock, pass, connection };
}

/** The same, connected, with a code, and then lost. */
async function lostAt(at, options, there) {
  const page = pageAt(at, options);
  page.move.begin();
  page.connection('online');
  await settle();
  page.state.asked = [];
  page.state.there = there;
  page.connection('offline');
  return page;
}

test('a page whose server is at another address goes there with its code, its place and what was typed', async () => {
  const { state, pass } = await lostAt(FIRST, {}, { [THIRD]: {} });
  await pass(2_999);
  assert.deepEqual(state.asked, []);
  await pass(3_000);
  assert.deepEqual(state.asked, [FIRST, SECOND, THIRD]);
  const [, code, data] = /^http:\/\/10\.0\.0\.3:5000\/#\/carry\/([\w-]+)\/([\w-]+)$/.exec(state.gone[0]);
  assert.equal(code, 'code-1');
  const parcel = unpack(data);
  assert.equal(parcel.from, FIRST);
  assert.equal(parcel.user_id, '1');
  assert.equal(parcel.history_id, HISTORY);
  assert.equal(parcel.route, '#/room/tech');
  assert.deepEqual(parcel.outbox, [{ client_id: 'a' }]);
});

test('nobody is believed who is not this very server', async () => {
  const others = { [SECOND]: { proof: 'guess' }, [THIRD]: { installation_id: 'other' } };
  const { state, pass } = await lostAt(FIRST, {}, others);
  await pass(3_000);
  assert.deepEqual(state.asked, [FIRST, SECOND, THIRD]);
  assert.deepEqual(state.gone, []);
  state.there = { [SECOND]: { proof: undefined } };
  await pass(1_000);
  assert.equal(state.asked.length, 6);
  assert.deepEqual(state.gone, []);
});

test('a server that is back where it was is not left', async () => {
  const { state, pass } = await lostAt(FIRST, {}, { [FIRST]: {}, [SECOND]: {} });
  await pass(3_000);
  assert.deepEqual(state.gone, []);
});

test('it is asked for with growing patience until there is a connection again', async () => {
  const { state, pass, connection } = await lostAt(FIRST, {}, {});
  await pass(3_000);
  assert.deepEqual(state.timers.map(({ delay }) => delay), [3_600_000, 1_000]);
  await pass(1_000);
  assert.deepEqual(state.timers.map(({ delay }) => delay), [3_600_000, 2_000]);
  connection('online');
  state.there = { [SECOND]: {} };
  await settle();
  await pass(60_000);
  assert.equal(state.asked.length, 6);
  assert.deepEqual(state.gone, []);
});

test('a short loss is nobody else’s affair', async () => {
  const { state, pass, connection } = await lostAt(FIRST, {}, { [SECOND]: {} });
  connection('online');
  connection('offline');
  connection('online');
  await pass(3_000);
  assert.deepEqual([state.asked, state.gone], [[], []]);
});

test('waking asks at once', async () => {
  const { move, state, pass } = await lostAt(FIRST, {}, {});
  await pass(3_000);
  state.there = { [SECOND]: {} };
  move.wake();
  await settle();
  assert.equal(state.gone.length, 1);
});

test('the name on the network is an address too, at the page’s own port', async () => {
  const { state, pass } = await lostAt(FIRST, { known: [FIRST], local_name: 'chat.local' }, { 'http://chat.local:5000': {} });
  await pass(3_000);
  assert.match(state.gone[0], /^http:\/\/chat\.local:5000\/#\/carry\//);
});

test('where the server was before, and where the page comes from, it is looked for too', async () => {
  const page = pageAt(SECOND, { known: [SECOND, 'http://[fd00::2]:5000'] });
  page.move.remember(FIRST);
  page.move.remember('https://10.0.0.1:5000');
  page.move.begin();
  page.connection('online');
  await settle();
  page.state.server.addresses = [THIRD];
  page.store.apply('identity_changed', page.state.server);
  await settle();
  page.state.asked = [];
  page.state.there = { [FIRST]: {} };
  page.connection('offline');
  await page.pass(3_000);
  assert.deepEqual(page.state.asked, [SECOND, THIRD, FIRST]);
  assert.equal(page.state.gone.length, 1);
});

test('a page that came by https asks only where https is', async () => {
  const secure = [FIRST, SECOND].map((url) => url.replace('http:', 'https:'));
  const { state, pass } = await lostAt(secure[0], { secure, https: 'beside' }, { [SECOND]: {} });
  await pass(3_000);
  assert.deepEqual(state.asked, secure);
});

test('on the server’s own machine, and where an operator says where it is, nothing moves', async () => {
  for (const [at, isGuest] of [['http://localhost:5000', true], ['http://127.0.0.1:5000', true], ['http://[::1]:5000', true], [FIRST, false]]) {
    const { state, pass, store } = await lostAt(at, { isGuest, https: 'redirect', secure: ['https://10.0.0.1:5000'] }, { [SECOND]: {} });
    await pass(10_000);
    assert.deepEqual([state.asked, state.gone, state.carries, store.secure.state], [[], [], 0, 'unknown']);
  }
});

test('a code is asked for again when it is a day old, and with each connection', async () => {
  const { state, clock, pass, connection } = await lostAt(FIRST, {}, {});
  connection('online');
  assert.equal(state.carries, 1);
  await pass(1_000);
  assert.equal(state.carries, 2);
  await pass(3_600_000);
  assert.equal(state.carries, 2);
  clock.now += 24 * 3600 * 1000 + 1;
  await pass(3_600_000);
  assert.equal(state.carries, 3);
});

test('a page on http is told whether https can be gone, and goes by itself only where the host wants it', async () => {
  const here = 'https://10.0.0.1:5000';
  for (const [https, there, state, leaves] of [
    ['off', { [here]: {} }, 'none', false],
    ['beside', { [here]: {} }, 'trusted', false],
    ['beside', {}, 'untrusted', false],
    ['redirect', { [here]: { proof: 'guess' } }, 'untrusted', false],
    ['redirect', { [here]: {} }, 'trusted', true],
  ]) {
    const page = pageAt(FIRST, { https, secure: [here] });
    page.state.there = there;
    page.move.begin();
    await settle();
    assert.deepEqual(page.store.secure, { https, state });
    assert.equal(page.state.gone.some((url) => url.startsWith(`${here}/#/carry/code-1/`)), leaves, `${https} ${state}`);
  }
});

test('at the usual port of http, https is at the same one', async () => {
  const { move, store, state } = pageAt('http://10.0.0.1', { https: 'beside' });
  state.there = { 'https://10.0.0.1:80': {} };
  move.begin();
  await settle();
  assert.equal(store.secure.state, 'trusted');
});

test('who is not signed in goes over to https without anything', async () => {
  const here = 'https://10.0.0.1:5000';
  const { move, state } = pageAt(FIRST, { https: 'redirect', secure: [here], me: null });
  state.there = { [here]: {} };
  move.begin();
  await settle();
  assert.deepEqual(state.gone, [`${here}/#/room/tech`]);
});

test('a device that has come to trust the server is noticed on coming back', async () => {
  const here = 'https://10.0.0.1:5000';
  const { move, store, state } = pageAt(FIRST, { https: 'beside', secure: [here] });
  move.begin();
  await settle();
  assert.equal(store.secure.state, 'untrusted');
  state.there = { [here]: {} };
  move.wake();
  await settle();
  assert.equal(store.secure.state, 'trusted');
  move.goOver();
  assert.equal(state.gone.length, 1);
});

const parcel = (more = {}) => ({
  from: FIRST, user_id: '1', history_id: HISTORY, route: '#/', drafts: [], outbox: [], changes: [], edits: [], replies: [], preferences: [], left: 0, ...more,
});

test('a parcel comes out as it went in, whatever was typed', () => {
  const full = parcel({
    drafts: [{ room: 'tech', text: 'Ünï — 你好 👩‍👩‍👧 \u0000 "\\', at: 1, is_held: false }],
    edits: [['7', { text: 'x', from: 'list' }]], replies: [['tech', '8']], preferences: [['theme', 'dark'], ['sound', false]],
  });
  const text = pack(full);
  assert.match(text, /^[\w-]+$/);
  assert.deepEqual(unpack(text), full);
});

test('what is no parcel is none', () => {
  const packed = pack(parcel());
  const written = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const others = [parcel({ drafts: 'x' }), parcel({ drafts: [{ room: 1, text: 'x', at: 1 }] }), parcel({ user_id: 1 }), parcel({ edits: [['7', { text: 1 }]] }),
    parcel({ preferences: [['theme', {}]] }), parcel({ left: 'x' }), null, [], 'x'];
  for (const text of ['', 'x', '!!', packed.slice(0, -5), `${packed}x`, ...others.map(written)]) {
    assert.equal(unpack(text), null, text);
  }
});

test('of too much the largest texts stay behind, and it is said how many', () => {
  const drafts = [1, 2, 3].map((number) => ({ room: `room-${number}`, text: 'd'.repeat(100_000 * number), at: 1, is_held: false }));
  const outbox = Array.from({ length: 300 }, (_, number) => ({ client_id: `m-${number}`, message: 'm'.repeat(number % 2 ? 4000 : 10) }));
  const text = pack(parcel({ drafts, outbox }));
  assert.ok(text.length <= MOST_CHARACTERS);
  const { left, ...found } = unpack(text);
  assert.ok(left > 0);
  assert.equal(found.drafts.length + found.outbox.length + left, 303);
  assert.equal(found.outbox.filter(({ message }) => message.length === 10).length, 150);
  assert.equal(unpack(pack(parcel({ outbox: outbox.slice(0, 150) }))).left, 0);
});

/** Drafts of one browser at one address. */
function draftsAt(now) {
  const kept = new KeptValues(new FakeStorage());
  const clock = { now };
  const drafts = new Drafts(kept, () => HISTORY, () => clock.now);
  drafts.enterHistory(HISTORY);
  const bring = (from) => { for (const draft of from.drafts.take()) drafts.bring(HISTORY, draft); };
  return { drafts, clock, kept, bring };
}

test('a draft goes to another address and back, and what was sent there does not come again', () => {
  const [here, there] = [draftsAt(1_000), draftsAt(1_000)];
  here.drafts.write('general', 'Hello');
  here.drafts.write('tech', 'half');
  there.bring(here);
  assert.equal(there.drafts.read('general'), 'Hello');
  there.clock.now = 2_000;
  there.drafts.write('general', '');
  there.drafts.write('tech', 'half a thought, rewritten');
  here.bring(there);
  assert.equal(here.drafts.read('general'), '');
  assert.equal(here.drafts.read('tech'), 'half a thought, rewritten');
  here.clock.now = 3_000;
  here.drafts.write('tech', '');
  there.bring(here);
  assert.equal(there.drafts.read('tech'), '');
});

test('what was written on both sides and never met is all there, the newer first', () => {
  for (const isNewerHere of [true, false]) {
    const [here, there] = [draftsAt(isNewerHere ? 2_000 : 1_000), draftsAt(isNewerHere ? 1_000 : 2_000)];
    here.drafts.write('general', 'one');
    there.drafts.write('general', 'other');
    here.bring(there);
    assert.equal(here.drafts.read('general'), isNewerHere ? 'one\n\nother' : 'other\n\none');
  }
});

test('drafts of an earlier version are read, and emptied ones are forgotten after a week', () => {
  const { drafts, kept, clock } = draftsAt(1_000);
  kept.set(`draft:${HISTORY}:general`, 'as it was kept before');
  assert.equal(drafts.read('general'), 'as it was kept before');
  drafts.write('general', '');
  drafts.write('tech', '');
  assert.deepEqual(kept.keys('draft:'), [`draft:${HISTORY}:general`]);
  clock.now += WEEK + 1;
  drafts.enterHistory(HISTORY);
  assert.deepEqual(kept.keys('draft:'), []);
});
