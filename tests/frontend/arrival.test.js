import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Arrival, ARRIVED, takeComing } from '../../frontend/src/arrival.js';
import { Drafts } from '../../frontend/src/drafts.js';
import { ChatError, offline } from '../../frontend/src/errors.js';
import { pack } from '../../frontend/src/lib/parcel.js';
import { Outbox } from '../../frontend/src/outbox.js';
import { Changes } from '../../frontend/src/changes.js';
import { KeptValues } from '../../frontend/src/storage.js';
import { ada, FakeStorage, HISTORY, heard, lin, openStore } from './people.js';

const FROM = 'http://10.0.0.1:5000';
const item = (more = {}) => ({
  client_id: 'one', room: 'general', message: 'Not sent yet', created_at: 5, order: 5000, state: 'waiting', user_id: '1', history_id: HISTORY, ...more,
});
const change = (more = {}) => ({ id: '7', room: 'general', message: 'Rewritten', user_id: '1', history_id: HISTORY, ...more });
const parcel = (more = {}) => ({
  from: FROM, user_id: '1', history_id: HISTORY, route: '#/room/tech', left: 0,
  drafts: [{ room: 'general', text: 'Half a thought', at: 5, is_held: false }],
  outbox: [item()], changes: [change()], edits: [['8', { text: 'Begun', from: 'list' }]], replies: [['general', '9']],
  preferences: [['theme', 'dark'], ['notifications', true]], ...more,
});

beforeEach(() => {
  globalThis.location = { hash: '', pathname: '/', search: '', protocol: 'http:' };
  globalThis.history = { replaced: [], replaceState: (_, __, url) => globalThis.history.replaced.push(url) };
});
afterEach(() => {
  delete globalThis.location;
  delete globalThis.history;
});

/** A page at the other address: `me` is signed in there, the server takes the code `good` of Ada. */
function page({ me = null, kept = new KeptValues(new FakeStorage()), good = 'good', failures = [] } = {}) {
  const { store } = openStore();
  const state = { me, arrivals: [], preferences: [], waits: [], kept };
  const unknown = () => new ChatError({ code: 'not_identified', message: '' });
  const api = {
    me: async () => {
      if (failures.length > 0) throw failures.shift();
      if (state.me === null) throw unknown();
      return state.me;
    },
    arrive: async (code) => {
      state.arrivals.push(code);
      if (code !== good) throw new ChatError({ code: 'not_found', message: '' });
      state.me = { ...ada };
      return { ...ada, token: 't' };
    },
  };
  const sent = [];
  const outbox = new Outbox({ kept, deliver: async ({ message }) => { sent.push(message); }, changed: () => undefined, randomId: () => 'fresh', later: () => undefined });
  const asked = [];
  const changes = new Changes({ kept, ask: async (step) => { asked.push(step); return { message: {} }; }, changed: () => undefined, onLost: () => undefined, later: () => undefined });
  const drafts = new Drafts(kept, () => HISTORY);
  const begun = { edits: new Map(), replies: new Map() };
  const arrival = new Arrival({
    store, api, kept, outbox, changes, drafts, begun, randomId: () => 'fresh',
    setPreference: (key, value) => state.preferences.push([key, value]), later: (task) => { state.waits.push(1); setImmediate(task); },
  });
  const enter = async (user_id) => {
    for (const part of [outbox, changes]) {
      part.load(user_id, HISTORY);
      part.open();
    }
    await new Promise((resolve) => { setImmediate(resolve); });
  };
  return { arrival, state, outbox, drafts, begun, sent, asked, store, enter };
}

test('the fragment is read and gone at once, and the address names the place', () => {
  location.hash = `#/carry/c-_1/${pack(parcel())}`;
  const { code, parcel: found } = takeComing();
  assert.equal(code, 'c-_1');
  assert.deepEqual(found, parcel());
  assert.deepEqual(history.replaced, ['/#/room/tech']);
});

test('a damaged parcel leaves the code, and no address is believed that is no place', () => {
  location.hash = '#/carry/code/damaged';
  assert.deepEqual(takeComing(), { code: 'code', parcel: null });
  for (const route of ['#/carry/again/x', '#/host/code', '//elsewhere', '']) {
    location.hash = `#/carry/code/${pack(parcel({ route }))}`;
    takeComing();
  }
  assert.deepEqual(history.replaced, ['/', '/', '/', '/', '/']);
  for (const hash of ['', '#/', '#/room/general', '#/carry/', '#/carry/code']) {
    location.hash = hash;
    assert.equal(takeComing(), null);
  }
});

test('who arrives by a good code goes on with everything, and it is sent by itself, once', async () => {
  const { arrival, state, outbox, drafts, begun, sent, asked, store, enter } = page();
  const notices = heard(store, 'notice');
  await arrival.begin({ code: 'good', parcel: parcel() });
  assert.deepEqual(notices, []);
  arrival.tell();
  arrival.tell();
  assert.deepEqual(notices.map(({ key }) => key), ['moved']);
  await enter('1');
  assert.deepEqual(sent, ['Not sent yet']);
  assert.equal(asked[0].event, 'edit_message');
  assert.deepEqual(outbox.items, []);
  assert.equal(drafts.read('general'), 'Half a thought');
  assert.deepEqual([...begun.edits, ...begun.replies], [['8', { text: 'Begun', from: 'list' }], ['general', '9']]);
  assert.deepEqual(state.preferences, [['theme', 'dark']]);
});

