import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Changes, UNDO_MS } from '../../frontend/src/changes.js';
import { ChatError, offline } from '../../frontend/src/errors.js';
import { KeptValues } from '../../frontend/src/storage.js';
import { FakeStorage, message } from './people.js';

/** Lets promises that are ready run. */
const settle = () => new Promise((resolve) => { setImmediate(resolve); });
const first = { id: '11', room: 'general' };
const conflict = new ChatError({ code: 'conflict', message: 'It was deleted.' });

/** What Ada changes, over `area`; the server answers from `answers` (an error, a promise to wait for, or an ack). */
function changesOn(area, { answers = [], open = true } = {}) {
  const state = { asked: [], shown: [], settled: [], lost: [], timers: [], now: 1000 };
  const changes = new Changes({
    kept: new KeptValues(area),
    ask: async ({ event, payload: { id: _, ...rest } }) => {
      state.asked.push([event, ...Object.values(rest)]);
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      await answer;
      return { message: message(1, { rev: state.asked.length }) };
    },
    changed: (items, settled) => {
      state.shown = items.map(({ id, message: text, reactions, is_removing }) => ({ id, text, reactions, is_removing }));
      if (settled) state.settled.push(settled.rev);
    },
    onLost: (item, error) => state.lost.push([item.message, error?.code]),
    now: () => state.now,
    later: (task, delay) => state.timers.push({ task, delay }),
  });
  changes.load('1', 'h');
  if (open) changes.open();
  return { changes, state };
}

test('an edit is shown at once and gone when it is stored', async () => {
  const area = new FakeStorage();
  const { changes, state } = changesOn(area);
  const stored = changes.edit(first, 'better');
  assert.deepEqual(state.shown, [{ id: '11', text: 'better', reactions: undefined, is_removing: undefined }]);
  await stored;
  assert.deepEqual([state.asked, state.shown, state.settled, area.length], [[['edit_message', 'better']], [], [1], 0]);
});

test('a refused edit is told to who made it, and leaves nothing', async () => {
  const area = new FakeStorage();
  const { changes, state } = changesOn(area, { answers: [conflict] });
  await assert.rejects(changes.edit(first, 'better'), { code: 'conflict' });
  assert.deepEqual([state.shown, state.lost, area.length], [[], [], 0]);
});

test('an edit without a connection is kept across a reload, and sent when there is one', async () => {
  const area = new FakeStorage();
  const before = changesOn(area, { open: false });
  void before.changes.edit(first, 'better');
  const { changes, state } = changesOn(area, { open: false });
  assert.equal(state.shown[0].text, 'better');
  changes.open();
  await settle();
  assert.deepEqual([state.asked, area.length], [[['edit_message', 'better']], 0]);
});

test('what is refused after a reload is told of, with its text', async () => {
  const area = new FakeStorage();
  void changesOn(area, { open: false }).changes.edit(first, 'better');
  const { state } = changesOn(area, { answers: [conflict] });
  await settle();
  assert.deepEqual(state.lost, [['better', 'conflict']]);
});

test('a later edit takes the place of one under way, and both wait for the last', async () => {
  let answer;
  const { changes, state } = changesOn(new FakeStorage(), { answers: [new Promise((resolve) => { answer = resolve; })] });
  const edits = [changes.edit(first, 'one'), changes.edit(first, 'two'), changes.edit(first, 'three')];
  answer();
  await Promise.all(edits);
  assert.deepEqual(state.asked, [['edit_message', 'one'], ['edit_message', 'three']]);
  assert.deepEqual(state.shown, []);
});

test('a passing error is tried again', async () => {
  const limit = new ChatError({ code: 'rate_limited', message: 'Slow down.', retry_after: 3 });
  const { changes, state } = changesOn(new FakeStorage(), { answers: [offline(), limit] });
  const stored = changes.edit(first, 'better');
  await settle();
  assert.equal(state.timers[0].delay, 1000);
  state.timers.shift().task();
  await settle();
  assert.equal(state.timers[0].delay, 3000);
  state.timers.shift().task();
  await stored;
  assert.equal(state.asked.length, 3);
});

test('a deletion waits as long as it can be undone', async () => {
  const area = new FakeStorage();
  const { changes, state } = changesOn(area);
  changes.remove(first);
  changes.remove(first);
  await settle();
  assert.deepEqual([state.asked, state.shown[0].is_removing, state.timers.map((each) => each.delay)], [[], true, [UNDO_MS]]);
  assert.equal(changes.undoRemove('11'), true);
  state.now += UNDO_MS;
  state.timers.shift().task();
  await settle();
  assert.deepEqual([state.asked, state.shown, area.length], [[], [], 0]);
  changes.remove(first);
  state.now += UNDO_MS;
  state.timers.shift().task();
  await settle();
  assert.deepEqual([state.asked, state.shown], [[['delete_message']], []]);
  assert.equal(changes.undoRemove('11'), false);
});

test('what can be undone is deleted when the page is left, and by the next page if that failed', async () => {
  const area = new FakeStorage();
  const { changes } = changesOn(area);
  changes.remove(first);
  assert.deepEqual(changes.leave(), ['11']);
  assert.equal(changes.undoRemove('11'), false);
  const next = changesOn(area);
  await settle();
  assert.deepEqual(next.state.asked, [['delete_message']]);
});

test('what is gone already counts as deleted; what may not be deleted is shown again', async () => {
  const gone = new ChatError({ code: 'not_found', message: 'There is no such message.' });
  const forbidden = new ChatError({ code: 'forbidden', message: 'It is not yours.' });
  const { changes, state } = changesOn(new FakeStorage(), { answers: [gone, forbidden] });
  for (const id of ['11', '12']) changes.remove({ id, room: 'general' });
  state.now += UNDO_MS;
  for (const { task } of state.timers) task();
  await settle();
  assert.deepEqual([state.shown, state.lost], [[], [[undefined, 'forbidden']]]);
});

test('of a reaction the last word counts, and a refused one is taken back', async () => {
  const full = new ChatError({ code: 'bad_request', message: 'Too many reactions.' });
  const { changes, state } = changesOn(new FakeStorage(), { open: false, answers: [undefined, full] });
  const words = [changes.react(first, '👍', true), changes.react(first, '👍', false), changes.react(first, '🎉', true)];
  words[2].catch(() => undefined);
  assert.deepEqual(state.shown[0].reactions, { '👍': false, '🎉': true });
  changes.open();
  await Promise.all(words.slice(0, 2));
  await assert.rejects(words[2], { code: 'bad_request' });
  assert.deepEqual([state.asked, state.shown], [[['react', '👍', false], ['react', '🎉', true]], []]);
});

test('what another tab has taken back or settled is not done again by this one', async () => {
  const area = new FakeStorage();
  const other = changesOn(area);
  other.changes.remove(first);
  const { changes, state } = changesOn(area);
  assert.equal(state.shown[0].is_removing, true);
  other.changes.undoRemove('11');
  changes.keptChanged('change:h:11');
  state.now += UNDO_MS;
  for (const { task } of state.timers) task();
  await settle();
  assert.deepEqual([state.asked, state.shown], [[], []]);
});

test('in another history nothing is changed, and no text is lost', () => {
  const area = new FakeStorage();
  void changesOn(area, { open: false }).changes.edit(first, 'better');
  const { changes, state } = changesOn(new FakeStorage());
  assert.deepEqual(state.shown, []);
  const kept = changesOn(area);
  kept.changes.load('1', 'other');
  assert.deepEqual([kept.state.shown, kept.state.lost, area.length], [[], [['better', undefined]], 0]);
  void changes;
});
