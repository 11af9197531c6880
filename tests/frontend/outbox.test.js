import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChatError, offline } from '../../frontend/src/errors.js';
import { Outbox } from '../../frontend/src/outbox.js';
import { KeptValues } from '../../frontend/src/storage.js';
import { FakeStorage } from './people.js';

/** Lets promises that are ready run. */
const settle = () => new Promise((resolve) => { setImmediate(resolve); });

/** An outbox of Ada over `area`, whose server answers from `answers` (an error, or anything else for an ack). */
function outboxOn(area, { answers = [] } = {}) {
  const kept = new KeptValues(area);
  const state = { delivered: [], attempts: [], pauses: [], shown: [], kept };
  let count = 0;
  const outbox = new Outbox({
    kept,
    randomId: () => `id-${area.map.size}-${(count += 1)}`,
    now: () => 1000,
    deliver: async (item) => {
      state.attempts.push(item.message);
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      if (answer instanceof Promise) await answer;
      state.delivered.push(item.message);
    },
    changed: (items) => { state.shown = items.map((item) => [item.message, item.state]); },
    later: (task, delay) => { state.pauses.push({ task, delay }); },
  });
  return { outbox, ...state, state };
}

test('messages of a room are delivered one after another, in order', async () => {
  const { outbox, state } = outboxOn(new FakeStorage());
  outbox.load('1', 'h');
  for (const text of ['one', 'two', 'three']) outbox.add('general', text);
  assert.deepEqual(state.shown, [['one', 'waiting'], ['two', 'waiting'], ['three', 'waiting']]);
  outbox.open();
  await settle();
  assert.deepEqual(state.delivered, ['one', 'two', 'three']);
  assert.deepEqual(outbox.items, []);
  assert.deepEqual(state.kept.keys('outbox:'), []);
});

test('what was not acknowledged survives a reload under the same client_id', async () => {
  const area = new FakeStorage();
  const first = outboxOn(area);
  first.outbox.load('1', 'h');
  const { client_id } = first.outbox.add('general', 'kept');
  const second = outboxOn(area);
  second.outbox.load('1', 'h');
  assert.equal(second.outbox.items[0].client_id, client_id);
  second.outbox.open();
  await settle();
  assert.deepEqual(second.state.delivered, ['kept']);
  assert.equal(area.length, 0);
});

test('a passing error holds back what comes later', async () => {
  const { outbox, state } = outboxOn(new FakeStorage(), { answers: [offline()] });
  outbox.load('1', 'h');
  outbox.open();
  outbox.add('general', 'one');
  outbox.add('general', 'two');
  await settle();
  assert.deepEqual(state.delivered, []);
  state.pauses.shift().task();
  await settle();
  assert.deepEqual(state.delivered, ['one', 'two']);
});

test('a rate limit is waited for as long as the server asks', async () => {
  const limit = new ChatError({ code: 'rate_limited', message: 'Slow down.', retry_after: 3 });
  const { outbox, state } = outboxOn(new FakeStorage(), { answers: [limit] });
  outbox.load('1', 'h');
  outbox.open();
  outbox.add('general', 'one');
  await settle();
  assert.equal(state.pauses[0].delay, 3000);
  assert.deepEqual(state.shown, [['one', 'waiting']]);
});

test('what keeps the server from storing a message is shown with it while it waits, and no longer', async () => {
  const area = new FakeStorage();
  const full = new ChatError({ code: 'unavailable', message: 'The disk is full.' });
  const { outbox, state } = outboxOn(area, { answers: [full, full, offline()] });
  outbox.load('1', 'h');
  outbox.open();
  outbox.add('general', 'one');
  await settle();
  assert.deepEqual(outbox.items.map((item) => [item.state, item.message, item.error]), [['waiting', 'one', { code: 'unavailable', message: 'The disk is full.' }]]);
  assert.match([...area.map.values()][0], /"one"/);
  state.pauses.shift().task();
  await settle();
  assert.equal(outbox.items[0].error.message, 'The disk is full.');
  state.pauses.shift().task();
  await settle();
  assert.equal(outbox.items[0].error, undefined);
  state.pauses.shift().task();
  await settle();
  assert.deepEqual(state.delivered, ['one']);
});