test('a second tab that comes with the same code goes on as the first', async () => {
  const first = page();
  await first.arrival.begin({ code: 'good', parcel: parcel() });
  const second = page({ me: { ...ada }, kept: first.state.kept, good: null });
  await second.arrival.begin({ code: 'good', parcel: parcel({ outbox: [item(), item({ client_id: 'two' })] }) });
  assert.deepEqual(second.state.arrivals, []);
  await second.enter('1');
  assert.deepEqual(second.sent, ['Not sent yet', 'Not sent yet']);
});

test('of two tabs that come at the same time the later waits for the earlier', async () => {
  const { arrival, state, sent, enter } = page({ good: null });
  const coming = arrival.begin({ code: 'good', parcel: parcel() });
  await new Promise((resolve) => { setImmediate(resolve); });
  state.kept.set(ARRIVED, 'good');
  state.me = { ...ada };
  await coming;
  await enter('1');
  assert.deepEqual(sent, ['Not sent yet']);
});

test('a tab that is slow is waited for once the person is signed in', async () => {
  const { arrival, state, sent, enter } = page({ good: null });
  const coming = arrival.begin({ code: 'good', parcel: parcel() });
  await new Promise((resolve) => { setImmediate(resolve); });
  state.me = { ...ada };
  while (state.waits.length < 20) await new Promise((resolve) => { setImmediate(resolve); });
  state.kept.set(ARRIVED, 'good');
  await coming;
  await enter('1');
  assert.deepEqual(sent, ['Not sent yet']);
});

test('a link that is no good is not looked at for long where the person is signed in anyway', async () => {
  const { arrival, state } = page({ me: { ...ada } });
  await arrival.begin({ code: 'bad', parcel: parcel() });
  assert.equal(state.waits.length, 6);
});

test('without a good code nothing is sent by itself, and nothing is lost', async () => {
  for (const me of [null, { ...ada }, { ...lin }]) {
    const { arrival, state, outbox, drafts, begun, sent, asked, store, enter } = page({ me });
    const notices = heard(store, 'notice');
    await arrival.begin({ code: 'bad', parcel: parcel() });
    await enter('1');
    assert.deepEqual([sent, asked], [[], []]);
    assert.deepEqual(outbox.items.map(({ message, state: is, error }) => [message, is, error.code]), [['Not sent yet', 'failed', 'brought']]);
    assert.equal(drafts.read('general'), 'Half a thought');
    assert.deepEqual([...begun.edits.keys()].sort(), ['7', '8']);
    assert.deepEqual(state.preferences, []);
    arrival.tell();
    assert.deepEqual(notices, [{ level: 'info', key: 'moved_held', values: { address: FROM } }]);
    outbox.retry('one');
    await enter('1');
    assert.deepEqual(sent, ['Not sent yet']);
  }
});

test('a link makes nobody somebody else', async () => {
  const { arrival, state } = page({ me: { ...lin } });
  await arrival.begin({ code: 'good', parcel: parcel() });
  assert.deepEqual(state.arrivals, []);
  assert.equal(state.me.user_id, '2');
});

test('a good code of one is no leave to send as another', async () => {
  const { arrival, sent, enter } = page();
  await arrival.begin({ code: 'good', parcel: parcel({ user_id: '2', outbox: [item({ user_id: '1' })] }) });
  await enter('1');
  assert.deepEqual(sent, []);
});

test('what a bad link brings is not mixed with what is being written here', async () => {
  const { arrival, outbox, drafts, enter } = page();
  drafts.enterHistory(HISTORY);
  drafts.write('general', 'Being written');
  await arrival.begin({ code: 'bad', parcel: parcel({ outbox: [] }) });
  await enter('1');
  assert.equal(drafts.read('general'), 'Being written');
  assert.deepEqual(outbox.items.map(({ message, state }) => [message, state]), [['Half a thought', 'failed']]);
});

test('a server that does not answer yet is waited for', async () => {
  const { arrival, state } = page({ failures: [offline(), offline()] });
  await arrival.begin({ code: 'good', parcel: parcel() });
  assert.equal(state.waits.length, 2);
  assert.deepEqual(state.arrivals, ['good']);
});

test('what there was no space for is told', async () => {
  const { arrival, store } = page();
  const notices = heard(store, 'notice');
  await arrival.begin({ code: 'good', parcel: parcel({ left: 2 }) });
  arrival.tell();
  assert.deepEqual(notices.map(({ key, values }) => [key, values?.count]), [['moved', undefined], ['moved_left', 2]]);
});

test('items that are none, or are here already, are left alone', async () => {
  const { arrival, outbox, enter } = page({ me: { ...ada } });
  await arrival.begin({ code: 'good', parcel: parcel({ outbox: [null, 5, {}, item({ client_id: 'a:b' }), item({ order: 'x' })], changes: [null, {}] }) });
  await enter('1');
  assert.deepEqual(outbox.items, []);
});
