import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChatError, offline } from '../../frontend/src/errors.js';
import { History } from '../../frontend/src/history.js';
import { Names } from '../../frontend/src/names.js';
import { Quotes } from '../../frontend/src/quotes.js';
import { heard, joined, message, openStore } from './people.js';

/** Lets promises that are ready run. */
const settle = () => new Promise((resolve) => { setImmediate(resolve); });

function quotesOf(store, ask) {
  const asked = [];
  const api = { message: (id) => { asked.push(id); return ask(id); } };
  const history = new History({ store, api, socket: { isConnected: false }, onExpired: () => undefined });
  return { quotes: new Quotes({ store, api, history }), asked };
}

test('a quoted message is fetched once, unless it stands in the window', async () => {
  const { store } = openStore();
  store.apply('joined_room', joined(11, 60));
  const { quotes, asked } = quotesOf(store, async () => message(3));
  assert.equal((await quotes.find('general-12')).seq, 12);
  const found = await Promise.all([quotes.find('general-3'), quotes.find('general-3')]);
  assert.deepEqual([found.map((each) => each.seq), asked], [[3, 3], ['general-3']]);
  assert.equal((await quotes.find('general-3')).seq, 3);
  assert.equal(asked.length, 1);
});

test('a change that comes while a quoted message is fetched is not lost', async () => {
  const { store } = openStore();
  store.apply('joined_room', joined(11, 60));
  const { quotes } = quotesOf(store, async () => {
    store.apply('message_changed', message(3, { rev: 61, message: 'newer' }));
    return message(3);
  });
  assert.equal((await quotes.find('general-3')).message, 'newer');
});

test('a message that does not exist is null for good; one that cannot be had now is asked for again', async () => {
  const { store } = openStore();
  store.apply('joined_room', joined(11, 60));
  const answers = [offline(), new ChatError({ code: 'not_found', message: 'There is no such message.' })];
  const { quotes, asked } = quotesOf(store, async () => { throw answers.shift(); });
  await assert.rejects(quotes.find('x'), { code: 'offline' });
  assert.equal(quotes.known('x'), undefined);
  assert.equal(await quotes.find('x'), null);
  assert.equal(await quotes.find('x'), null);
  assert.equal(asked.length, 2);
});

function namesOf(store, users) {
  const state = { asked: [], timers: [] };
  const names = new Names({
    store, api: { findPeople: async (which) => { state.asked.push(which); return { users: users(which) }; } }, now: () => 0, later: (task) => state.timers.push(task),
  });
  return { names, state };
}

test('people of the room are offered before others, each once', async () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 2, { users: ['Ada', 'Lin', 'Grace Linnet'] }));
  const { names, state } = namesOf(store, () => [{ user_id: '2', username: 'Lin' }, { user_id: '5', username: 'Linus' }]);
  const found = await names.find('LIN');
  assert.deepEqual(found.map((person) => person.username), ['Grace Linnet', 'Lin', 'Linus']);
  await names.find('lin');
  assert.deepEqual(state.asked, [{ q: 'lin', limit: 8 }]);
});

test('unknown names are fetched together, each once', async () => {
  const { store } = openStore();
  const { names, state } = namesOf(store, () => [{ user_id: '5', username: 'Linus' }]);
  const told = heard(store, 'people');
  names.learn(['1', '5']);
  names.learn(['5', '6']);
  state.timers.shift()();
  await settle();
  names.learn(['5', '6']);
  assert.deepEqual([state.asked, store.nameOf('5'), told.length, state.timers.length], [[{ ids: '5,6' }], 'Linus', 1, 0]);
});