test('a final error keeps the text, and the next message goes', async () => {
  const tooLong = new ChatError({ code: 'too_long', message: 'Too long.' });
  const { outbox, state } = outboxOn(new FakeStorage(), { answers: [tooLong] });
  outbox.load('1', 'h');
  outbox.open();
  const { client_id } = outbox.add('general', 'long');
  outbox.add('general', 'short');
  await settle();
  assert.deepEqual(state.delivered, ['short']);
  assert.deepEqual(outbox.items.map((item) => [item.message, item.state, item.error.code]), [['long', 'failed', 'too_long']]);
  outbox.retry(client_id);
  await settle();
  assert.deepEqual(state.delivered, ['short', 'long']);
});

test('a room that waits does not hold back another', async () => {
  const never = new Promise(() => undefined);
  const { outbox, state } = outboxOn(new FakeStorage(), { answers: [never] });
  outbox.load('1', 'h');
  outbox.open();
  outbox.add('general', 'stuck');
  outbox.add('tech', 'free');
  await settle();
  assert.deepEqual(state.delivered, ['free']);
});

test('closing stops the retries, opening tries at once', async () => {
  const { outbox, state } = outboxOn(new FakeStorage(), { answers: [offline()] });
  outbox.load('1', 'h');
  outbox.open();
  outbox.add('general', 'one');
  await settle();
  outbox.close();
  await settle();
  assert.deepEqual(state.attempts, ['one']);
  outbox.open();
  await settle();
  assert.deepEqual(state.delivered, ['one']);
});

test('another history makes waiting messages failed; Retry sends them as new ones', async () => {
  const area = new FakeStorage();
  const first = outboxOn(area);
  first.outbox.load('1', 'h');
  const before = first.outbox.add('general', 'old');
  const { outbox, state } = outboxOn(area);
  outbox.load('1', 'other');
  outbox.open();
  await settle();
  assert.deepEqual(state.shown, [['old', 'failed']]);
  outbox.retry(before.client_id);
  await settle();
  assert.deepEqual(state.delivered, ['old']);
  assert.equal(area.length, 0);
});

test('what somebody else wrote in this browser is not sent by itself', async () => {
  const area = new FakeStorage();
  const first = outboxOn(area);
  first.outbox.load('1', 'h');
  first.outbox.add('general', 'of Ada');
  const { outbox, state } = outboxOn(area);
  outbox.load('2', 'h');
  outbox.open();
  await settle();
  assert.deepEqual(state.attempts, []);
  assert.deepEqual(state.shown, [['of Ada', 'failed']]);
});

test('signing in again over an expired session goes on by itself', async () => {
  const { outbox, state } = outboxOn(new FakeStorage());
  outbox.load('1', 'h');
  outbox.add('general', 'mine');
  outbox.adopt('7');
  outbox.load('7', 'h');
  outbox.open();
  await settle();
  assert.deepEqual(state.delivered, ['mine']);
});

test('a message another tab has delivered is no longer shown', () => {
  const area = new FakeStorage();
  const { outbox, state } = outboxOn(area);
  outbox.load('1', 'h');
  const { client_id } = outbox.add('general', 'one');
  state.kept.remove(`outbox:h:${client_id}`);
  outbox.keptChanged(`outbox:h:${client_id}`);
  assert.deepEqual(state.shown, []);
});

test('a full storage keeps the message in memory and says so', async () => {
  const area = new FakeStorage({ limit: 10 });
  const { outbox, state } = outboxOn(area);
  let told = 0;
  state.kept.onFull = () => { told += 1; };
  outbox.load('1', 'h');
  outbox.add('general', 'one');
  assert.equal(told, 1);
  outbox.open();
  await settle();
  assert.deepEqual(state.delivered, ['one']);
});

test('an answer keeps what it answers, until that is not found any more', async () => {
  const area = new FakeStorage();
  const gone = new ChatError({ code: 'not_found', message: 'There is no such message.', field: 'reply_to' });
  const first = outboxOn(area);
  first.outbox.load('1', 'h');
  const { client_id } = first.outbox.add('general', 'indeed', '77');
  const { outbox, state } = outboxOn(area, { answers: [gone] });
  outbox.load('1', 'h');
  assert.equal(outbox.items[0].reply_to, '77');
  outbox.open();
  await settle();
  assert.equal(outbox.items[0].state, 'failed');
  outbox.retry(client_id);
  assert.equal(outbox.items[0].reply_to, undefined);
  await settle();
  assert.deepEqual(state.delivered, ['indeed']);
});

test('what is not an item is left alone', () => {
  const area = new FakeStorage();
  area.setItem('chatapp:outbox:h:x', '{"client_id": 5}');
  area.setItem('chatapp:outbox:h:y', 'not json');
  const { outbox } = outboxOn(area);
  outbox.load('1', 'h');
  assert.deepEqual(outbox.items, []);
});
