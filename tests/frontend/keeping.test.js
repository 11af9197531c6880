/** How long what is said is kept: what may be chosen for a room, and the words for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import english from '../../frontend/locales/en.json' with { type: 'json' };
import { createTranslate } from '../../frontend/src/lib/i18n.js';
import { keepsWords } from '../../frontend/src/lib/keeping.js';
import { limitsFor } from '../../frontend/src/lib/limits.js';
import { entry, heard, joined, openStore } from './people.js';

const t = createTranslate(english, 'en');

test('what a room keeps is one sentence', () => {
  assert.equal(keepsWords(t, {}), 'It is kept for ever.');
  assert.equal(keepsWords(t, { days: 90 }), 'It is kept for 90 days.');
  assert.equal(keepsWords(t, { days: 730 }), 'It is kept for 2 years.');
  assert.equal(keepsWords(t, { messages: 10_000 }), 'The newest 10,000 messages are kept.');
  assert.equal(keepsWords(t, { days: 1, messages: 1 }), 'The newest message is kept, for 1 day.');
});

test('a room may keep less than the chat does', () => {
  const retention = { chat: { days: 90 }, may_keep_more: false };
  assert.deepEqual(limitsFor(retention, 'days'), [null, 7, 30]);
  assert.deepEqual(limitsFor(retention, 'messages'), [null, 100, 1000, 10_000, 100_000]);
});

test('a room may keep more where the host lets it', () => {
  const retention = { chat: { days: 90, messages: 5000 }, may_keep_more: true };
  assert.deepEqual(limitsFor(retention, 'days'), [null, 7, 30, 365, 0]);
  assert.deepEqual(limitsFor(retention, 'messages'), [null, 100, 1000, 10_000, 100_000, 0]);
});

test('what was chosen before is among the choices, whatever may be chosen now', () => {
  assert.deepEqual(limitsFor({ chat: { days: 30 }, may_keep_more: false, days: 60 }, 'days'), [null, 7, 60]);
  assert.deepEqual(limitsFor({ chat: { days: 30 }, may_keep_more: false, days: 0 }, 'days'), [null, 7, 0]);
  assert.deepEqual(limitsFor({ chat: {}, may_keep_more: false, days: 12 }, 'days'), [null, 7, 12, 30, 90, 365]);
});

test('what a room keeps is known from the list, and told again it changes nothing', () => {
  const { store } = openStore();
  const list = (/** @type {object} */ keeps) => ({ general: { ...entry('General', 0), keeps }, tech: entry('Tech Talk', 0) });
  store.apply('rooms_list', list({ days: 90 }));
  const before = store.rooms.get('general').keeps;
  assert.deepEqual(before, { days: 90 });
  store.apply('rooms_list', list({ days: 90 }));
  assert.equal(store.rooms.get('general').keeps, before);
  const told = heard(store, 'rooms');
  const view = { id: 'general', name: 'General', topic: '', message_count: 0, last_seq: 0, rev: 0, kind: 'public' };
  store.apply('room_changed', { room: { ...view, keeps: { days: 90 } } });
  assert.equal(told.length, 0);
  store.apply('room_changed', { room: { ...view, keeps: { days: 90, messages: 5 } } });
  assert.deepEqual([told.length, store.rooms.get('general').keeps], [1, { days: 90, messages: 5 }]);
  for (const keeps of [{ days: 90, messages: 5, held: true }, { days: 90, messages: 5 }]) {
    store.apply('room_changed', { room: { ...view, keeps } });
    assert.deepEqual(store.rooms.get('general').keeps, keeps);
  }
  assert.equal(told.length, 3, 'that a room is held, and that it is no more');
});

test('a room that was emptied is loaded anew when its messages are back, and it is told', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 3));
  store.apply('history_trimmed', { room: 'general', rev: 4, before_seq: 4 });
  assert.equal(store.room('general').isBehind, false);
  const notices = heard(store, 'notice');
  store.apply('history_restored', { room: 'general', rev: 5, first_seq: 1 });
  store.apply('history_restored', { room: 'general', rev: 5, first_seq: 1 });
  assert.equal(store.room('general').isBehind, true);
  assert.deepEqual(notices.map(({ key }) => key), ['history_restored']);
  store.apply('joined_room', joined(1, 3, { rev: 5 }));
  assert.deepEqual(store.room('general').messages.map(({ seq }) => seq), [1, 2, 3]);
});

test('a page that was asked for before messages came back does not say where the room begins', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 10));
  store.apply('history_trimmed', { room: 'general', rev: 11, before_seq: 6 });
  const { edition } = store.room('general');
  store.apply('fetching', { room: 'general', on: true });
  store.apply('history_restored', { room: 'general', rev: 12, first_seq: 1 });
  store.apply('page', { room: 'general', page: { messages: [], has_more_before: false, has_more_after: true }, place: 'older', edition });
  store.apply('fetching', { room: 'general', on: false });
  assert.equal(store.room('general').isBehind, true);
});
