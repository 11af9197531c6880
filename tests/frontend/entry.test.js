import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Entry } from '../../frontend/src/entry.js';
import { ChatError } from '../../frontend/src/errors.js';
import { Patience } from '../../frontend/src/lib/patience.js';
import { Store } from '../../frontend/src/store.js';
import { takeLink } from '../../frontend/src/views/routes.js';

const ADA = { user_id: '1', username: 'Ada', role: 'member' };
const LIN = { user_id: '2', username: 'Lin', role: 'member' };
const SPENT = new ChatError({ code: 'not_found', message: 'used' });

const settled = () => new Promise((resolve) => { setImmediate(resolve); });

/** `answers`: what the server says to one code after the other; nothing left: it is good. */
function newEntry(answers = []) {
  const store = new Store({ limits: { max_message_length: 10, typing_timeout: 1 } });
  const asked = [];
  const notices = [];
  store.addEventListener('notice', ({ detail }) => notices.push(detail.key));
  const session = {
    async arrive(code) {
      asked.push(code);
      const answer = answers.shift();
      if (answer) throw answer;
      store.apply('session', { session: 'active', me: LIN });
    },
  };
  const waits = [];
  const entry = new Entry({ store, session, patience: new Patience((task) => waits.push(task)) });
  return { entry, store, asked, notices, waits };
}

test('a phrase and an invitation are added to the sign-in, and gone after it', () => {
  for (const [kind, key] of [['phrase', { phrase: 'c' }], ['invitation', { invitation: 'c' }]]) {
    const { entry, store } = newEntry();
    entry.come({ kind, code: 'c' });
    store.apply('session', { session: 'none' });
    assert.deepEqual(entry.key, key);
    store.apply('session', { session: 'active', me: ADA });
    assert.deepEqual(entry.key, {});
  }
});

test('what the server refuses is dropped, and another link takes its place', () => {
  const { entry, store } = newEntry();
  store.apply('session', { session: 'none' });
  entry.come({ kind: 'phrase', code: 'old' });
  let changes = 0;
  entry.addEventListener('change', () => { changes += 1; });
  entry.drop();
  assert.deepEqual(entry.key, {});
  entry.come(null);
  assert.equal(changes, 1);
  entry.come({ kind: 'phrase', code: 'new' });
  assert.deepEqual(entry.key, { phrase: 'new' });
});

test('a link of another device signs in whoever is nobody here, once it is known that they are', async () => {
  const { entry, store, asked, notices } = newEntry();
  entry.come({ kind: 'device', code: 'd' });
  assert.deepEqual(asked, []);
  store.apply('session', { session: 'none' });
  assert.equal(entry.phase, 'arriving');
  await settled();
  assert.deepEqual(asked, ['d']);
  assert.equal(entry.phase, 'none');
  assert.equal(store.me.username, 'Lin');
  assert.deepEqual(notices, ['arrived']);
  assert.deepEqual(entry.key, {});
});

test('a used link is told of where one signs in, until another is opened', async () => {
  const { entry, store, notices } = newEntry([SPENT]);
  store.apply('session', { session: 'none' });
  entry.come({ kind: 'device', code: 'd' });
  await settled();
  assert.equal(entry.isSpent, true);
  assert.equal(entry.phase, 'none');
  assert.deepEqual(notices, []);
  entry.come({ kind: 'device', code: 'e' });
  assert.equal(entry.isSpent, false);
  await settled();
  assert.equal(store.me.username, 'Lin');
});

test('who is signed in is asked first, and stays who they are unless they say so', async () => {
  const { entry, store, asked, notices } = newEntry();
  store.apply('session', { session: 'active', me: ADA });
  entry.come({ kind: 'device', code: 'd' });
  assert.equal(entry.phase, 'asking');
  entry.decide(false);
  assert.equal(entry.phase, 'none');
  assert.deepEqual(asked, []);
  entry.come({ kind: 'device', code: 'e' });
  entry.decide(true);
  await settled();
  assert.deepEqual(asked, ['e']);
  assert.equal(store.me.username, 'Lin');
  assert.deepEqual(notices, ['arrived']);
});

test('of a link that is no good who is signed in is told, and stays', async () => {
  const { entry, store, notices } = newEntry([SPENT]);
  store.apply('session', { session: 'active', me: ADA });
  entry.come({ kind: 'device', code: 'd' });
  entry.decide(true);
  await settled();
  assert.deepEqual(notices, ['device_link_used']);
  assert.equal(store.me.username, 'Ada');
});

test('a server that cannot be reached is asked again with the same code', async () => {
  const away = new ChatError({ code: 'offline', message: 'away' });
  const { entry, store, asked, waits } = newEntry([away, away]);
  store.apply('session', { session: 'none' });
  entry.come({ kind: 'device', code: 'd' });
  for (let turn = 0; turn < 2; turn += 1) {
    await settled();
    assert.equal(entry.phase, 'arriving');
    waits.pop()();
  }
  await settled();
  assert.deepEqual(asked, ['d', 'd', 'd']);
  assert.equal(entry.phase, 'none');
});

test('links leave the address and the history at once', () => {
  const replaced = [];
  const before = [globalThis.location, globalThis.history];
  globalThis.history = { replaceState: (_state, _title, url) => replaced.push(url) };
  const at = (hash) => {
    globalThis.location = { hash, pathname: '/', search: '' };
    return takeLink();
  };
  assert.deepEqual(at('#/join/four-words-with-dashes'), { kind: 'phrase', code: 'four-words-with-dashes' });
  assert.deepEqual(at('#/invite/a_B-9'), { kind: 'invitation', code: 'a_B-9' });
  assert.deepEqual(at('#/device/x'), { kind: 'device', code: 'x' });
  assert.deepEqual(replaced, ['/', '/', '/']);
  for (const hash of ['', '#/', '#/room/join', '#/join/', '#/device/a/b', '#/join/a%20b', `#/join/${'a'.repeat(201)}`]) assert.equal(at(hash), null);
  assert.equal(replaced.length, 3);
  [globalThis.location, globalThis.history] = before;
});
